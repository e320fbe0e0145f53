"""Reads SAM and CloudFormation templates: text to tree, tree to values, SAM to plain resources, resources to records."""
