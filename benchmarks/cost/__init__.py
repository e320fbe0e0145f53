"""Computes cost and scale."""
