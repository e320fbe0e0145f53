"""The fault injectors of the gateway, together."""

from __future__ import annotations

from local_emulator.apigateway.connections import Connections
from local_emulator.apigateway.faults.connections import ConnectionFaults
from local_emulator.apigateway.faults.deliveries import DeliveryFaults
from local_emulator.apigateway.faults.management import ManagementFaults
from local_emulator.faults.registry import FaultRegistry


class GatewayFaults:
    """The injectors for connections, for messages to clients and for calls of `@connections`."""

    def __init__(self, faults: FaultRegistry, connections: Connections) -> None:
        self.connections = ConnectionFaults(faults, connections)
        self.deliveries = DeliveryFaults(faults)
        self.management = ManagementFaults(faults)
