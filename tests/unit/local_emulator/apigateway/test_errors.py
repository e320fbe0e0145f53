import re
from typing import Any

import boto3
import pytest
from botocore.awsrequest import HeadersDict
from botocore.parsers import create_parser

from local_emulator.apigateway import errors
from local_emulator.web.errors import RefusedRequestError

CLIENT = boto3.client(
    "apigatewaymanagementapi",
    region_name="eu-west-1",
    endpoint_url="http://127.0.0.1:9/prod",
    aws_access_key_id="test",
    aws_secret_access_key="test",
)


def read_by_botocore(error: RefusedRequestError) -> dict[str, Any]:
    answer = {"status_code": error.status, "headers": HeadersDict(error.headers), "body": error.body.encode()}
    operation = CLIENT.meta.service_model.operation_model("PostToConnection")
    parsed: dict[str, Any] = create_parser("rest-json").parse(answer, operation.output_shape)
    return parsed


@pytest.mark.parametrize(
    ("error", "status", "modelled"),
    [
        (errors.gone(), 410, "GoneException"),
        (errors.forbidden(), 403, "ForbiddenException"),
        (errors.payload_too_large(), 413, "PayloadTooLargeException"),
        (errors.limit_exceeded(), 429, "LimitExceededException"),
    ],
)
def test_boto3_raises_the_modelled_exception(error: RefusedRequestError, status: int, modelled: str) -> None:
    parsed = read_by_botocore(error)
    assert parsed["ResponseMetadata"]["HTTPStatusCode"] == status
    assert CLIENT.exceptions.from_code(parsed["Error"]["Code"]) is getattr(CLIENT.exceptions, modelled)


@pytest.mark.parametrize(
    ("error", "status", "code", "message"),
    [
        (
            errors.invalid_connection_id('a"b'),
            400,
            "BadRequestException",
            'Invalid connectionId: a"b',
        ),
        (
            errors.missing_authentication_token(),
            403,
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
        (errors.incomplete_signature("no date"), 403, "IncompleteSignatureException", "no date"),
        (errors.internal_failure(), 500, "InternalServerErrorException", "Internal server error"),
    ],
)
def test_boto3_reads_the_code_and_message_of_the_others(
    error: RefusedRequestError, status: int, code: str, message: str
) -> None:
    parsed = read_by_botocore(error)
    assert parsed["ResponseMetadata"]["HTTPStatusCode"] == status
    assert parsed["Error"] == {"Code": code, "Message": message}


def test_gone_has_no_body_and_says_so() -> None:
    assert errors.gone().body == ""
    headers = errors.gone().headers
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", headers.pop("x-amzn-trace-id"))
    assert headers == {"x-amzn-ErrorType": "GoneException", "Content-Type": "application/json"}
    assert errors.forbidden().headers["Content-Type"] == "application/json"


def test_an_error_can_be_raised_and_names_itself() -> None:
    with pytest.raises(RefusedRequestError, match="410 GoneException"):
        raise errors.gone()
