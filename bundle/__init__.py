"""Makes what ships: for each function a folder with our code and the packages that it needs, small and quick to start.

Runs wherever `sam build` calls the Makefile, so it knows the standard library and pip alone.
"""
