"""Readers of the events that AWS's services send: one module for each service. They are imported when first needed."""
