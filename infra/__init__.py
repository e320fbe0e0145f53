"""Adapters of outside systems: DynamoDB, SQS, the management API, keys; infrastructure as code is template.yaml."""
