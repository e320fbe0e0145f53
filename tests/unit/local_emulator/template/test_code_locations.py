"""Code is found where SAM, the CDK, the Serverless Framework and Chalice put it."""

import json
import zipfile

import pytest

from local_emulator.template.reader import InvalidTemplateError, read_template
from testing.template_snippets import function, resource


def _zip(path, *names):
    path.parent.mkdir(exist_ok=True, parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name in names or ("app.py",):
            archive.writestr(name, "x = 1")
    return path


def test_without_a_code_uri_the_templates_folder_is_the_code(read, tmp_path):
    layer = resource("AWS::Serverless::LayerVersion", "", "L")
    found = read(f"{function('Timeout: 3, Layers: [!Ref L]')}\n{layer}").functions["F"]
    assert (found.code_dir, found.layers) == (tmp_path, (tmp_path,))


def test_an_archive_beside_the_template_is_the_code_and_is_named(read, tmp_path):
    archive = _zip(tmp_path / "deployment.zip")
    deployment = read(function("CodeUri: ./deployment.zip"))
    assert deployment.functions["F"].code_dir == archive
    assert f"{archive}: is unpacked for F" in deployment.notices


@pytest.mark.parametrize(
    "code", ["S3Bucket: !Ref B, S3Key: serverless/dev/17-2026/chat.zip", "S3Bucket: b, S3Key: chat.zip"]
)
def test_a_key_of_the_serverless_framework_is_a_file_beside_the_template(read, tmp_path, code):
    archive = _zip(tmp_path / "chat.zip")
    layer = resource("AWS::Lambda::LayerVersion", f"Content: {{{code}}}", "L")
    own = f"Code: {{{code}}}, Handler: a.b, Runtime: python3.13, Role: r, Layers: [!Ref L]"
    made = "\n".join([resource("AWS::Lambda::Function", own, "F"), layer, resource("AWS::S3::Bucket", "", "B")])
    found = read(made).functions["F"]
    assert (found.code_dir, found.layers, found.not_run) == (archive, (archive,), None)


def test_the_list_of_assets_gives_the_code_of_a_cdk_app_without_metadata(tmp_path):
    (tmp_path / "asset.0a").mkdir()
    assets = {
        "files": {
            "0a": {
                "source": {"path": "asset.0a", "packaging": "zip"},
                "destinations": {"current": {"bucketName": "b", "objectKey": "0a.zip"}},
            },
            "command": {"source": {"executable": ["make"]}, "destinations": {"c": {"objectKey": "c.zip"}}},
        }
    }
    (tmp_path / "Chat.assets.json").write_text(json.dumps(assets))
    code = {"S3Bucket": "b", "S3Key": "0a.zip"}
    api = {"Name": "a", "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.a"}
    made = {
        "F": ("AWS::Lambda::Function", {"Code": code, "Handler": "a.b", "Runtime": "python3.13"}),
        "Api": ("AWS::ApiGatewayV2::Api", api),
        "Stage": ("AWS::ApiGatewayV2::Stage", {"ApiId": {"Ref": "Api"}, "StageName": "p", "AutoDeploy": True}),
    }
    template = tmp_path / "Chat.template.json"
    text = json.dumps({"Resources": {name: {"Type": kind, "Properties": own} for name, (kind, own) in made.items()}})
    template.write_text(text)
    assert read_template(template).functions["F"].code_dir == tmp_path / "asset.0a"
    (tmp_path / "Chat.assets.json").write_text("{")
    with pytest.raises(InvalidTemplateError, match=r"Chat\.assets\.json:2: is not YAML"):
        read_template(template)


def test_an_option_gives_code_that_is_in_s3(read, tmp_path):
    archive = _zip(tmp_path / "else" / "built.zip")
    given = {"F": archive, "L": tmp_path / "else"}
    layer = resource("AWS::Serverless::LayerVersion", "ContentUri: 's3://b/l.zip'", "L")
    found = read(f"{function('CodeUri: s3://b/k.zip, Layers: [!Ref L]')}\n{layer}", code=given).functions["F"]
    assert (found.code_dir, found.layers, found.not_run) == (archive, (tmp_path / "else",), None)


@pytest.mark.parametrize(("name", "fault"), [("broken.zip", "is no sound zip"), ("sneaky.zip", "leads out of its")])
@pytest.mark.parametrize("layer", [False, True])
def test_a_damaged_or_hostile_archive_is_an_error_with_its_line(read, tmp_path, name, fault, layer):
    (tmp_path / "broken.zip").write_text("PK no zip")
    _zip(tmp_path / "sneaky.zip", "../../app.py")
    own = resource("AWS::Serverless::LayerVersion", f"ContentUri: {name}", "L")
    with pytest.raises(InvalidTemplateError) as refused:
        read(f"{own}\n{function('CodeUri: ., Layers: [!Ref L]')}" if layer else function(f"CodeUri: {name}"))
    assert fault in str(refused.value)
    assert refused.value.location.line == 14


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        (
            "AWSLambdaPowertoolsPythonV3-python313-x86_64",
            "pip install aws-lambda-powertools",
        ),
        ("Klayers-p312-requests", "pip install requests"),
        ("AWSSDKPandas-Python312", "pip install awswrangler"),
        ("SentryNodeServerlessSDKv8", "npm install @sentry/aws-serverless"),
        ("own", "it is not of this template"),
    ],
)
def test_a_layer_that_is_only_an_arn_is_named_with_the_package_that_replaces_it(read, name, instead):
    arn = f"arn:aws:lambda:us-east-1:123456789012:layer:{name}:7"
    notices = read(function(f"CodeUri: ., Layers: ['{arn}']")).notices
    assert any(f":14: F runs without the layer {arn}: " in notice and instead in notice for notice in notices)
