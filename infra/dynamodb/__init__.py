"""Adapters for the two DynamoDB tables."""
