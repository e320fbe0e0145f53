"""Lets user pools and their clients have the ids that a template's references have."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Any

MARK = "#apigw-emulator-id="
"""Stands between a name and the wanted id, in the name that a pool or client is created with."""


def keep_cognito_ids() -> None:
    """Patches moto once per process, if the packages of the extra `cognito` are installed.

    Raises AttributeError for a moto that has changed inside.
    """
    try:
        models: Any = import_module("moto.cognitoidp.models")
    except ImportError:
        return
    if hasattr(models.generate_id, "__wrapped__"):
        return
    models.generate_id = _marked(models.generate_id)
    models.CognitoIdpBackend.create_user_pool = _named(models.CognitoIdpBackend.create_user_pool)


def _marked(stock: Callable[..., str]) -> Callable[..., str]:
    @wraps(stock)
    def generate_id(strategy: Any, *about: Any) -> str:
        for config in (one for one in about if isinstance(one, dict)):
            for name in ("PoolName", "ClientName"):
                text, mark, wanted = str(config.get(name, "")).partition(MARK)
                if mark:
                    config[name] = text
                    return wanted
        return stock(strategy, *about)

    return generate_id


def _named(stock: Callable[..., Any]) -> Callable[..., Any]:
    """Passes the marked name on to where the id is made, and gives the pool the rest of it."""

    @wraps(stock)
    def create_user_pool(self: Any, name: str, extended_config: dict[str, Any]) -> Any:
        return stock(
            self, name.partition(MARK)[0], {**extended_config, "PoolName": name} if MARK in name else extended_config
        )

    return create_user_pool
