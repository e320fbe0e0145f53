"""A call of DynamoDB on the AWS port, beside moto's own server."""
