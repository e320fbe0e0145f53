"""The variables that lead programs to a proxy, or past it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def proxy_variables(
    emulator_url: str, own: Mapping[str, str], proxy: str | None = None, api_hosts: Sequence[str] = ()
) -> dict[str, str]:
    """Returns the proxies of this machine, which cannot reach the emulator, as exceptions from them say.

    `proxy` is the emulator's own: it alone leads to `api_hosts`, which begin with a dot. Without it they are
    exceptions.
    """
    found = {name: own[name] for name in PROXIES if name in own}
    if proxy is not None:
        found |= {"HTTPS_PROXY": proxy, "https_proxy": proxy}
    if not found:
        return {}
    given = [entry.strip() for entry in (own.get("no_proxy") or own.get("NO_PROXY") or "").split(",") if entry.strip()]
    if proxy is not None:
        given = [entry for entry in given if not _excepts(entry, api_hosts)]
    local = ["localhost", "127.0.0.1", urlsplit(emulator_url).hostname or "localhost"]
    exceptions = ",".join(dict.fromkeys([*given, *local, *(() if proxy is not None else api_hosts)]))
    return found | {"NO_PROXY": exceptions, "no_proxy": exceptions}


def _excepts(entry: str, api_hosts: Sequence[str]) -> bool:
    return any(proxy_bypass_environment(f"x{host}", {"no": entry}) for host in api_hosts)
