"""A call in another Region than that of the resources is named once."""

from __future__ import annotations

import pytest

from local_emulator.aws.other_regions import OtherRegions


def head(region: str, service: str) -> bytes:
    scope = f"AKIA/20261201/{region}/{service}/aws4_request"
    return f"POST / HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host\r\n".encode()


def test_each_other_region_is_named_once() -> None:
    lines: list[str] = []
    regions = OtherRegions("us-east-1", lines.append)
    for region in ("us-east-1", "eu-west-1", "eu-west-1", "ap-south-1"):
        regions.check(head(region, "dynamodb"))
    assert len(lines) == 2
    assert lines[0].startswith("dynamodb is called in eu-west-1, and the resources of the template are in us-east-1;")
    assert lines[0].endswith("--region eu-west-1 makes them there")


@pytest.mark.parametrize("request_head", [head("eu-west-1", "sts"), b"GET / HTTP/1.1\r\nHost: a\r\n", b""])
def test_a_call_without_resources_of_a_region_is_not_named(request_head: bytes) -> None:
    lines: list[str] = []
    OtherRegions("us-east-1", lines.append).check(request_head)
    assert lines == []
