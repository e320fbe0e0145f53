"""A local emulator of API Gateway's WebSocket APIs, Lambda and Lambda's event sources."""

__version__ = "0.1.0"
