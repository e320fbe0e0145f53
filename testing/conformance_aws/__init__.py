"""Runs the conformance suite on an AWS account: plan, deployment, suite, report, and the rows of docs/emulator.md."""
