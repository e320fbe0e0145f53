"""A damaged template is read or refused with one line, never anything else."""

import copy
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local_emulator.template.document import load
from local_emulator.template.reader import InvalidTemplateError, read_template
from testing.translator import SAMPLES

PLAIN = [None, True, 0, -1, 1.5, "", "x", [], {}, [[]], [None], [{}], {"": None}, {"a": []}]
INTRINSIC = [
    {"Ref": "AWS::NoValue"},
    {"Ref": "x"},
    {"Ref": None},
    {"Fn::If": []},
    {"Fn::Sub": 5},
    {"Fn::GetAtt": "x"},
    {"Fn::GetAtt": [1, 2]},
    {"Fn::Join": ["", {}]},
    {"Fn::Select": [0, []]},
    {"Fn::FindInMap": [1, 2, 3]},
]


def places(node, path=()):
    """The path of every node of a tree."""
    yield path
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in pairs:
        yield from places(child, (*path, key))


def damaged(document, data):
    """The document with one node replaced or removed."""
    document = json.loads(json.dumps(document))
    *path, last = data.draw(st.sampled_from([place for place in places(document) if place]))
    holder = document
    for key in path:
        holder = holder[key]
    if data.draw(st.booleans()):
        holder[last] = copy.deepcopy(data.draw(st.sampled_from(PLAIN + INTRINSIC)))
    else:
        del holder[last]
    return document


INTEGRATIONS = Path(__file__).parents[1] / "integration/local_emulator/apigateway/integrations/template.yaml"


@pytest.mark.parametrize("sample", [*SAMPLES, INTEGRATIONS], ids=lambda path: path.parent.name)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_is_read_or_refused_with_one_line(sample, tmp_path, data):
    folder = tmp_path / "sample"
    if not folder.exists():
        shutil.copytree(sample.parent, folder)
    path = folder / "damaged.json"
    path.write_text(json.dumps(damaged(load(sample), data)))
    try:
        deployment = read_template(path)
    except InvalidTemplateError as refused:
        assert str(refused).startswith(str(path))
        assert "\n" not in str(refused)
    else:
        assert deployment.apis
