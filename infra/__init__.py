"""Adapters of outside systems: DynamoDB, SQS, the management API, keys. (Infrastructure as code is template.yaml.)"""
