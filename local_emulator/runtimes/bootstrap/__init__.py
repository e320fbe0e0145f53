"""The code that runs inside a function's own process. It imports nothing of the emulator."""
