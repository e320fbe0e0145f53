"""One function for each upload client: it sends a body to a server, or into the bucket `uploads` of an S3."""

import asyncio
import contextlib
import functools
import http.client
import importlib.util
import shutil
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import boto3
import requests
import urllib3
from botocore.config import Config

from .conftest import CREDENTIALS, REGION

Send = Callable[[str, Any], object]

KEY, SECRET = CREDENTIALS["aws_access_key_id"], CREDENTIALS["aws_secret_access_key"]
PART = 5 * 1024 * 1024


def requests_data(url: str, body: Any) -> None:
    requests.put(url, data=body, timeout=20).raise_for_status()


def requests_files(url: str, body: Any) -> None:
    requests.post(url, files={"file": ("film.mp4", body)}, timeout=20).raise_for_status()


def requests_toolbelt(url: str, body: Any) -> None:
    from requests_toolbelt import MultipartEncoder

    form = MultipartEncoder({"file": ("film.mp4", body)}, boundary="boundary")
    requests.post(url, data=form, headers={"Content-Type": form.content_type}, timeout=20).raise_for_status()


# httpx loads the certificates of all authorities even for http, unless it need not verify any.
def httpx_content(url: str, body: Any) -> None:
    import httpx

    httpx.put(url, content=body, verify=False).raise_for_status()


def httpx_files(url: str, body: Any) -> None:
    import httpx

    httpx.post(url, files={"file": ("film.mp4", body)}, verify=False).raise_for_status()


def httpx_async(url: str, body: Any) -> None:
    import httpx

    async def send() -> None:
        async with httpx.AsyncClient(verify=False) as client:
            (await client.put(url, content=body)).raise_for_status()

    asyncio.run(send())


def aiohttp_data(url: str, body: Any) -> None:
    import aiohttp

    async def send() -> None:
        async with aiohttp.ClientSession(raise_for_status=True) as session, session.put(url, data=body):
            pass

    asyncio.run(send())


def aiohttp_form(url: str, body: Any) -> None:
    import aiohttp

    async def send() -> None:
        form = aiohttp.FormData()
        form.add_field("file", body, filename="film.mp4")
        async with aiohttp.ClientSession(raise_for_status=True) as session, session.put(url, data=form):
            pass

    asyncio.run(send())


def urllib3_request(url: str, body: Any) -> None:
    with urllib3.PoolManager() as pool:
        pool.request("PUT", url, body=body)


def urllib_request(url: str, body: Any) -> None:
    with urllib.request.urlopen(urllib.request.Request(url, data=body, method="PUT"), timeout=20) as answer:
        answer.read()


def http_client(url: str, body: Any) -> None:
    with contextlib.closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)) as connection:
        connection.request("PUT", "/key", body)
        connection.getresponse().read()


def google_cloud_storage(url: str, body: Any) -> None:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.storage import Client

    anonymous: Any = AnonymousCredentials()  # type: ignore[no-untyped-call]
    with contextlib.closing(Client("project", anonymous, client_options={"api_endpoint": url})) as client:
        client.bucket("uploads").blob("key").upload_from_file(body, checksum=None)


@functools.cache
def session() -> boto3.Session:
    """Returns one session for all tests, which reads the model of S3 once."""
    return boto3.Session(**CREDENTIALS)


def boto3_client(url: str) -> Any:
    return contextlib.closing(session().client("s3", endpoint_url=url))


def boto3_put_object(url: str, body: Any) -> None:
    with boto3_client(url) as client:
        client.put_object(Bucket="uploads", Key="key", Body=body)


def boto3_upload_fileobj(url: str, body: Any) -> None:
    with boto3_client(url) as client:
        client.upload_fileobj(body, "uploads", "key")


def boto3_crt(url: str, body: Any) -> None:
    from botocore.session import Session
    from s3transfer import crt

    session = Session()
    session.set_credentials(KEY, SECRET)
    settings = {"endpoint_url": url, "region_name": REGION, "config": Config(s3={"addressing_style": "path"})}
    provider = crt.BotocoreCRTCredentialsWrapper(session.get_credentials()).to_crt_credentials_provider()
    client = crt.create_s3_crt_client(REGION, crt_credentials_provider=provider, use_ssl=False, part_size=PART)
    with crt.CRTTransferManager(client, crt.BotocoreCRTRequestSerializer(session, settings)) as manager:
        manager.upload(body, "uploads", "key").result()


def aioboto3_upload_fileobj(url: str, body: Any) -> None:
    import aioboto3

    async def send() -> None:
        async with aioboto3.Session().client("s3", endpoint_url=url, **CREDENTIALS) as client:
            await client.upload_fileobj(body, "uploads", "key")

    asyncio.run(send())


def aioboto3_put_object(url: str, body: Any) -> None:
    import aioboto3

    async def send() -> None:
        async with aioboto3.Session().client("s3", endpoint_url=url, **CREDENTIALS) as client:
            await client.put_object(Bucket="uploads", Key="key", Body=body)

    asyncio.run(send())


def s3fs_open(url: str, body: Any) -> None:
    import s3fs

    files = s3fs.S3FileSystem(key=KEY, secret=SECRET, endpoint_url=url, skip_instance_cache=True)
    with files.open("uploads/key", "wb", block_size=PART) as out:
        shutil.copyfileobj(body, out)


def smart_open_write(url: str, body: Any) -> None:
    import smart_open

    with (
        boto3_client(url) as client,
        smart_open.open("s3://uploads/key", "wb", transport_params={"client": client}) as out,
    ):
        shutil.copyfileobj(body, out)


def django_storages(url: str, body: Any) -> None:
    from django.conf import settings
    from django.core.files.base import File
    from storages.backends.s3 import S3Storage

    if not settings.configured:
        settings.configure()
    storage = S3Storage(bucket_name="uploads", endpoint_url=url, region_name=REGION, access_key=KEY, secret_key=SECRET)
    storage.save("key", File(body, "key"))


def minio_put_object(url: str, body: Any) -> None:
    import minio

    client = minio.Minio(urlsplit(url).netloc, access_key=KEY, secret_key=SECRET, secure=False, region=REGION)
    client.put_object("uploads", "key", body, length=-1, part_size=PART)


# What boto3 does differs with awscrt, which signs and sums in C, so that its tests run in both environments.
BOTO3: dict[str, Send] = {"boto3 put_object": boto3_put_object, "boto3 upload_fileobj": boto3_upload_fileobj}

TO_A_SERVER: dict[str, Send] = {
    "requests data=": requests_data,
    "requests files=": requests_files,
    "requests-toolbelt": requests_toolbelt,
    "httpx content=": httpx_content,
    "httpx files=": httpx_files,
    "httpx.AsyncClient": httpx_async,
    "aiohttp data=": aiohttp_data,
    "aiohttp FormData": aiohttp_form,
    "urllib3": urllib3_request,
    "urllib": urllib_request,
    "http.client": http_client,
    "google-cloud-storage": google_cloud_storage,
}
TO_S3: dict[str, Send] = {
    **BOTO3,
    "smart_open": smart_open_write,
    "django-storages": django_storages,
    "minio": minio_put_object,
}
# aiobotocore pins an older botocore than ours: these are installed apart (`make test-uploaders`).
APART: dict[str, Send] = {
    **BOTO3,
    "boto3 CRT": boto3_crt,
    "aioboto3 put_object": aioboto3_put_object,
    "aioboto3 upload_fileobj": aioboto3_upload_fileobj,
    "s3fs": s3fs_open,
}

UPLOADERS = APART if importlib.util.find_spec("aiobotocore") else TO_A_SERVER | TO_S3

TAKE_ASYNCHRONOUS_BODIES = {"httpx.AsyncClient", "aiohttp data=", "aiohttp FormData", "aioboto3 upload_fileobj"}


def sends_to_s3(name: str) -> bool:
    """Returns whether this client needs an S3 behind the server."""
    return name in TO_S3 or name in APART
