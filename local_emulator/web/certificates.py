"""A certificate authority of the emulator's own, for names that only the emulator answers for."""

from __future__ import annotations

import datetime
import ipaddress
import os
import ssl
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# Apple's systems accept server certificates of at most 398 days.
VALID_DAYS = 397
MAX_COMMON_NAME = 64
"""Maximum number of characters of a common name (RFC 5280, appendix A.1). The alternative names have the whole."""


class CertificateAuthority:
    """Issues server certificates. Its key stays in memory and ends with the process."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(f"Local emulator {os.urandom(4).hex()}")
        builder = _builder(self._name, self._name, self._key.public_key(), self._key)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_key_usage("key_cert_sign", "crl_sign"), critical=True)
        self._certificate = builder.sign(self._key, hashes.SHA256())

    @property
    def pem(self) -> bytes:
        """The certificate of the authority, for clients that are to trust it."""
        return self._certificate.public_bytes(Encoding.PEM)

    def server_context(self, names: Sequence[str]) -> ssl.SSLContext:
        """Returns the TLS settings of a server with these DNS names or addresses; a name may begin with `*.`."""
        return _context(self.server_pem(names))

    def server_pem(self, names: Sequence[str]) -> bytes:
        """Returns the key and the certificate of such a server."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(names[0][:MAX_COMMON_NAME]), self._name, key.public_key(), self._key)
        for extension, critical in (
            (x509.SubjectAlternativeName(list(map(_alternative, names))), False),
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_key_usage("digital_signature"), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        ):
            builder = builder.add_extension(extension, critical)
        certificate = builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, issuer_key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    """Returns what all certificates have. Python 3.13 and newer want both key identifiers (RFC 5280, section 4.2.1)."""
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS - 1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )


def _key_usage(*uses: str) -> x509.KeyUsage:
    names = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{name: name in uses for name in names})


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _context(key_and_certificate: bytes) -> ssl.SSLContext:
    """Returns a server's settings. The ssl module reads keys from files alone, so there is one for that moment."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:  # readable by this user alone
        file = Path(folder) / "server.pem"
        file.write_bytes(key_and_certificate)
        context.load_cert_chain(file)
    return context
