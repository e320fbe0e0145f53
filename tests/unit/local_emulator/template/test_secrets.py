"""Secrets and the dynamic references to them."""

import json
import string

import pytest

from testing.template_snippets import probe, resource

SECRET = "AWS::SecretsManager::Secret"


def value(read, properties, reference):
    return read(f"{resource(SECRET, properties)}\n{probe(reference)}").functions["F"].environment["PROBE"]


@pytest.mark.parametrize("reference", ["${X}", "${X}:SecretString", "${X}:SecretString::AWSCURRENT", "key"])
def test_a_reference_gives_the_secret_itself(read, reference):
    reference = f"!Sub '{{{{resolve:secretsmanager:{reference}}}}}'"
    assert value(read, "Name: key, SecretString: s3cret", reference) == "s3cret"


def test_a_reference_gives_one_key_of_a_secret_that_is_json(read):
    reference = "!Sub 'user=${AWS::Region} {{resolve:secretsmanager:${X}:SecretString:user}}'"
    assert value(read, """SecretString: '{"user": "u"}'""", reference) == "user=us-east-1 u"


def test_a_generated_password_obeys_its_rules(read):
    rules = "GenerateSecretString: {PasswordLength: 500, ExcludeUppercase: true, ExcludeNumbers: true, %s}"
    rules = rules % "ExcludePunctuation: true, ExcludeCharacters: xyz"
    secret = read(resource(SECRET, rules)).secrets["X"].properties["SecretString"]
    assert len(secret) == 500
    assert set(secret) == set(string.ascii_lowercase) - set("xyz")


def test_a_template_takes_the_generated_password_in(read):
    rules = """GenerateSecretString: {SecretStringTemplate: '{"user": "u"}', GenerateStringKey: password}"""
    secret = json.loads(read(resource(SECRET, rules)).secrets["X"].properties["SecretString"])
    assert (secret["user"], len(secret["password"])) == ("u", 32)


def test_a_reference_to_nothing_in_the_template_stays_and_is_named(read):
    deployment = read(probe("'{{resolve:ssm:/theirs}}'"))
    assert deployment.functions["F"].environment["PROBE"] == "{{resolve:ssm:/theirs}}"
    assert any("{{resolve:ssm:/theirs}} is not resolved" in notice for notice in deployment.notices)
