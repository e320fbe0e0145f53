"""Velocity 1.7 as API Gateway runs it, which gives the results of the mapping vectors."""
