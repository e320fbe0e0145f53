"""Signed-in users: one secret per tab, in memory."""

import re
import secrets
from collections import OrderedDict

from aiohttp import web

from examples.upload_server.refusals import RefusedError

USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
MAX_SIGNED_IN = 10_000


class SignIns:
    """Secrets and the users behind them; the oldest is forgotten when there are too many.

    A demo asks for no password. The secret is in the Authorization header, not in a cookie. So two tabs of
    one browser can be two users, and no other site can use it.
    """

    def __init__(self) -> None:
        self._users: OrderedDict[str, str] = OrderedDict()

    def sign_in(self, user: object) -> str:
        """Returns a new secret for `user`; raises RefusedError (400) for what cannot name one."""
        if not isinstance(user, str) or not USER.fullmatch(user):
            raise RefusedError(400, "user", "must be 1 to 64 letters, digits or . _ @ -, the first a letter or digit")
        secret = secrets.token_urlsafe(32)
        self._users[secret] = user
        if len(self._users) > MAX_SIGNED_IN:
            self._users.popitem(last=False)
        return secret

    def user(self, request: web.Request) -> str:
        """Returns the signed-in user of a request; raises RefusedError (401) if there is none."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        user = self._users.get(secret) if scheme.lower() == "bearer" else None
        if user is None:
            raise RefusedError(401, "Authorization", "sign in first")
        return user
