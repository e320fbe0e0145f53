"""Watches what functions call while they run in tests, and whether their roles would let them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest

from handlers import bootstrap
from local_emulator.deployment import Deployment
from testing.roles import Call, our_roles
from testing.stub_management import StubManagement

# Where IAM's name of an action is not the operation's.
ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}
GATEWAY = "arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<Gateway>"


class RoleCheck:
    """`calls` are (function, call) as they were made; calls that a test makes by itself are nobody's."""

    def __init__(self, deployment: Deployment) -> None:
        self.calls: set[tuple[str, Call]] = set()
        self._deployment = deployment
        self._under_way: list[str] = []

    @property
    def forbidden(self) -> set[tuple[str, Call]]:
        """What a function called and AWS would have refused."""
        return {(function, call) for function, call in self.calls if not our_roles().allow(function, call)}

    def watch(self, function: str, handler: Callable[..., Any]) -> Callable[..., Any]:
        """The handler, with all that is called while it runs put down to it."""

        def watched(*arguments: Any) -> Any:
            self._under_way.append(function)
            try:
                return handler(*arguments)
            finally:
                self._under_way.remove(function)

        return watched

    def record_request(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        """botocore's event `provide-client-params`: an operation, with its parameters as they were given."""
        action = f"{model.service_model.signing_name}:{model.name}"
        for resource in self._resources(params):
            self._note(Call(ACTIONS.get(action, action), resource))

    def record_post(self, method: str, connection_id: str) -> None:
        """A call of the management API. Source of the resource: API Gateway Developer Guide, control access (IAM)."""
        stage = self._deployment.parameters["StageName"]
        resource = f"{GATEWAY}/{stage}/{method}/@connections/{connection_id}"
        self._note(Call("execute-api:ManageConnections", resource))

    def _note(self, call: Call) -> None:
        self.calls |= {(function, call) for function in self._under_way}

    def _resources(self, params: dict[str, Any]) -> Iterator[str]:
        for table in params.get("RequestItems", [params["TableName"]] if "TableName" in params else []):
            index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
            yield _arn(self._deployment.tables, table) + index
        if "QueueUrl" in params:
            yield _arn(self._deployment.queues, params["QueueUrl"].rpartition("/")[2])
        if "FunctionName" in params:
            yield f"<{params['FunctionName']}.Arn>"  # tests call functions by their logical ids
        if "SecretId" in params:
            is_webhook = params["SecretId"] == self._deployment.parameters["WebhookSecretArn"]
            yield "<WebhookSecretArn>" if is_webhook else "<JwtSecretArn>"


@contextmanager
def role_check_of(deployment: Deployment, management: StubManagement) -> Iterator[RoleCheck]:
    """Watches every function for a while; fails at the end if one called what its role does not allow."""
    role_check = RoleCheck(deployment)
    create_session = bootstrap._session.__wrapped__

    @cache
    def session() -> Any:
        created = create_session()
        created.register("provide-client-params", role_check.record_request)
        return created

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "_session", session)
        patch.setattr(management, "on_call", role_check.record_post)
        for name, function in deployment.functions.items():
            module = importlib.import_module(function.handler.rpartition(".")[0])
            patch.setattr(module, "handler", role_check.watch(name, module.handler))
        yield role_check
    if role_check.forbidden:
        raise AssertionError(f"no role allows it: {sorted(role_check.forbidden)}")


def _arn(resources: Any, name: str) -> str:
    [logical_id] = [key for key, resource in resources.items() if resource.name == name] or [name]
    return f"<{logical_id}.Arn>"
