"""Computes the values of secrets and of the dynamic references (`{{resolve:…}}`) to them."""

from __future__ import annotations

import hashlib
import json
import re
import string
from collections.abc import Iterator

from local_emulator.template.document import Location
from local_emulator.template.properties import Properties
from local_emulator.template.resource import DeclaredResource
from local_emulator.template.return_values import name_of, reference_to
from local_emulator.template.scope import Scope

DYNAMIC = re.compile(r"\{\{resolve:(secretsmanager|ssm|ssm-secure):([^{}]+)\}\}")


def secret_text(scope: Scope, resource: DeclaredResource) -> str:
    """Returns the SecretString of a secret: as given, else generated; the same template gives the same text."""
    own = scope.properties(resource)
    if "SecretString" in own:
        return own.text("SecretString")
    rules = own.section("GenerateSecretString")
    password = _password(rules, f"{scope.name}\0{resource.logical_id}")
    key = rules.text("GenerateStringKey", None)
    if key is None:
        return password
    return json.dumps({**json.loads(rules.text("SecretStringTemplate", "{}")), key: password})


def _password(rules: Properties, seed: str) -> str:
    """Returns a password as GenerateSecretString describes it (AWS::SecretsManager::Secret)."""
    kinds = {
        "ExcludeLowercase": string.ascii_lowercase,
        "ExcludeUppercase": string.ascii_uppercase,
        "ExcludeNumbers": string.digits,
        "ExcludePunctuation": string.punctuation,
    }
    excluded = rules.text("ExcludeCharacters", "")
    allowed = "".join(chars for name, chars in kinds.items() if not rules.flag(name, False))
    letters = [char for char in allowed if char not in excluded]
    stream = _bytes(seed)
    return "".join(letters[next(stream) % len(letters)] for _ in range(rules.integer("PasswordLength", 32)))


def _bytes(seed: str) -> Iterator[int]:
    block = seed.encode()
    while True:
        block = hashlib.sha256(block).digest()
        yield from block


def resolve_dynamic_references(scope: Scope, text: str, at: Location) -> str:
    """Returns the text with every dynamic reference to a secret or parameter of this template replaced.

    Any other reference stays as it is, and a notice names it, because only AWS knows its value.
    """

    def value(match: re.Match[str]) -> str:
        found = _secret(scope, match[2]) if match[1] == "secretsmanager" else _stored(scope, match[2])
        if found is None:
            scope.notice(f"{match[0]} is not resolved: it leads to nothing in this template", at)
        return match[0] if found is None else found

    return DYNAMIC.sub(value, text)


def _secret(scope: Scope, reference: str) -> str | None:
    """Resolves `secret-id:SecretString:json-key:version-stage:version-id`; the id may be an ARN with colons."""
    parts = reference.split(":")
    length = 7 if reference.startswith("arn:") else 1
    wanted, (_, key, *_) = ":".join(parts[:length]), [*parts[length:], "", ""]
    for resource in scope.of_type("AWS::SecretsManager::Secret"):
        if wanted in (name_of(scope, resource), reference_to(scope, resource)):
            text = secret_text(scope, resource)
            return str(json.loads(text)[key]) if key else text
    return None


def _stored(scope: Scope, reference: str) -> str | None:
    for resource in scope.of_type("AWS::SSM::Parameter"):
        if reference.partition(":")[0] == name_of(scope, resource):
            return scope.properties(resource).text("Value")
    return None
