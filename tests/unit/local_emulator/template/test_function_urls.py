"""Function URLs of SAM and CloudFormation templates, and the permissions that AWS asks for."""

import pytest

from local_emulator.template.document import InvalidTemplateError
from testing.template_snippets import resource

SAM = "CodeUri: ., Handler: app.handler, Runtime: python3.13"
URL = "AWS::Lambda::Url"
PUBLIC = "FunctionName: !Ref Echo, Principal: '*'"


def permission(action, more=""):
    return "\n" + resource("AWS::Lambda::Permission", f"{PUBLIC}, Action: {action}{more}", f"P{len(action)}")


def test_sam_adds_both_permissions_to_a_public_url(read):
    found = read(resource("AWS::Serverless::Function", f"{SAM}, FunctionUrlConfig: {{AuthType: NONE}}"))
    [url] = found.function_urls.values()
    assert (url.logical_id, url.function, url.auth_type, url.denied, url.cors) == ("XUrl", "X", "NONE", (), None)


def test_a_parameter_may_be_the_auth_type(read):
    head = "Parameters: {Auth: {Type: String, Default: NONE}}"
    more = resource("AWS::Serverless::Function", f"{SAM}, FunctionUrlConfig: {{AuthType: !Ref Auth}}")
    assert read(more, head).function_urls["XUrl"].denied == ()


def test_with_a_condition_as_auth_type_sam_adds_no_permission(read):
    head = "Conditions: {Public: !Equals [a, a]}"
    config = "FunctionUrlConfig: {AuthType: !If [Public, NONE, AWS_IAM]}"
    found = read(resource("AWS::Serverless::Function", f"{SAM}, {config}"), head)
    assert found.function_urls["XUrl"].denied == ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")


@pytest.mark.parametrize(
    ("permissions", "denied"),
    [
        ("", ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")),
        (permission("lambda:InvokeFunctionUrl", ", FunctionUrlAuthType: NONE"), ("lambda:InvokeFunction",)),
        (permission("lambda:InvokeFunction", ", InvokedViaFunctionUrl: true"), ("lambda:InvokeFunctionUrl",)),
        (permission("lambda:InvokeFunctionUrl") + permission("lambda:InvokeFunction"), ()),
        (
            permission("lambda:InvokeFunctionUrl", ", FunctionUrlAuthType: AWS_IAM")
            + permission("lambda:InvokeFunction"),
            ("lambda:InvokeFunctionUrl",),
        ),
    ],
)
def test_a_public_url_needs_both_permissions(read, permissions, denied):
    found = read(resource(URL, "AuthType: NONE, TargetFunctionArn: !GetAtt Echo.Arn") + permissions)
    assert found.function_urls["X"].denied == denied
    assert bool(denied) == any("answers 403" in notice for notice in found.notices)


def test_the_address_is_awss(read, variable):
    more = resource(URL, "AuthType: AWS_IAM, TargetFunctionArn: !Ref Echo")
    url_id = read(more).function_urls["X"].url_id
    assert len(url_id) == 32
    config = f"""
    X: {{Type: {URL}, Properties: {{AuthType: AWS_IAM, TargetFunctionArn: !Ref Echo}}}}
    Reader:
      Type: AWS::Serverless::Function
      Properties:
        CodeUri: .
        Handler: a.b
        Runtime: python3.13
        Environment: {{Variables: {{URL: !GetAtt X.FunctionUrl, ARN: !GetAtt X.FunctionArn, REF: !Ref X}}}}
    """
    arn = "arn:aws:lambda:us-east-1:123456789012:function:Echo"
    variables = read(config).functions["Reader"].environment
    assert variables == {"URL": f"https://{url_id}.lambda-url.us-east-1.on.aws/", "ARN": arn, "REF": arn}


def test_an_unknown_auth_type_is_an_error(read):
    with pytest.raises(InvalidTemplateError, match="AuthType must be one of NONE, AWS_IAM, not JWT"):
        read(resource(URL, "AuthType: JWT, TargetFunctionArn: !Ref Echo"))


def test_a_streamed_response_is_named(read):
    more = resource(URL, "AuthType: AWS_IAM, TargetFunctionArn: !Ref Echo, InvokeMode: RESPONSE_STREAM")
    assert any("responses are not streamed" in notice for notice in read(more).notices)
