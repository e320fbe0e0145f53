"""Event source mappings: they poll a source and invoke a function."""
