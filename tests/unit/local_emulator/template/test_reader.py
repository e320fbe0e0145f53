"""Templates become deployments."""

import pytest

from local_emulator.template.reader import InvalidTemplateError, read_template
from testing.translator import OWN, ROOT, SAMPLES, TEMPLATES


def sample(name, parameters=None, **place):
    return read_template(next(iter((TEMPLATES / name).glob("template.*"))), parameters or {}, **place)


def test_our_template_has_the_logical_ids_that_others_rely_on():
    deployment = read_template(ROOT / "template.yaml", OWN)
    names = {"AuthorizerFunction", "ConnectFunction", "DisconnectFunction", "DefaultFunction", "PushFunction"}
    assert names <= set(deployment.functions)
    assert {"ConnectionsTable", "UploadsTable"} <= set(deployment.tables)
    (api,) = deployment.apis
    assert (api.logical_id, api.stage_name) == ("Gateway", "prod")
    assert api.routes["$connect"].authorizer.function == "AuthorizerFunction"
    assert api.routes["$connect"].authorizer.identity_sources == ()


def test_our_template_without_its_required_parameters_names_them():
    with pytest.raises(InvalidTemplateError, match="need a value: JwtIssuer, JwtAudience"):
        read_template(ROOT / "template.yaml")


def test_behind_cloudfront_our_gateway_asks_for_the_key_that_cloudfront_adds():
    deployment = read_template(ROOT / "template.yaml", OWN)
    (api,), (path,) = deployment.apis, deployment.public_paths
    assert api.routes["$connect"].api_key_required
    assert path.origin_headers == {"x-api-key": api.api_keys[0]} and len(api.api_keys[0]) == 40


def test_without_cloudfront_our_gateway_asks_for_no_key():
    deployment = read_template(ROOT / "template.yaml", OWN | {"EnableCloudFront": "false"})
    (api,) = deployment.apis
    assert not api.routes["$connect"].api_key_required and api.api_keys == ()
    assert not [notice for notice in deployment.notices if "resolve" in notice.partition(": ")[2]]


@pytest.mark.parametrize("enabled", ["true", "false"])
def test_the_public_path_is_served_whether_or_not_cloudfront_is_deployed(enabled):
    deployment = read_template(ROOT / "template.yaml", OWN | {"EnableCloudFront": enabled})
    (path,) = deployment.public_paths
    assert (path.path_pattern, path.api, path.stage) == ("/ws/upload-progress", "Gateway", "prod")
    assert any("CloudFront Functions are not run" in notice for notice in deployment.notices)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.parent.name)
def test_every_handler_of_a_sample_is_a_file_and_a_function(path):
    for function in read_template(path).functions.values():
        if not function.runtime.startswith("python"):
            continue
        module, _, name = function.handler.rpartition(".")
        source = function.code_dir / (module.replace(".", "/") + ".py")
        assert f"def {name}(event, context):" in (function.inline_code or source.read_text())


def test_two_folders_may_both_hold_an_app():
    functions = sample("chat").functions
    assert {function.handler for function in functions.values()} == {"app.handler"}
    assert {function.code_dir.name for function in functions.values()} == {
        "onconnect",
        "ondisconnect",
        "sendmessage",
    }


def test_numbers_and_booleans_that_cloudformation_takes_as_text_become_such():
    properties = sample("chat").tables["ConnectionsTable"].properties
    assert properties["ProvisionedThroughput"] == {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["TableName"] == "chat_connections"


def test_globals_merge_as_in_sam():
    deployment = sample("sam_api")
    assert deployment.functions["Enter"].environment == {
        "STAGE": "live",
        "RETRIES": "3",
        "GREETING": "welcome",
        "VERBOSE": "true",
        "RATIO": "0.5",
    }
    assert (deployment.functions["Enter"].timeout_seconds, deployment.functions["Say"].timeout_seconds) == (
        3,
        5,
    )
    assert deployment.apis[0].stage_variables == {"colour": "green", "shape": "round"}
    assert deployment.apis[0].routes["ping"].function == "Pong"


def test_layers_that_are_folders_are_found_shared_ones_first():
    functions = sample("layers").functions
    assert [layer.name for layer in functions["TimeFunction"].layers] == ["reply", "format"]
    assert [layer.name for layer in functions["EchoFunction"].layers] == ["reply"]


def test_an_api_has_one_entry_per_stage_and_two_apis_have_different_ids():
    apis = sample("two_apis").apis
    assert {(api.logical_id, api.stage_name) for api in apis} == {
        ("Players", "play"),
        ("Watchers", "watch"),
        ("Watchers", "test"),
    }
    assert len({api.api_id for api in apis}) == 2
    assert all(len(api.api_id) == 10 and api.api_id.isalnum() and api.api_id.islower() for api in apis)


def test_a_route_answers_only_with_a_selection_expression_and_a_route_response():
    routes = sample("route_responses").apis[0].routes
    assert {key: route.route_response for key, route in routes.items()} == {
        "add": True,
        "forget": False,
        "$default": False,
    }


def test_a_container_image_is_named_and_is_known_not_to_run():
    deployment = sample("node_beside_python")
    not_run = {name: function.not_run for name, function in deployment.functions.items()}
    assert not_run == {"PythonFunction": None, "NodeFunction": None, "ContainerFunction": "it is a container image"}
    assert any("ContainerFunction is not run: it is a container image" in notice for notice in deployment.notices)
    assert deployment.apis[0].routes["node"].function == "NodeFunction"


def test_a_mock_integration_is_read_without_a_notice():
    deployment = sample("mixed")
    health = deployment.apis[0].routes["health"]
    assert health.integration_type == "MOCK"
    assert health.integration is not None and health.integration.not_run is None
    assert not any("route health" in notice for notice in deployment.notices)


def test_queues_schedules_and_destinations_are_read():
    deployment = sample("queues")
    source = next(own for own in deployment.event_sources if own.logical_id == "BroadcastQueue")
    assert (source.function, source.batch_size, source.window_seconds) == ("Broadcast", 5, 1)
    assert (source.report_batch_item_failures, source.max_concurrency) == (True, 4)
    assert source.queue_arn == deployment.queues["NewsQueue"].arn
    assert {own.name: (own.expression, own.enabled) for own in deployment.schedules} == {
        "BroadcastHourly": ("rate(1 hour)", True),
        "BroadcastNightly": ("cron(0 3 * * ? *)", False),
        "local-weekly": ("cron(0 8 ? * MON *)", False),
        "MinuteRule": ("rate(1 minute)", True),
        "Yearly": ("at(2030-01-01T00:00:00)", True),
    }
    publish, broadcast = deployment.functions["Publish"], deployment.functions["Broadcast"]
    failed = deployment.queues["FailedQueue"].arn
    assert (publish.dead_letter, publish.event_invoke.on_failure) == (failed, failed)
    assert (publish.event_invoke.max_retries, publish.event_invoke.max_age_seconds) == (1, 120)
    assert broadcast.event_invoke.on_failure == deployment.queues["BroadcastEventInvokeConfigOnFailureQueue"].arn
    assert broadcast.reserved_concurrency == 2
    assert publish.environment["QUEUE_URL"] == deployment.queues["NewsQueue"].physical_id
    assert deployment.queues["NewsQueue"].properties["RedrivePolicy"]["maxReceiveCount"] == 3


@pytest.mark.parametrize("guarded", ["true", "false"])
def test_a_generated_secret_is_the_api_key_and_the_header_of_the_origin(guarded):
    deployment = sample("guarded_origin", {"UseCloudFront": guarded})
    (api,), (path,) = deployment.apis, deployment.public_paths
    secret = deployment.secrets["OriginKey"].properties["SecretString"]
    assert (len(secret), secret.isalnum()) == (40, True)
    assert api.api_keys == (secret,)
    assert path.origin_headers == {"x-api-key": secret}
    assert (path.path_pattern, path.stage) == ("/live/gate", "prod")
    assert api.routes["$connect"].api_key_required


def test_a_condition_that_is_false_leaves_its_resources_out():
    plain, audited = sample("conditions"), sample("conditions", {"Environment": "prod"})
    assert (set(plain.tables), set(audited.tables)) == (set(), {"AuditTable"})
    assert (set(plain.outputs), set(audited.outputs)) == ({"Endpoint"}, {"Audit"})
    assert plain.functions["EchoFunction"].environment["SHOUT"] == "yes"
    assert "SHOUT" not in audited.functions["EchoFunction"].environment
    assert plain.functions["EchoFunction"].environment["LABEL"] == "local/use1/${literal}/nobody in dev"


def test_names_depend_on_the_stack_the_region_and_the_account():
    one, other = sample("chat"), sample("chat", region="eu-west-1", account_id="1" * 12, stack_name="other")
    assert one.apis[0].api_id != other.apis[0].api_id
    assert one == sample("chat")
    assert other.functions["OnConnectFunction"].arn == f"arn:aws:lambda:eu-west-1:{'1' * 12}:function:OnConnectFunction"
    assert other.outputs["WebSocketURI"] == f"wss://{other.apis[0].api_id}.execute-api.eu-west-1.amazonaws.com/Prod"
