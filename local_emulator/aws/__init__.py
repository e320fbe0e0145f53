"""The embedded AWS services, which moto provides."""
