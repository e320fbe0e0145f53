"""The integrations that are no Lambda proxies: mocks, HTTP endpoints and AWS services."""
