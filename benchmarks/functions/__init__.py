"""Measures cold starts and the sweep."""
