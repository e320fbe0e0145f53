"""Signs a user in at django-oauth-toolkit by the code flow, prints her tokens, and serves the issuer."""

import base64
import json
import secrets
import sys
import threading
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
KEY = rsa.generate_private_key(65537, 2048).private_bytes(PEM, PKCS8, serialization.NoEncryption()).decode()
CALLBACK = "https://app.example.com/callback"

settings.configure(
    ALLOWED_HOSTS=["*"],
    SECRET_KEY=secrets.token_hex(),
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "file:issuer?mode=memory&cache=shared"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    OAUTH2_PROVIDER={"OIDC_ENABLED": True, "OIDC_RSA_PRIVATE_KEY": KEY, "SCOPES": {"openid": "Sign in"}},
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402 - Django's models need its settings
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider.models import Application  # noqa: E402

urlpatterns = [path("o/", include("oauth2_provider.urls", namespace="oauth2_provider"))]


class Quiet(WSGIRequestHandler):
    """Writes no access log."""

    def log_message(self, *arguments: object) -> None:
        pass


def tokens(host: str) -> dict[str, str]:
    user = User.objects.create_user("alice", password="any")
    Application.objects.create(
        client_id="page",
        client_type="public",
        authorization_grant_type="authorization-code",
        redirect_uris=CALLBACK,
        skip_authorization=True,
        algorithm="RS256",
    )
    browser = Client(headers={"host": host})
    browser.force_login(user)
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {"client_id": "page", "response_type": "code", "redirect_uri": CALLBACK, "scope": "openid"}
    proof = {"code_challenge": challenge, "code_challenge_method": "S256"}
    answer = browser.get("/o/authorize/", asked | proof)
    [code] = parse_qs(urlsplit(answer["Location"]).query)["code"]
    form = {"grant_type": "authorization_code", "client_id": "page", "redirect_uri": CALLBACK, "code": code}
    return browser.post("/o/token/", form | {"code_verifier": verifier}).json()


call_command("migrate", verbosity=0)
server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
host = f"127.0.0.1:{server.server_port}"
given = tokens(host)
issuer = f"http://{host}/o"
keys_url = f"{issuer}/.well-known/jwks.json"
found = {
    "parameters": {"JwtIssuer": issuer, "JwksUrl": keys_url, "JwtAudience": "page", "JwtTokenKinds": "id"},
    "user": "1",
    "access": given["id_token"],
    "refused": {"opaque": given["access_token"]},
}
print(json.dumps(found), flush=True)
sys.stdin.read()
