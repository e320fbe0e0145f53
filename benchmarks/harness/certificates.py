"""Files with a certificate authority and a server's certificate from it, for TLS on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from local_emulator.web.certificates import CertificateAuthority


class Certificates(NamedTuple):
    """PEM files: the authority's certificate, and the server's with its key."""

    authority: Path
    server: Path


def make_certificates(folder: Path, host: str = "localhost") -> Certificates:
    """Makes an authority, and a certificate from it for that host name; also for 127.0.0.1 if it is `localhost`."""
    authority = CertificateAuthority()
    made = Certificates(folder / f"authority-{host}.pem", folder / f"server-{host}.pem")
    made.authority.write_bytes(authority.pem)
    made.server.write_bytes(authority.server_pem([host, "127.0.0.1"] if host == "localhost" else [host]))
    return made
