"""What is sent to hosts of AWS's services reaches the emulator's own addresses."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from local_emulator.runtimes.bootstrap.redirection import is_service_host
from local_emulator.web.service_hosts import ServiceHosts


@pytest.fixture
async def servers():
    """Two servers that say what they got, and a client of one that passes requests on to them."""

    def server(name):
        async def answer(request):
            got = {"at": name, "path": request.raw_path, "method": request.method, "body": await request.text()}
            return web.json_response(got | {"host": request.host}, status=418, headers={"X-Own": "1"})

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        return TestServer(app)

    async with server("aws") as aws, server("lambda") as of_lambda:
        hosts = ServiceHosts(str(aws.make_url("")).rstrip("/"), str(of_lambda.make_url("")).rstrip("/"))
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", hosts.answer)
        app.on_cleanup.append(hosts.close)
        async with TestClient(TestServer(app)) as client:
            yield client
            await aws.close()
            gone = await client.post("/", headers={"Host": "sqs.us-east-1.amazonaws.com"})
            assert gone.status == 502


async def test_lambda_buckets_and_other_services_are_reached(servers):
    for host, at, path in (
        ("lambda.us-east-1.amazonaws.com", "lambda", "/a%2Fb?c=d"),
        ("dynamodb.us-east-1.amazonaws.com", "aws", "/a%2Fb?c=d"),
        ("s3.amazonaws.com", "aws", "/a%2Fb?c=d"),
        ("my.bucket.s3.amazonaws.com", "aws", "/my.bucket/a%2Fb?c=d"),
        ("bucket.s3.eu-west-1.amazonaws.com", "aws", "/bucket/a%2Fb?c=d"),
        ("bucket.s3-eu-west-1.amazonaws.com", "aws", "/bucket/a%2Fb?c=d"),
    ):
        url = servers.make_url("/").with_path("/a%2Fb", encoded=True).with_query(c="d")
        async with aiohttp.ClientSession() as session:
            answer = await session.put(url, headers={"Host": f"{host}:443", "Authorization": "x"}, data="body")
            assert (answer.status, answer.headers["X-Own"]) == (418, "1")
            got = await answer.json()
        assert (got["at"], got["path"], got["method"], got["body"]) == (at, path, "PUT", "body")
        assert got["host"].startswith("127.0.0.1:")


async def test_the_service_of_an_unsigned_request_is_in_its_host(servers):
    answer = await servers.get("/pool/.well-known/jwks.json", headers={"Host": "cognito-idp.us-east-1.amazonaws.com"})
    assert (await answer.json())["host"] == "cognito-idp.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("dynamodb.us-east-1.amazonaws.com", True),
        ("streams.dynamodb.eu-west-1.amazonaws.com", True),
        ("bucket.s3.amazonaws.com", True),
        ("S3.amazonaws.com", True),
        ("cognito-idp.us-east-1.amazonaws.com", True),
        ("example.com", False),
        ("s3.amazonaws.com.example.com", False),
        ("abc.execute-api.us-east-1.amazonaws.com", False),
        ("checkip.amazonaws.com", False),
        ("ec2-1-2-3-4.compute-1.amazonaws.com", False),
    ],
)
def test_hosts_of_services_are_known(host, expected):
    assert is_service_host(host) is expected
