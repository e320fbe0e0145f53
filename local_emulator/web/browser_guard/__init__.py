"""Rejects requests of other websites, which browsers send."""
