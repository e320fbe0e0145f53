"""Lambda's own clients of AWS's services, by boto3. All of their calls block: they belong into worker threads."""

from __future__ import annotations

import threading
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

SERVICE_ERRORS = (BotoCoreError, ClientError)


class StoppedError(Exception):
    """The emulator is stopping; AWS's services are no longer there."""


class ServiceClients:
    """The clients of one Region, each made when it is first needed."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        self.stopping = threading.Event()

    def stop(self) -> None:
        """Prevents further calls: without the emulator, they would reach AWS."""
        self.stopping.set()

    def client(self, service: str) -> Any:
        """Returns a client without retries. Raises StoppedError."""
        if self.stopping.is_set():
            raise StoppedError
        with self._lock:  # a session must not make two clients at once
            if service not in self._clients:
                session = boto3.session.Session(region_name=self._region)
                self._clients[service] = session.client(service, config=Config(retries={"total_max_attempts": 1}))
        return self._clients[service]
