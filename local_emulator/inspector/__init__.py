"""The page at `/_emulator/`: connections, frames, calls and logs as they happen; names no handler."""
