"""The environment of the emulator's own process leads to the emulator, whatever its developer has set."""

import os
from pathlib import Path

import boto3
import pytest
from botocore.utils import should_bypass_proxies

from local_emulator.runtimes.environment import enter, sdk_environment
from local_emulator.settings import Settings
from local_emulator.template.reader import read_template

TEMPLATE = Path(__file__).parents[1] / "echo" / "template.yaml"


@pytest.fixture
def developer(tmp_path: Path, restored: None) -> Path:
    """A machine with a profile of a real account, selected."""
    config = tmp_path / "config"
    config.write_text("[profile work]\nregion = eu-west-3\nendpoint_url = http://127.0.0.1:9\nrole_arn = arn:x\n")
    os.environ |= {"AWS_CONFIG_FILE": str(config), "AWS_PROFILE": "work", "AWS_SESSION_TOKEN": "real"}
    return config


def enter_that_of_the_echo() -> Settings:
    settings = Settings(template=TEMPLATE)
    enter(sdk_environment(read_template(TEMPLATE, {}), settings), settings)
    return settings


def test_a_developers_profile_and_token_lead_nowhere(developer: Path) -> None:
    settings = enter_that_of_the_echo()

    session = boto3.Session()
    credentials = session.get_credentials()
    assert credentials is not None
    assert (credentials.access_key, credentials.token) == ("local", None)
    assert session.client("lambda").meta.endpoint_url == settings.url
    assert session.client("dynamodb").meta.endpoint_url == settings.aws_url


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"])
def test_endpoints_that_a_developer_has_set_lead_nowhere(restored: None, name: str) -> None:
    os.environ[name] = "true" if "IGNORE" in name else "http://127.0.0.1:9"
    settings = enter_that_of_the_echo()
    assert boto3.client("dynamodb").meta.endpoint_url == settings.aws_url


def test_a_proxy_of_the_machine_is_not_asked_for_what_is_here(restored: None) -> None:
    os.environ["HTTP_PROXY"] = "http://127.0.0.1:9"
    settings = enter_that_of_the_echo()
    assert should_bypass_proxies(settings.aws_url)


def test_a_profile_that_does_not_exist_is_nobodys_concern(restored: None) -> None:
    os.environ["AWS_PROFILE"] = "gone"
    enter_that_of_the_echo()
    assert boto3.client("sqs").meta.region_name == "us-east-1"
