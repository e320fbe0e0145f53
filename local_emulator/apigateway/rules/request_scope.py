"""The parts of a request that selection expressions, request parameters and mapping templates read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_emulator.apigateway.mapping.variables import Variables


@dataclass(frozen=True, slots=True)
class RequestScope:
    """One request to an integration. Headers and query string are those of the handshake, empty for messages."""

    body: str
    context: Mapping[str, Any]
    stage_variables: Mapping[str, str]
    header: Mapping[str, str]
    multi_value_header: Mapping[str, list[str]]
    querystring: Mapping[str, str]
    multi_value_querystring: Mapping[str, list[str]]

    @classmethod
    def of_event(cls, event: Mapping[str, Any], stage_variables: Mapping[str, str]) -> RequestScope:
        """Returns the scope of an event that a Lambda proxy would get."""
        return cls(
            body=event.get("body", ""),
            context=event["requestContext"],
            stage_variables=stage_variables,
            header=event.get("headers", {}),
            multi_value_header=event.get("multiValueHeaders", {}),
            querystring=event.get("queryStringParameters", {}),
            multi_value_querystring=event.get("multiValueQueryStringParameters", {}),
        )

    @property
    def sources(self) -> dict[str, Any]:
        """Returns the values of selection expressions (`request.…`) and request parameters (`route.request.…`)."""
        request = {
            "body": parsed(self.body),
            "header": self.header,
            "multivalueheader": self.multi_value_header,
            "querystring": self.querystring,
            "multivaluequerystring": self.multi_value_querystring,
        }
        return {
            "request": request,
            "route": {"request": request},
            "context": self.context,
            "stageVariables": self.stage_variables,
        }

    def variables(self, body: str) -> Variables:
        """Returns the variables of a mapping template over `body`: the message, or the integration's response."""
        return Variables(body, self.context, self.stage_variables, self.querystring, self.header)


def parsed(text: str) -> Any:
    """Returns the JSON value of a body, None if it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
