"""Watches a user's uploads in a terminal, over the WebSocket protocol `upload-progress.v1`."""
