"""Measures the emulator beside a bare aiohttp server."""
