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
}
