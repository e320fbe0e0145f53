"""What each function's role allows: the template as AWS's translator reads it, judged as IAM would."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from testing.translator import Evaluator, translated

TEMPLATE = Path(__file__).parents[1] / "template.yaml"
REQUIRED = {"JwtIssuer": "https://id.example.com/", "JwtAudience": "upload-progress"}


class Call(NamedTuple):
    """One call to AWS. A resource of the template stands as `<LogicalId.Arn>`."""

    action: str
    resource: str


class Roles:
    """The roles of one deployment: of a template, with values for its parameters."""

    def __init__(self, document: Any, parameters: Mapping[str, str]) -> None:
        self._evaluator = Evaluator(document, parameters)
        self._roles = dict(self._evaluator.resources("AWS::IAM::Role"))
        self._functions = dict(self._evaluator.resources("AWS::Lambda::Function"))

    @property
    def functions(self) -> list[str]:
        return list(self._functions)

    def allow(self, function: str, call: Call) -> bool:
        """IAM's rule without explicit denials, which no role of ours has: allowed is what a statement names."""
        return any(
            _matches(statement["Action"], call.action) and _matches(statement["Resource"], call.resource)
            for statement in self.statements(function)
        )

    def unused(self, function: str, calls: Iterable[Call]) -> set[Call]:
        """Each action on each resource, as the role names them, that none of these calls has needed."""
        return {
            Call(action, resource)
            for statement in self.statements(function)
            for action in listed(statement["Action"])
            for resource in listed(statement["Resource"])
            if not any(_matches(action, call.action) and _matches(resource, call.resource) for call in calls)
        }

    def role(self, function: str) -> str:
        """The logical id of its role."""
        arn: str = self._functions[function]["Role"]
        return arn.removeprefix("<").removesuffix(".Arn>")

    def statements(self, function: str) -> Iterator[dict[str, Any]]:
        """Those of the role itself, and of policies that are attached to it from outside."""
        role = self.role(function)
        documents = [policy["PolicyDocument"] for policy in self._roles[role].get("Policies", [])]
        for _, policy in self._evaluator.resources("AWS::IAM::Policy"):
            if f"<{role}>" in policy["Roles"]:
                documents.append(policy["PolicyDocument"])
        for document in documents:
            yield from listed(document["Statement"])


@cache
def our_roles() -> Roles:
    """With every option on that gives a function more to do."""
    secrets = {"JwtSecretArn": "<JwtSecretArn>", "WebhookSecretArn": "<WebhookSecretArn>"}
    switches = dict.fromkeys(("EnableTracing", "AllowClientReports", "EnableWebhook"), "true")
    chosen = REQUIRED | secrets | switches
    return Roles(translated(TEMPLATE, chosen), chosen)


def listed(value: Any) -> list[Any]:
    """In policies, one thing may stand for a list of one."""
    return value if isinstance(value, list) else [value]


def _matches(patterns: Any, text: str) -> bool:
    """`*` is any characters, `?` any one (IAM User Guide, reference_policies_elements_resource)."""
    rules = [re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".") for pattern in listed(patterns)]
    return any(re.fullmatch(rule, text) for rule in rules)
