"""Answers of files for actions of AWS that the emulator does not have: `--answer SERVICE.ACTION=FILE`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import botocore.session
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.utils import parse_timestamp

from local_emulator.aws.failures import service_of
from local_emulator.web.browser_guard.wsgi import Environ, WsgiApp

MAX_FILE_BYTES = 6_000_000
ANSWER = re.compile(r"(?P<service>[a-z0-9-]+)\.(?P<action>\w+)=(?P<file>.+)")


class InvalidAnswerError(ValueError):
    """An answer that cannot be given. Its text names the option or the file."""


@dataclass(frozen=True, slots=True)
class AnswerOption:
    """The file that answers an action; `service` and `action` are those of botocore."""

    service: str
    action: str
    file: Path


def read_answer_option(text: str) -> AnswerOption:
    """Returns one `--answer`; the action may be a method of boto3 or the API's name. Raises InvalidAnswerError."""
    match = ANSWER.fullmatch(text)
    if match is None:
        raise InvalidAnswerError(f"{text!r} must be SERVICE.ACTION=FILE, such as bedrock-runtime.converse=answer.json")
    service, wanted = match["service"], match["action"]
    try:
        names = _model(service).operation_names
    except UnknownServiceError:
        raise InvalidAnswerError(f"{text!r}: botocore has no service {service}") from None
    action = next((name for name in names if wanted in (name, xform_name(name))), None)
    if action is None or service == "dynamodb":
        reason = "its tables answer" if service == "dynamodb" else f"it has no action {wanted}"
        raise InvalidAnswerError(f"{text!r}: {service} takes no such answer: {reason}")
    option = AnswerOption(service, action, Path(match["file"]).absolute())
    serialized(option)
    return option


def serialized(option: AnswerOption) -> dict[str, Any]:
    """Returns status, headers and body of an answer, as the service would send them. Raises InvalidAnswerError."""
    from moto.core.model import ServiceModel
    from moto.core.serialize import SERIALIZERS, get_serializer_class

    model = _model(option.service)
    operation = ServiceModel(model._service_description, option.service).operation_model(option.action)
    output, protocol = model.operation_model(option.action).output_shape, str(model.protocol)
    if protocol not in SERIALIZERS:
        raise InvalidAnswerError(f"{option.service} speaks {protocol}, which is not written here")
    result = _output(_content(option.file), output, option)
    found = get_serializer_class(option.service, protocol)(operation).serialize(result)
    return dict(found)


def _content(file: Path) -> Any:
    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise InvalidAnswerError(f"{file}: has more than {MAX_FILE_BYTES} bytes")
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as fault:
        raise InvalidAnswerError(f"{file}: cannot be read: {fault.strerror}") from fault
    except json.JSONDecodeError as fault:
        raise InvalidAnswerError(f"{file}:{fault.lineno}: is not JSON: {fault.msg}") from fault
    except (UnicodeDecodeError, RecursionError) as fault:
        raise InvalidAnswerError(f"{file}: is not JSON: {fault}") from fault


def _output(content: Any, shape: Any, option: AnswerOption) -> Any:
    """Returns the output of an action. A list is the events of its stream."""
    if shape is None:
        return {}
    stream = next((name for name, member in shape.members.items() if _is_stream(member)), None)
    if stream is not None and isinstance(content, list):
        content = {stream: content}
    return _typed(content, shape, f"{option.file}: {option.action}")


def _typed(value: Any, shape: Any, where: str) -> Any:
    kind = shape.type_name
    if _is_stream(shape) and isinstance(value, list):
        return [_typed_structure(event, shape, f"{where}[{at}]") for at, event in enumerate(value)]
    if kind == "structure":
        return _typed_structure(value, shape, where)
    if kind == "list" and isinstance(value, list):
        return [_typed(item, shape.member, f"{where}[{at}]") for at, item in enumerate(value)]
    if kind == "map" and isinstance(value, dict):
        return {key: _typed(item, shape.value, f"{where}.{key}") for key, item in value.items()}
    if kind == "blob":
        return (value if isinstance(value, str) else json.dumps(value)).encode()
    if kind == "timestamp":
        return parse_timestamp(value)
    if kind in ("list", "map") or (kind in EXPECTED and not isinstance(value, EXPECTED[kind])):
        raise InvalidAnswerError(f"{where} must be of the type {kind}")
    return value


EXPECTED: dict[str, Any] = {"string": str, "integer": int, "long": int, "float": int | float, "double": int | float}


def _typed_structure(value: Any, shape: Any, where: str) -> Any:
    if getattr(shape, "is_document_type", False):
        return value
    if not isinstance(value, dict):
        raise InvalidAnswerError(f"{where} must be an object")
    unknown = next((name for name in value if name not in shape.members), None)
    if unknown is not None:
        raise InvalidAnswerError(f"{where} has no {unknown}; it has {', '.join(shape.members)}")
    return {name: _typed(item, shape.members[name], f"{where}.{name}") for name, item in value.items()}


def _is_stream(shape: Any) -> bool:
    return bool(shape.serialization.get("eventstream"))


@cache
def _model(service: str) -> Any:
    return botocore.session.Session().get_service_model(service)


class FixedAnswers:
    """Runs in front of moto; `tell` puts a line on the console."""

    def __init__(self, options: Iterable[AnswerOption], tell: Callable[[str], None]) -> None:
        self._options = [(option, _matcher(option)) for option in options]
        self._tell = tell

    def wrap(self, app: WsgiApp) -> WsgiApp:
        """Returns `app` with the answers before it. Their files are read at each call, so that they may change."""
        if not self._options:
            return app

        def answering(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
            option = next((option for option, is_for in self._options if is_for(environ)), None)
            if option is None:
                return app(environ, start_response)
            try:
                found = serialized(option)
            except InvalidAnswerError as fault:  # the file has changed since the start
                raise NotImplementedError(str(fault)) from fault
            self._tell(f"{option.service} {option.action} is answered by {option.file}")
            body = found["body"].encode() if isinstance(found["body"], str) else found["body"]
            headers = {**found["headers"], "Content-Length": str(len(body))}
            start_response(f"{found['status_code']} OK", [(name, str(value)) for name, value in headers.items()])
            return [body]

        return answering


def _matcher(option: AnswerOption) -> Callable[[Environ], bool]:
    """Returns a function that knows the requests of an action, by the protocol of its service."""
    model = _model(option.service)
    operation = model.operation_model(option.action)
    protocol = str(model.metadata["protocol"])
    if protocol == "json":
        target = f"{model.metadata['targetPrefix']}.{option.action}"
        return lambda environ: environ.get("HTTP_X_AMZ_TARGET") == target
    if protocol in ("query", "ec2"):
        return lambda environ: service_of(environ) == model.signing_name and _action(environ) == option.action
    path, method = _path_pattern(operation.http["requestUri"]), operation.http["method"]
    return lambda environ: (
        service_of(environ) == model.signing_name
        and environ.get("REQUEST_METHOD") == method
        and path.fullmatch(_raw_path(environ)) is not None
    )


def _path_pattern(uri: str) -> re.Pattern[str]:
    """Returns a pattern for `/model/{modelId}/converse`; `{name+}` may hold slashes."""
    pieces = re.split(r"(\{[^}]+\})", uri.partition("?")[0])
    patterns = ["[^/]+" if not piece.endswith("+}") else ".+" for piece in pieces]
    return re.compile("".join(patterns[at] if at % 2 else re.escape(piece) for at, piece in enumerate(pieces)) + "/?")


def _raw_path(environ: Environ) -> str:
    uri = environ.get("RAW_URI") or environ.get("REQUEST_URI") or environ.get("PATH_INFO", "")
    return str(uri).partition("?")[0]


def _action(environ: Environ) -> str:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(body)
    return str(parse_qs(body.decode("latin-1")).get("Action", [""])[0])
