"""The evaluator of mapping templates: pure, bounded, without access to attributes of Python objects."""
