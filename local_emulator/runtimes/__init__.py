"""The runtimes: they run a function's code."""
