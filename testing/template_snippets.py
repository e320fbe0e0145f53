"""Resources in one line of YAML."""


def resource(kind, properties="", logical_id="X"):
    return f"{logical_id}: {{Type: {kind}, Properties: {{{properties}}}}}"


def function(properties, given="Handler: a.b, Runtime: python3.13, ", logical_id="F"):
    return resource("AWS::Serverless::Function", given + properties, logical_id)


def probe(value):
    """A function whose variable PROBE is `value`."""
    return function(f"CodeUri: ., Environment: {{Variables: {{PROBE: {value}}}}}")


def api(properties):
    return resource("AWS::Serverless::WebSocketApi", f"RouteSelectionExpression: x, {properties}", "A")
