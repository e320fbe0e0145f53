"""Handlers that build their endpoint from the event: what they post arrives, and what is gone raises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.handlers
import pytest
from botocore.awsrequest import AWSRequest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from local_emulator.runtimes.bootstrap.redirection import Redirection
from local_emulator.runtimes.endpoint_redirects import redirects
from local_emulator.settings import Settings
from local_emulator.template.reader import read_template
from testing.stub_management import StubManagement
from tests.integration.local_emulator.emulating import emulating, write, write_template

HOST = "execute-api.us-east-1.amazonaws.com"

POSTING = """
    import boto3
    from botocore.config import Config

    def clients(event):
        request = event["requestContext"]
        where = {"endpoint_url": f"https://{request['domainName']}/{request['stage']}"}
        service = "apigatewaymanagementapi"
        return {
            "client": lambda: boto3.client(service, **where),
            "session": lambda: boto3.Session(region_name="us-east-1").client(service, **where),
            "config": lambda: boto3.client(service, config=Config(max_pool_connections=2), **where),
            "module": lambda: CLIENT,
            "default": lambda: boto3.client(service),
        }

    CLIENT = boto3.client(
        "apigatewaymanagementapi", endpoint_url=f"https://%s.execute-api.us-east-1.amazonaws.com/dev"
    )

    def say(event, context):
        request = event["requestContext"]
        client = clients(event)[event["body"]]()
        client.post_to_connection(ConnectionId=request["connectionId"], Data=event["body"])
        return {"statusCode": 200}

    def look(event, context):
        client = boto3.client("apigatewaymanagementapi", endpoint_url=event["endpoint"])
        try:
            client.post_to_connection(ConnectionId=event["id"], Data=b"anyone?")
        except Exception as raised:
            return type(raised).__name__
        return "sent"
    """


def _template(folder: Path) -> Path:
    functions = {name: f"CodeUri: ., Handler: app.{name.lower()}, Timeout: 20" for name in ("Say", "Look")}
    template = write_template(folder, **functions)
    write(folder, app="")
    [api] = read_template(template).apis
    write(folder, app=POSTING.replace("%s", api.api_id))
    return template


async def test_a_post_to_the_events_own_domain_reaches_the_client(tmp_path: Path) -> None:
    async with emulating(_template(tmp_path)) as emulated:
        for way in ("client", "session", "config", "module", "default"):
            assert await emulated.say("/dev", way) == way


async def test_a_connection_that_is_gone_raises_and_another_api_is_forbidden(tmp_path: Path) -> None:
    template = _template(tmp_path)
    [api] = read_template(template).apis
    own, gone = f"https://{api.api_id}.{HOST}/dev", "L0SM9cOFvHcCIhw="
    async with emulating(template) as emulated:
        answers = [
            await emulated.invoke("Look", {"endpoint": endpoint, "id": gone})
            for endpoint in (own, f"{own}elopment", f"https://elsewhere.{HOST}/dev")
        ]
        assert answers == ["GoneException", "ForbiddenException", "ForbiddenException"]


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (f"https://abc.{HOST}/dev/@connections/x%3D", "http://e:1/Api/dev/@connections/x%3D"),
        (f"http://ABC.{HOST}:443/dev?a=b", "http://e:1/Api/dev?a=b"),
        ("https://abc.execute-api.cn-north-1.amazonaws.com.cn/dev", "http://e:1/Api/dev"),
        ("https://abc.execute-api.eu-west-1.api.aws/dev", "http://e:1/Api/dev"),
        (f"https://unknown.{HOST}/dev", "http://e:1/unknown/dev"),
        (f"https://{HOST}/@connections/x", "http://e:1/Api/dev/@connections/x"),
        ("http://127.0.0.1:3001/dev/@connections/x", None),
        ("https://dynamodb.us-east-1.amazonaws.com/", None),
        (f"https://abc.{HOST}.example.com/dev", None),
    ],
)
def test_only_hosts_of_the_management_api_are_led_here(url: str, address: str | None) -> None:
    redirection = Redirection("http://e:1", {"abc": "/Api"}, "/Api/dev")
    assert redirection.address(url) == address


def test_with_several_stages_the_host_without_an_id_leads_nowhere() -> None:
    deployment = read_template(Path("tests/templates/two_apis/template.yaml"))
    with pytest.raises(EndpointConnectionError):
        Redirection(*redirects(deployment, Settings())).address(f"https://{HOST}/@connections/x")


class TestInThisProcess:
    @pytest.fixture
    def redirected(self, management: StubManagement) -> Iterator[StubManagement]:
        base, _, stage = management.url.rpartition("/")
        redirection = Redirection(base, {"abc": ""}, f"/{stage}")
        redirection.install()
        yield management
        redirection.remove()
        assert all(one[1] is not redirection for one in botocore.handlers.BUILTIN_HANDLERS)

    def _post(self, session: boto3.Session, management: StubManagement) -> dict[str, Any]:
        stage = management.url.rpartition("/")[2]
        client = session.client(
            "apigatewaymanagementapi",
            endpoint_url=f"https://abc.{HOST}/{stage}",
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        answer: dict[str, Any] = client.post_to_connection(ConnectionId="L0SM9cOFvHcCIhw=", Data=b'"hello"')
        return answer

    @pytest.mark.parametrize("when", ["before moto", "under moto"])
    def test_moto_does_not_answer_first(self, redirected: StubManagement, when: str) -> None:
        session = boto3.Session()
        with mock_aws():
            self._post(session if when == "before moto" else boto3.Session(), redirected)
        assert redirected.sent_to("L0SM9cOFvHcCIhw=") == ["hello"]

    def test_a_proxy_is_not_asked(self, redirected: StubManagement, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        self._post(boto3.Session(), redirected)
        assert redirected.sent_to("L0SM9cOFvHcCIhw=") == ["hello"]


def test_botocore_sends_the_request_to_its_new_address() -> None:
    request = AWSRequest("POST", f"https://abc.{HOST}/dev/@connections/x").prepare()
    assert Redirection("http://e:1", {"abc": "/Api"})(request) is None
    assert request.url == "http://e:1/Api/dev/@connections/x"
