"""API Gateway: the WebSocket gateway and its management API."""
