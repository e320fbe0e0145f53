"""Faults on request: their kinds, their registry and their API."""
