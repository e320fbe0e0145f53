"""Reads templates: text to tree, SAM to plain resources, resources to values, values to records."""
