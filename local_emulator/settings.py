"""The settings of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from local_emulator.apigateway.rules.limits import GatewayLimits
from local_emulator.aws.fixed_answers import AnswerOption
from local_emulator.awslambda.limits import LambdaLimits
from local_emulator.deployment import Resource, RouteOption
from local_emulator.faults.registry import Fault
from local_emulator.web.listen import address, reachable


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one emulator; `parameters` are the template's, `exports` the values of Fn::ImportValue.

    `code` are folders or zip archives that replace the code of functions and layers, by logical id. `more_templates`
    are those of other stacks, by stack name. `api_ids` are the ids of APIs, by logical id. `tables` are made beside
    those of the templates. `answers` are those of actions that the emulator does not have. `routes` are there instead
    of a template; `variables` are those of their functions. `allowed_hosts` are the hosts beside this machine that HTTP
    integrations may call, with or without a port.

    `isolation` has no effect any more. `python` is the interpreter of Python functions, `debug` the function that a
    debugger is to be attached to, `terminal` the device that `breakpoint()` gets. `ready_json`, `ready_file` and
    `exit_with_parent` are for programs that start the emulator. `strict` refuses a template with parts that are not
    emulated. `env_vars` is a file of environment variables, `config_env` the part of samconfig.toml that is read.
    """

    template: Path = Path("template.yaml")
    host: str = "127.0.0.1"
    port: int = 3001
    aws_port: int = 3002
    parameters: Mapping[str, str] = field(default_factory=dict)
    exports: Mapping[str, str] = field(default_factory=dict)
    code: Mapping[str, Path] = field(default_factory=dict)
    more_templates: Mapping[str, Path] = field(default_factory=dict)
    stack_name: str = "local"
    api_ids: Mapping[str, str] = field(default_factory=dict)
    allowed_hosts: tuple[str, ...] = ()
    tables: tuple[Resource, ...] = ()
    routes: tuple[RouteOption, ...] = ()
    answers: tuple[AnswerOption, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    region: str = "us-east-1"
    limits: GatewayLimits = field(default_factory=GatewayLimits)
    dynamodb: str = "moto"
    dynamodb_endpoint: str | None = None
    faults: tuple[Fault, ...] = ()
    isolation: Literal["auto", "thread", "process"] | None = None
    max_environments: int = 50
    environment_wait_ms: int = 10
    python: Path | None = None
    debug: str | None = None
    debug_port: int = 5678
    terminal: str | None = None
    lambda_limits: LambdaLimits = field(default_factory=LambdaLimits)
    schedules: bool = True
    ready_json: bool = False
    ready_file: Path | None = None
    exit_with_parent: bool = False
    strict: bool = False
    env_vars: Path | None = None
    config_env: str = "default"
    log_level: str = "info"
    tls: bool = False
    tls_cert: Path | None = None
    tls_key: Path | None = None

    @property
    def url(self) -> str:
        return f"http://{reachable(self.host)}:{self.port}"

    @property
    def aws_url(self) -> str:
        """The URL has an address, because AWS's SDK for JavaScript would put the bucket before a name."""
        return f"http://{address(self.host)}:{self.aws_port}"

    @property
    def issuer(self) -> str:
        """The issuer of the local identity provider's tokens."""
        return f"{self.url}/_emulator/identity"
