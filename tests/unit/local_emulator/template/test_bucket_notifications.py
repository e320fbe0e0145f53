"""Buckets send their events to these targets."""

import pytest

from local_emulator.template.document import InvalidTemplateError
from testing.template_snippets import resource


def test_a_filter_has_prefix_and_suffix_alone(read):
    rules = "Filter: {S3Key: {Rules: [{Name: middle, Value: a}]}}"
    one = f"{{Event: 's3:ObjectCreated:*', Function: !GetAtt Echo.Arn, {rules}}}"
    with pytest.raises(InvalidTemplateError, match=r":14: X: filter rule name must be either prefix or suffix"):
        read(resource("AWS::S3::Bucket", f"NotificationConfiguration: {{LambdaConfigurations: [{one}]}}"))
