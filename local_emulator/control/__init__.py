"""Starts and drives an emulator from Python, in a process of its own.

The names listed here are public: they follow semantic versioning.
"""

from local_emulator.control.emulator import Emulator, OpenConnection
from local_emulator.control.errors import (
    EmulatorHttpError,
    EmulatorStartError,
    FunctionError,
    HandshakeRefusedError,
    WebSocketClosedError,
)
from local_emulator.control.faults import Faults
from local_emulator.control.websocket import AsyncWebSocketClient, CloseFrame, WebSocketClient

__all__ = [
    "AsyncWebSocketClient",
    "CloseFrame",
    "Emulator",
    "EmulatorHttpError",
    "EmulatorStartError",
    "Faults",
    "FunctionError",
    "HandshakeRefusedError",
    "OpenConnection",
    "WebSocketClient",
    "WebSocketClosedError",
]
