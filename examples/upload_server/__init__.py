"""A small upload pipeline: browser -> this server -> S3 multipart -> push -> browser."""
