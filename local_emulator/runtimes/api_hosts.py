"""The hosts of the deployment's APIs, as events name them, and how functions reach them: over TLS, on loopback."""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from aiohttp import web
from botocore.httpsession import get_cert_path

from local_emulator.deployment import Deployment
from local_emulator.runtimes.bootstrap.redirection import is_api_host, is_service_host
from local_emulator.web.certificates import CertificateAuthority
from local_emulator.web.connect_proxy import ConnectProxy, Upstream
from local_emulator.web.listen import listen

BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE")
UPSTREAMS = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


class TlsAccess(NamedTuple):
    """The port that stands for 443, a proxy that leads to it, and files of the authorities to trust.

    `bundle` holds the emulator's authority and this machine's, `extra` what Node is to add to its own.
    """

    port: int
    proxy: str
    bundle: Path
    extra: Path


class ApiHosts:
    """The TLS server that answers for the hosts, the proxy that leads to it, and the files that make it trusted."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._authority = CertificateAuthority()
        self._folder = tempfile.TemporaryDirectory(prefix="apigw-emulator-")
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._runner: web.AppRunner | None = None
        self._listener = listen("127.0.0.1", 0)
        self._address = self._listener.getsockname()
        self._proxy = ConnectProxy(self._lead, upstream())

    async def start(self) -> TlsAccess:
        """Opens the proxy and writes the files; nothing is served yet. Raises OSError."""
        bundle, extra = self._write(os.environ)
        return TlsAccess(self._address[1], await self._proxy.start(), bundle, extra)

    def _lead(self, host: str) -> tuple[str, int] | None:
        return self._address if is_api_host(host) or is_service_host(host) else None

    def _write(self, own: Mapping[str, str]) -> tuple[Path, Path]:
        given = Path(own.get("NODE_EXTRA_CA_CERTS", ""))
        bundle, extra = (Path(self._folder.name) / name for name in ("bundle.pem", "extra.pem"))
        bundle.write_bytes(self._authority.pem + _machine_bundle(own).read_bytes())
        extra.write_bytes(self._authority.pem + (given.read_bytes() if given.is_file() else b""))
        return bundle, extra

    async def serve(self, runner: web.AppRunner) -> None:
        """Serves an application to functions alone: nothing else trusts the certificate."""
        self._runner = runner
        await runner.setup()
        context = self._authority.server_context([f"*{domain}" for domain in domains(self._deployment)])
        context.sni_callback = self._show_certificate
        await web.SockSite(runner, self._listener, ssl_context=context).start()

    def _show_certificate(self, connection: ssl.SSLObject, host: str | None, context: ssl.SSLContext) -> None:
        """Shows a certificate for the host that a client asks for: code may name another Region, or any bucket."""
        if host is not None and (is_api_host(host) or is_service_host(host)):
            name = f"*.{host.partition('.')[2]}"
            if name not in self._contexts:
                self._contexts[name] = self._authority.server_context([name])
            connection.context = self._contexts[name]

    async def stop(self) -> None:
        """Closes every connection, and removes the files."""
        if self._runner is not None:
            await self._runner.cleanup()
        self._listener.close()
        await self._proxy.stop()
        self._folder.cleanup()


def domains(deployment: Deployment) -> list[str]:
    """Returns what follows the id of an API or of a function URL in a host of the deployment's Region."""
    apis = [f".execute-api.{deployment.region}.{suffix}" for suffix in ("amazonaws.com", "api.aws")]
    return [*apis, f".lambda-url.{deployment.region}.on.aws"]


def upstream(own: Mapping[str, str] = os.environ) -> Upstream | None:
    """Returns the proxy that this machine needs for other hosts."""
    url = next((own[name] for name in UPSTREAMS if own.get(name)), None)
    if url is None:
        return None
    return Upstream(url if "://" in url else f"http://{url}", own.get("no_proxy") or own.get("NO_PROXY") or "")


def _machine_bundle(own: Mapping[str, str]) -> Path:
    """Returns the file of authorities that programs of this machine trust."""
    known = [*(own.get(name) for name in BUNDLES), ssl.get_default_verify_paths().cafile]
    return next((Path(name) for name in known if name and Path(name).is_file()), Path(get_cert_path(True)))
