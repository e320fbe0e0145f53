"""The backend of MOCK integrations: it returns the status that the request template names.

Rules: docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html (REST APIs).
"""

from __future__ import annotations

import json
import re

from local_emulator.apigateway.backends.backend import BackendError, BackendRequest, BackendResponse
from local_emulator.deployment import Integration

# API Gateway's parser takes names without quotes and single quotes too (inferred: public REST templates write them).
_LENIENT = re.compile(r"""[{,\s](["']?)statusCode\1\s*:\s*(["']?)(\d{3})\2\s*[,}]""")


class MockBackend:
    """Answers with the statusCode of the mapped body, 200 to 599, and with an empty body."""

    def __init__(self, integration: Integration) -> None:
        # Unknown: the status without any request template. CDK's WebSocketMockIntegration has none by default.
        self._default = None if integration.templates else 200

    async def call(self, request: BackendRequest) -> BackendResponse:
        """Returns the response. Raises BackendError."""
        status = _status(request.body) or self._default
        if status is None or not 200 <= status <= 599:
            raise BackendError("its request template gives no statusCode from 200 to 599")
        return BackendResponse(status, selected_by=str(status))


def _status(body: str) -> int | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        found = _LENIENT.search(body)
        return int(found[3]) if found else None
    status = value.get("statusCode") if isinstance(value, dict) else None
    text = status if isinstance(status, str) else str(status)
    return int(text) if re.fullmatch(r"[0-9]{3}", text) else None
