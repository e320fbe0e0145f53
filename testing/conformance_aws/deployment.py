"""The stack of a run: created, removed, and found again by its tag."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import WaiterError

from testing.conformance_aws.plan import STACK_PREFIX, TAG

TIMEOUT_MINUTES = 15
FAULTS_SHOWN = 3


class DeploymentError(Exception):
    """CloudFormation did not create the stack."""


class TeardownError(Exception):
    """CloudFormation did not remove the stack."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """The stacks of runs in one account and Region, by boto3's clients of CloudFormation and CloudWatch Logs."""

    cloudformation: Any
    logs: Any

    def create(self, name: str, body: str, parameters: Mapping[str, str]) -> dict[str, str]:
        """Creates the stack and returns its outputs. Raises DeploymentError with the first faults."""
        self.cloudformation.create_stack(
            StackName=name,
            TemplateBody=body,
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Tags=[{"Key": TAG, "Value": name}],
            Capabilities=["CAPABILITY_IAM"],
            TimeoutInMinutes=TIMEOUT_MINUTES,
        )
        try:
            self.cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 10})
        except WaiterError as error:
            raise DeploymentError(f"the stack {name} was not created: {self._faults(name)}") from error
        stack = self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def remove(self, name: str) -> None:
        """Deletes the stack and the log groups of its functions. Raises TeardownError; a missing stack is no error."""
        ids = [stack["StackId"] for stack in self._stacks() if stack["StackName"] == name]
        for stack_id in ids:
            self.cloudformation.delete_stack(StackName=stack_id)
            try:
                waiter = self.cloudformation.get_waiter("stack_delete_complete")
                waiter.wait(StackName=stack_id, WaiterConfig={"Delay": 10})
            except WaiterError as error:
                raise TeardownError(f"the stack {name} was not removed: {self._faults(stack_id)}") from error
        for group in self._log_groups(f"/aws/lambda/{name}-"):
            self.logs.delete_log_group(logGroupName=group)

    def leftovers(self) -> list[str]:
        """Returns the names of the stacks that earlier runs left, also of those with only log groups left."""
        tagged = [stack["StackName"] for stack in self._stacks() if _is_tagged(stack)]
        prefix = "/aws/lambda/"
        groups = self._log_groups(prefix + STACK_PREFIX)
        unique = len(STACK_PREFIX) + 8  # characters of a name of `new_name`
        return sorted({*tagged, *(group.removeprefix(prefix)[:unique] for group in groups)})

    def _stacks(self) -> list[dict[str, Any]]:
        pages = self.cloudformation.get_paginator("describe_stacks").paginate()
        return [stack for page in pages for stack in page["Stacks"]]

    def _log_groups(self, prefix: str) -> list[str]:
        pages = self.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
        return [group["logGroupName"] for page in pages for group in page["logGroups"]]

    def _faults(self, stack: str) -> str:
        pages = self.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
        events = [event for page in pages for event in page["StackEvents"]]
        failed = [event for event in reversed(events) if event.get("ResourceStatus", "").endswith("_FAILED")]
        faults = [f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason', 'no reason')}" for one in failed]
        return "; ".join(faults[:FAULTS_SHOWN]) or "CloudFormation names no fault"


def _is_tagged(stack: Mapping[str, Any]) -> bool:
    return any(tag["Key"] == TAG for tag in stack.get("Tags", []))


def removal_commands(name: str, region: str) -> list[str]:
    """Returns the commands that remove the stack and its log groups by hand."""
    return [
        f"aws cloudformation delete-stack --stack-name {name} --region {region}",
        f"aws logs describe-log-groups --log-group-name-prefix /aws/lambda/{name}- --region {region}"
        " --query 'logGroups[].logGroupName' --output text | xargs -n 1"
        f" aws logs delete-log-group --region {region} --log-group-name",
    ]
