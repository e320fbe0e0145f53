"""The one request for a JWKS: over TLS with a certificate that holds, and over when its time is over."""

import datetime
import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from domain.token_errors import KeysUnavailableError
from infra.tokens.jwks_download import MAX_BYTES, Download, check_url
from testing.provider import JwksServer, jwks_server


@pytest.fixture
def server() -> Iterator[JwksServer]:
    with jwks_server() as server:
        yield server


def download(url: str, timeout_seconds: float = 3.0) -> bytes:
    return Download(check_url(url), timeout_seconds).result()


def certificate(folder: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one PEM file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    today = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "certificate.pem"
    file.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + private)
    return file


@pytest.fixture
def tls_server(server: JwksServer, tmp_path: Path) -> JwksServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.url = server.url.replace("http:", "https:")
    return server


def test_a_certificate_that_the_system_trusts_is_enough(
    tls_server: JwksServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))

    assert download(tls_server.url) == tls_server.document


def test_a_certificate_that_nobody_vouches_for_is_refused(tls_server: JwksServer) -> None:
    with pytest.raises(KeysUnavailableError, match="SSLCertVerificationError: self-signed certificate"):
        download(tls_server.url)
    assert tls_server.paths == []


def test_a_certificate_for_another_name_is_refused_with_its_reason(
    tls_server: JwksServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))

    with pytest.raises(KeysUnavailableError, match="certificate is not valid for 'localhost'"):
        download(tls_server.url.replace("127.0.0.1", "localhost"))


def test_the_request_names_its_sender_and_takes_both_types_of_a_key_set(server: JwksServer) -> None:
    download(server.url)

    [headers] = server.headers
    assert headers["User-Agent"] == "upload-progress"
    assert headers["Accept"] == "application/jwk-set+json, application/json"
    assert "Cache-Control" not in headers


def test_the_query_is_part_of_what_is_asked_for(server: JwksServer) -> None:
    download(server.url + "?p=b2c_1")

    assert server.paths == ["/jwks.json?p=b2c_1"]


def test_proxies_of_the_environment_are_not_asked(server: JwksServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    assert download(server.url) == server.document


def test_the_largest_document_is_256_kb(server: JwksServer) -> None:
    server.document = b" " * MAX_BYTES
    assert len(download(server.url)) == MAX_BYTES

    server.document += b" "
    with pytest.raises(KeysUnavailableError, match=f"more than {MAX_BYTES} bytes"):
        download(server.url)


@pytest.mark.parametrize("slow", ["drip", "delay"])
def test_a_download_that_was_given_up_ends_its_thread_too(server: JwksServer, slow: str) -> None:
    setattr(server, slow, 0.01 if slow == "drip" else 60)

    with pytest.raises(KeysUnavailableError, match=r"no answer in 0\.2 s"):
        download(server.url, 0.2)

    while any(thread.name == "jwks-download" for thread in threading.enumerate()):
        time.sleep(0.01)


def test_what_is_not_http_is_an_error(server: JwksServer) -> None:
    with pytest.raises(KeysUnavailableError):
        download(server.url.replace("http:", "https:"))


@pytest.mark.parametrize(
    "url",
    [
        "http://id.example.com/jwks.json",
        "http://10.0.0.1/jwks.json",
        "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "data:,{}",
        "https://",
        "",
        "jwks.json",
        "https://id.example.com:0/",
        "https://id.example.com:99999/",
        "https://user:secret@id.example.com/",
        "https://id.example.com/#keys",
        "https://id.example.com/a b",
        "https://id.example.com/\r\nX-Evil: 1",
        "https://[::1/",
    ],
)
def test_a_url_that_is_not_https_nor_loopback_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError):
        check_url(url)


@pytest.mark.parametrize(
    "url", ["https://id.example.com/a?b=c", "http://localhost:1/", "http://[::1]:1/", "http://127.9.9.9"]
)
def test_https_and_loopback_are_accepted(url: str) -> None:
    assert check_url(url)
