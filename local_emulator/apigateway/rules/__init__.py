"""The rules of API Gateway, pure: no I/O and no clock."""
