"""Names calls that are for another Region than the one that has the resources of the templates."""

from __future__ import annotations

import re
from collections.abc import Callable

# Documented (Signature Version 4): the scope of a credential is key, date, Region, service and `aws4_request`. Other
# services have no Region, or names of resources that are known in every Region here.
SCOPE = re.compile(rb"Credential=[^/]+/\d{8}/([a-z0-9-]+)/(dynamodb|events|secretsmanager|sns|sqs|ssm)/")


class OtherRegions:
    """Puts one line on the console for each other Region; `tell` shows it."""

    def __init__(self, region: str, tell: Callable[[str], None]) -> None:
        self._known = {region}
        self._region = region
        self._tell = tell

    def check(self, head: bytes) -> None:
        """Names the Region of a request, given the beginning of its head, if it is a new one."""
        scope = SCOPE.search(head)
        if scope is None or (region := scope[1].decode()) in self._known:
            return
        self._known.add(region)
        text = f"{scope[2].decode()} is called in {region}, and the resources of the template are in {self._region}"
        self._tell(f"{text}; --region {region} makes them there")
