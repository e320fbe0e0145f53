"""The WebSocket wire: handshake and frames."""
