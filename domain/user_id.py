"""The user id: the `sub` of a token, a key in DynamoDB, and a part of the channel /user/{userId}/upload-progress."""

from __future__ import annotations

import re

# Ids of Auth0 contain "|". Characters with a meaning in a path, a pattern or a query ("/", "%", "*", "?", "#", space)
# are refused. So are dot segments: programs that normalise the channel as a path (RFC 3986 section 5.2.4) remove them.
USER_ID = re.compile(r"(?!\.\.?$)[A-Za-z0-9._:@|-]{1,128}")
EXPECTED = "1 to 128 letters, digits and . _ : @ | -, but neither . nor .."


def is_user_id(value: object) -> bool:
    """Returns True for a string that can be a user id."""
    return isinstance(value, str) and USER_ID.fullmatch(value) is not None
