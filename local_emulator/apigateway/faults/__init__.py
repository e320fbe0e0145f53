"""Faults of connections, deliveries and management calls."""
