"""The real functions under a simulated clock, on moto, with simulated clients: what a connection's life costs."""
