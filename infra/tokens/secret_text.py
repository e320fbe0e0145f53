"""One secret of Secrets Manager, as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from domain.token_errors import KeysUnavailableError

Value = TypeVar("Value")


class SecretText:
    """Reads the current version each time it is called; `secretsmanager` is a botocore client of it."""

    def __init__(self, secretsmanager: Any, arn: str, errors: tuple[type[Exception], ...]) -> None:
        self._secretsmanager = secretsmanager
        self._arn = arn
        self._errors = errors

    def __call__(self) -> str:
        """Returns the secret. Raises KeysUnavailableError if the call fails."""
        try:
            answer = self._secretsmanager.get_secret_value(SecretId=self._arn)
        except self._errors as problem:
            raise KeysUnavailableError(problem=type(problem).__name__) from problem
        text: str = answer.get("SecretString", "")
        return text


def parsed(read: Callable[[], str], parse: Callable[[str], Value]) -> Value:
    """Returns the parsed text of a secret. Raises KeysUnavailableError also if `parse` raises ValueError."""
    try:
        return parse(read())
    except ValueError as error:
        raise KeysUnavailableError(problem=str(error)) from None
