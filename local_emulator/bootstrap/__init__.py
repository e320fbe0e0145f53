"""What runs inside a function's own process; it imports nothing of the emulator, which is not on that path."""
