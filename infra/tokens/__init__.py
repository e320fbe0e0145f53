"""Verifies JWTs: key sets, shared secrets, signatures and claims."""
