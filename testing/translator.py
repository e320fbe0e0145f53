"""AWS's own reading of a template: its SAM translator, and an independent evaluation of what comes out."""

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

FAKE_BUCKET = "s3://code/"
STACK_ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/local/local"


def translated(path: Path, parameters: Mapping[str, str] | None = None) -> Any:
    """The template as plain CloudFormation; local folders became keys of a bucket that does not exist."""
    document = yaml_parse(path.read_text().replace("\t", " "))
    sections = [*document["Resources"].values()]
    for resource in sections:
        asset = resource.get("Metadata", {})
        if "aws:asset:path" in asset:
            resource["Properties"][asset["aws:asset:property"]] = asset["aws:asset:path"]
    holders = [resource.get("Properties") or {} for resource in sections]
    holders += [document.get("Globals", {}).get("Function", {})]
    for holder in holders:
        for name in ("CodeUri", "ContentUri"):
            if isinstance(holder.get(name), str):
                holder[name] = FAKE_BUCKET + holder[name]
    if "Transform" not in document:
        return document
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name="us-east-1"))
    return json.loads(json.dumps(translator.translate(document, dict(parameters or {})), default=str))


def with_folders(document: Any) -> Any:
    """The translation with the folders of the source back in the places of their bucket keys."""
    for resource in document["Resources"].values():
        own = resource.get("Properties", {})
        for name in ("Code", "Content"):
            if isinstance(own.get(name), dict) and own[name].get("S3Bucket") == "code":
                own[name] = own[name]["S3Key"]
    return {**document, "Transform": "AWS::LanguageExtensions"}


class Evaluator:
    """Evaluates intrinsics in the plainest way; Ref gives `<Id>` for a resource, GetAtt `<Id.Attribute>`."""

    def __init__(self, document: Any, parameters: Mapping[str, str], known: Mapping[str, str] | None = None) -> None:
        self.document = document
        self.known = {"AWS::StackId": STACK_ID} | dict(known or {})
        self.parameters = {
            name: parameters.get(name, spec.get("Default")) for name, spec in document.get("Parameters", {}).items()
        }

    def name(self, name: str) -> Any:
        if name in self.known:
            return self.known[name]
        if name in self.parameters:
            value = str(self.parameters[name])
            many = "List" in self.document["Parameters"][name]["Type"]
            return [item.strip() for item in value.split(",")] if many else value
        return f"<{name}>"

    def truth(self, condition: Any) -> bool:
        ((kind, argument),) = condition.items()
        if kind == "Condition":
            return self.truth(self.document["Conditions"][argument])
        if kind == "Fn::Equals":
            left, right = ({True: "true", False: "false"}.get(v, v) for v in map(self.value, argument))
            return bool(left == right)
        truths = [self.truth(part) for part in argument]
        return {"Fn::And": all(truths), "Fn::Or": any(truths), "Fn::Not": not truths[0]}[kind]

    def value(self, node: Any) -> Any:
        if isinstance(node, list):
            return [value for value in map(self.value, node) if value != "<AWS::NoValue>"]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((kind, argument),) = node.items()
            if kind == "Ref" or kind.startswith("Fn::"):
                return getattr(self, kind.replace("Fn::", "").lower())(argument)
        values = {key: self.value(value) for key, value in node.items()}
        return {key: value for key, value in values.items() if value != "<AWS::NoValue>"}

    def ref(self, argument: Any) -> Any:
        return self.name(argument)

    def getatt(self, argument: Any) -> Any:
        return self.name(argument if isinstance(argument, str) else ".".join(argument))

    def sub(self, argument: Any) -> Any:
        text, variables = (argument, {}) if isinstance(argument, str) else argument

        def replace(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            return str(self.value(variables[name]) if name in variables else self.name(name))

        return re.sub(r"\$\{([^}]+)\}", replace, text)

    def join(self, argument: Any) -> Any:
        return argument[0].join(map(str, self.value(argument[1])))

    def select(self, argument: Any) -> Any:
        return self.value(argument[1])[int(self.value(argument[0]))]

    def split(self, argument: Any) -> Any:
        return self.value(argument[1]).split(argument[0])

    def findinmap(self, argument: Any) -> Any:
        first, second, third = map(self.value, argument)
        return self.document["Mappings"][first][second][third]

    def tojsonstring(self, argument: Any) -> Any:
        return json.dumps(self.value(argument), separators=(",", ":"))

    def base64(self, argument: Any) -> Any:
        return base64.b64encode(self.value(argument).encode()).decode()

    def __getattr__(self, name: str) -> Callable[[Any], Any]:
        if name == "if":
            return lambda a: self.value(a[1] if self.truth(self.document["Conditions"][a[0]]) else a[2])
        raise AttributeError(name)

    def resources(self, kind: str) -> Iterator[tuple[str, Any]]:
        for logical_id, resource in self.document["Resources"].items():
            condition = resource.get("Condition")
            if resource["Type"] == kind and (not condition or self.truth(self.document["Conditions"][condition])):
                yield logical_id, self.value(resource.get("Properties", {}))


ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "tests" / "templates"
SAMPLES = sorted(TEMPLATES.glob("*/template.*"))
OWN = {"JwtIssuer": "https://issuer.example", "JwtAudience": "uploads"}
CASES = [
    (ROOT / "template.yaml", OWN),
    (
        ROOT / "template.yaml",
        OWN
        | {"EnableCloudFront": "false", "StageName": "beta", "AllowedOrigins": "https://a.example, https://b.example/"},
    ),
    (
        ROOT / "template.yaml",
        OWN
        | {"DomainName": "live.example", "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/c"}
        | {"HostedZoneId": "Z1", "WebAclArn": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/b"}
        | {"DefaultFunctionConcurrency": "50", "EnableTracing": "true", "DeletionProtection": "true"},
    ),
    *((path, {}) for path in SAMPLES),
    (TEMPLATES / "conditions" / "template.yaml", {"Environment": "prod"}),
    (TEMPLATES / "conditions" / "template.yaml", {"Environment": "test", "Audit": "yes"}),
    (TEMPLATES / "guarded_origin" / "template.yaml", {"UseCloudFront": "true"}),
]
NAMES = [f"{path.parent.name}-{'-'.join(parameters.values())}"[:40] for path, parameters in CASES]


if __name__ == "__main__":  # what cfn-lint looks at in `make validate`
    print(json.dumps(translated(ROOT / "template.yaml", OWN), indent=1))
