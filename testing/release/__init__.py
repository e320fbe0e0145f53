"""Checks that all packages of a release have one version."""
