"""Adapter for ProgressQueue and its dead-letter queue."""
