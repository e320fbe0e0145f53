"""Reads templates: text into a tree, SAM into plain resources, resources into values, values into records."""
