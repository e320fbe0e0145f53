"""A small real pipeline, and what runs it on a laptop."""
