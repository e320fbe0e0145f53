"""Resources in one line of YAML."""


def resource(kind: str, properties: str = "", logical_id: str = "X") -> str:
    return f"{logical_id}: {{Type: {kind}, Properties: {{{properties}}}}}"


def function(properties: str, given: str = "Handler: a.b, Runtime: python3.13, ", logical_id: str = "F") -> str:
    return resource("AWS::Serverless::Function", given + properties, logical_id)


def probe(value: str) -> str:
    """A function whose variable PROBE is `value`."""
    return function(f"CodeUri: ., Environment: {{Variables: {{PROBE: {value}}}}}")


def api(properties: str) -> str:
    return resource("AWS::Serverless::WebSocketApi", f"RouteSelectionExpression: x, {properties}", "A")
