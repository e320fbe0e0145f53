"""Measures a broadcast beside boto3."""
