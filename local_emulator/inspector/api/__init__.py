"""The inspector's HTTP API."""
