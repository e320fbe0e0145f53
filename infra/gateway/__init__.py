"""Adapter for the management API of API Gateway."""
