"""Certificates of the emulator's authority, seen by strict clients."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from local_emulator.web.certificates import CertificateAuthority


async def shaken(authority: CertificateAuthority, trusted: CertificateAuthority, host: str) -> str | None:
    """The TLS version of a handshake for `host` with a server of `authority`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    context = ssl.create_default_context(cadata=trusted.pem.decode())
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # the default from Python 3.13 on
    async with await asyncio.start_server(
        serve, "127.0.0.1", 0, ssl=authority.server_context(["*.api.example", "api.example"])
    ) as server:
        address = server.sockets[0].getsockname()
        _, writer = await asyncio.open_connection(*address, ssl=context, server_hostname=host)
        version: str | None = writer.get_extra_info("ssl_object").version()
        writer.close()
        return version


@pytest.mark.parametrize("host", ["a1.api.example", "api.example"])
async def test_a_client_that_trusts_the_authority_shakes_hands(host: str) -> None:
    authority = CertificateAuthority()
    assert await shaken(authority, authority, host) == "TLSv1.3"


async def test_another_name_and_another_authority_are_not_trusted() -> None:
    authority = CertificateAuthority()
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        await shaken(authority, authority, "a1.elsewhere.example")
    with pytest.raises(ssl.SSLCertVerificationError):
        await shaken(authority, CertificateAuthority(), "a1.api.example")
