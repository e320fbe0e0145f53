"""Adapters: DynamoDB, the management API and keys, in our own words. (Infrastructure as code is template.yaml.)"""
