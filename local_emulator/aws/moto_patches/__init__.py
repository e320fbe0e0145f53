"""Changes to moto that the emulator needs."""
