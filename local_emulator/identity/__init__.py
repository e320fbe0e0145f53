"""The local identity provider."""
