"""What starting is measured against: a process that imports the same libraries and creates the same tables."""

import json
import sys

import aiohttp.web  # noqa: F401
import boto3
from moto import mock_aws


def main() -> None:
    with mock_aws():
        client = boto3.client("dynamodb", "us-east-1", aws_access_key_id="local", aws_secret_access_key="local")
        for table in json.loads(sys.argv[1]):
            client.create_table(**table)


if __name__ == "__main__":
    main()
