"""Measures the reporter, the page and reconnects."""
