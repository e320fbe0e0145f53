"""One function for each client that counts by itself: it sends data and reports as the README says."""

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import minio
import pycurl
import requests
from requests_toolbelt import MultipartEncoder, MultipartEncoderMonitor

from upload_progress_reporter import UploadReporter

from .uploaders import KEY, PART, SECRET

Send = Callable[[str, bytes, UploadReporter], object]


class MinioProgress:
    """What minio calls `progress`: it tells differences, and -1 as the length that it does not know."""

    def __init__(self, report: UploadReporter) -> None:
        self._report = report

    def set_meta(self, object_name: str, total_length: int) -> None:
        self._report.learn_total(total_length)

    def update(self, size: int) -> None:
        self._report(size)


def minio_progress(url: str, data: bytes, report: UploadReporter) -> None:
    client = minio.Minio(urlsplit(url).netloc, access_key=KEY, secret_key=SECRET, secure=False, region="us-east-1")
    progress: Any = MinioProgress(report)
    client.put_object("uploads", "key", io.BytesIO(data), length=-1, part_size=PART, progress=progress)


def toolbelt_monitor(url: str, data: bytes, report: UploadReporter) -> None:
    def tell(monitor: Any) -> None:
        report.report(bytes_uploaded=monitor.bytes_read, bytes_total=monitor.len)

    form = MultipartEncoderMonitor(MultipartEncoder({"file": ("film.mp4", io.BytesIO(data))}), tell)
    requests.post(url, data=form, headers={"Content-Type": form.content_type}, timeout=20).raise_for_status()


def curl(url: str, data: bytes, report: UploadReporter) -> None:
    def tell(download_total: int, downloaded: int, total: int, uploaded: int) -> None:
        report.report(bytes_uploaded=uploaded, bytes_total=total)

    easy = pycurl.Curl()
    easy.setopt(pycurl.URL, url)
    easy.setopt(pycurl.UPLOAD, True)
    easy.setopt(pycurl.READFUNCTION, io.BytesIO(data).read)
    easy.setopt(pycurl.WRITEFUNCTION, lambda answer: None)
    easy.setopt(pycurl.NOPROGRESS, False)
    easy.setopt(pycurl.XFERINFOFUNCTION, tell)
    easy.perform()
    easy.close()


COUNTING_UPLOADERS: dict[str, Send] = {"minio": minio_progress, "requests-toolbelt": toolbelt_monitor, "pycurl": curl}
