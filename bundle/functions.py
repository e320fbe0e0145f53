"""Which packages each function of template.yaml needs, besides what these need themselves."""

SDK = frozenset({"botocore"})
TOKENS = frozenset({"pyjwt", "cryptography"})
SENDS = frozenset({"httptools"})

FUNCTIONS = {
    "AuthorizerFunction": TOKENS | SDK,  # the SDK only if secrets are shared; a bundle is the same for every stack
    "ConnectFunction": SDK | SENDS,
    "DisconnectFunction": SDK,
    "DefaultFunction": SDK | SENDS | TOKENS,  # reads the tokens of refreshes
    "PushFunction": SDK | SENDS,
    "SweepFunction": SDK | SENDS,
    "WebhookFunction": SDK | SENDS,
}

# The module that brings each package in; our code imports some of them at the first event only.
MODULES = {
    "botocore": "botocore.session",
    "cryptography": "cryptography.hazmat.primitives.asymmetric.rsa",
    "httptools": "httptools",
    "pyjwt": "jwt.api_jws",  # a folder without modules would do for `jwt` alone
}


def modules(function: str) -> list[str]:
    """Returns what must import from the function's bundle: its handler's module, and one of each of its packages."""
    handler = f"handlers.{function.removesuffix('Function').lower()}"
    return [handler, *(MODULES[name] for name in sorted(FUNCTIONS[function]))]
