"""Runs the functions of two releases on the same rows, as they run side by side during a deployment."""
