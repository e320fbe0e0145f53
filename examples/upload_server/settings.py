"""Reads the settings from the command line and the environment."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MEBIBYTE = 1024 * 1024

LOCAL_EMULATOR = "http://localhost:3001"
# boto3 reads these variables. With these defaults, nothing reaches AWS by accident.
LOCAL_AWS = {
    "AWS_ENDPOINT_URL": "http://localhost:3002",
    "AWS_ENDPOINT_URL_LAMBDA": LOCAL_EMULATOR,
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@dataclass(frozen=True)
class UploadServerSettings:
    """Addresses, sizes in bytes, bandwidth in bytes per second (None: no limit)."""

    host: str
    port: int
    bucket: str
    websocket_url: str
    identity_url: str
    push_function: str
    max_upload_bytes: int
    max_bandwidth: int | None


def parse(arguments: Sequence[str], environ: Mapping[str, str]) -> UploadServerSettings:
    """Reads the command line. Exits with status 2 and a usage line if it is invalid."""
    found = _parser(environ).parse_args(arguments)
    return UploadServerSettings(
        host=found.host,
        port=found.port,
        bucket=found.bucket,
        websocket_url=found.websocket_url,
        identity_url=found.identity_url,
        push_function=found.push_function,
        max_upload_bytes=found.max_upload_mb * MEBIBYTE,
        max_bandwidth=int(found.bandwidth_mb * MEBIBYTE) or None,
    )


def local_aws(environ: Mapping[str, str]) -> dict[str, str]:
    """Returns boto3 settings for the emulator, or none if the environment names an endpoint or a profile."""
    if any(name in environ for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE")):
        return {}
    return {name: value for name, value in LOCAL_AWS.items() if name not in environ}


def _parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m examples.upload_server",
        description="Receives files from a page, stores them in S3 and reports the progress of every upload.",
        epilog="boto3 reads endpoints and credentials from the environment. The default is the emulator.",
    )
    option = parser.add_argument
    option("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    option("--port", type=port_number, default=3000, help="port to listen on, 0 for any (default: %(default)s)")
    option("--bucket", default=environ.get("UPLOAD_BUCKET", "uploads"), help="S3 bucket, created if missing")
    option(
        "--websocket-url",
        default=environ.get("WEBSOCKET_URL", "ws://localhost:3001/ws/upload-progress"),
        help="WebSocket URL for the page (default: %(default)s)",
    )
    option(
        "--identity-url",
        default=environ.get("IDENTITY_URL", f"{LOCAL_EMULATOR}/_emulator/identity/token"),
        help="token endpoint of the identity provider (default: %(default)s)",
    )
    option(
        "--push-function",
        default=environ.get("PUSH_FUNCTION", "PushFunction"),
        help="name of the push function",
    )
    option("--max-upload-mb", type=_positive, default=2048, help="largest file, in MiB (default: %(default)s)")
    option(
        "--bandwidth-mb",
        type=_bandwidth,
        default=0.0,
        help="maximum MiB per second to S3 per file, 0: no limit (default: %(default)s)",
    )
    return parser


def port_number(text: str) -> int:
    """Returns a port of 0 to 65535. Raises ArgumentTypeError."""
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("must be from 0 to 65535")
    return port


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _bandwidth(text: str) -> float:
    number = float(text)
    if not 0 <= number < 1e6:
        raise argparse.ArgumentTypeError("must be at least 0")
    return number
