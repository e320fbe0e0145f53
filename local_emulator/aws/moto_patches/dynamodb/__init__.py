"""Makes moto's DynamoDB fit for a gateway with many users."""
