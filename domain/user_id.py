"""The user id: the `sub` of a token and a key in DynamoDB; percent-encoded, a part of channels and of objects' keys."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

# OpenID Connect Core, section 2: `sub` has at most 255 characters. Issuers put e-mail addresses, URLs and base64 there.
# Dot segments are refused: programs that normalise the channel as a path (RFC 3986 section 5.2.4) remove them.
# The key of infra/dynamodb/ping_log.py is refused, too.
USER_ID = re.compile(r"(?!(?:\.\.?|#pings)$)[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,255}")
EXPECTED = "1 to 255 characters without control characters, but neither . nor .. (percent-encoded in an object's key)"
# Characters that stand for themselves beside letters, digits and "_.-~".
_UNENCODED = ":@|"
# Those of urllib.parse.quote and of JavaScript's encodeURIComponent, with which pipelines write keys.
_UNENCODED_BY_OTHERS = ("", "!'()*")


def is_user_id(value: object) -> bool:
    """Returns True for a string that can be a user id."""
    return isinstance(value, str) and USER_ID.fullmatch(value) is not None


def encode_user_id(user_id: str) -> str:
    """Returns the id as one segment of a path, percent-encoded (RFC 3986 section 2.1). Two ids never become one."""
    return quote(user_id, safe=_UNENCODED)


def decode_user_id(segment: str) -> str | None:
    """Returns the id that `segment` is the encoded form of; a segment without "%" may be the id itself.

    The encoded form of usual libraries counts, too. Returns None for any other use of "%": another user's id could be
    meant.
    """
    if "%" not in segment:
        return segment
    decoded = unquote(segment, errors="surrogateescape")
    forms = (quote(decoded, safe) for safe in (_UNENCODED, *_UNENCODED_BY_OTHERS))
    return decoded if is_user_id(decoded) and segment in forms else None
