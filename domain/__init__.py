"""The rules: pure, no I/O, no clock, no environment; `now` is always an argument (epoch milliseconds)."""
