"""A certificate authority of our own and a server's certificate from it, for TLS on loopback."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

LIFE = datetime.timedelta(days=2)

SIGNS_CERTIFICATES = x509.KeyUsage(
    key_cert_sign=True,
    crl_sign=True,
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


class Certificates(NamedTuple):
    """PEM files: the authority's certificate, and the server's with its key."""

    authority: Path
    server: Path


def make_certificates(folder: Path, host: str = "localhost") -> Certificates:
    """A new authority, and a certificate from it for that host name, 127.0.0.1 too if it is `localhost`."""
    authority_key, server_key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    names: list[x509.GeneralName] = [x509.DNSName(host)]
    if host == "localhost":
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    authority = _certificate("test authority", authority_key.public_key(), "test authority", authority_key, None)
    server = _certificate(host, server_key.public_key(), "test authority", authority_key, names)
    made = Certificates(folder / f"authority-{host}.pem", folder / f"server-{host}.pem")
    made.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    key = server_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    made.server.write_bytes(key + server.public_bytes(serialization.Encoding.PEM))
    return made


def _certificate(
    subject: str,
    key: rsa.RSAPublicKey,
    issuer: str,
    issuer_key: rsa.RSAPrivateKey,
    names: list[x509.GeneralName] | None,
) -> x509.Certificate:
    """An authority's if there are no names."""
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - LIFE)
        .not_valid_after(now + LIFE)
        .add_extension(x509.BasicConstraints(ca=names is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    else:  # ssl.create_default_context asks for it since Python 3.13 (VERIFY_X509_STRICT)
        builder = builder.add_extension(SIGNS_CERTIFICATES, critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
