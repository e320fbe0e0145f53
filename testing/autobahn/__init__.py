"""The fuzzing client of the Autobahn test suite, against an API of the emulator that echoes."""
