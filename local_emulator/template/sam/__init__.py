"""Translates SAM resources to plain resources."""
