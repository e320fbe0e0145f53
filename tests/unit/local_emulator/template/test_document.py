"""The text of a template and its lines."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.template.document import InvalidTemplateError, load


def test_tags_stand_for_their_long_forms(tree):
    document = tree("a: !Ref X\nb: !GetAtt X.Arn\nc: !Sub [x, {y: !Ref Z}]\nd: !Condition C\n")
    assert document == {
        "a": {"Ref": "X"},
        "b": {"Fn::GetAtt": "X.Arn"},
        "c": {"Fn::Sub": ["x", {"y": {"Ref": "Z"}}]},
        "d": {"Condition": "C"},
    }


def test_every_key_and_item_knows_its_file_and_line(tree, tmp_path):
    document = tree("a:\n  b: 1\n\n  c:\n    - x\n    - !Ref Y\n")
    items = document["a"]["c"]
    assert (document.location_of("a").line, document["a"].location_of("c").line) == (1, 4)
    assert [location.line for location in items.locations] == [5, 6]
    assert items[1].location.line == 6
    assert {document.location.path, items.location.path, items[1].location.path} == {tmp_path / "template.yaml"}


def test_dates_are_text_as_in_cloudformation(tree):
    assert tree("Version: 2012-10-17") == {"Version": "2012-10-17"}


@given(st.text())
def test_json_may_write_any_text_in_escapes(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "escapes.json"
    path.write_text(json.dumps({"text": text, "beside": "\\" + text}))
    assert load(path) == {"text": text, "beside": "\\" + text}


def test_json_may_be_indented_with_tabs(tree):
    document = {"a": {"b": ["x/y", 1, True, None]}, "text": 'tab\tand "quote"\\/'}
    assert tree(json.dumps(document, indent="\t"), "template.json") == document


def test_anchors_and_merge_keys_work_as_in_yaml(tree):
    document = tree("base: &base {a: 1, b: 2}\nmore:\n  <<: *base\n  b: 3\n")
    assert document["more"] == {"a": 1, "b": 3}


@pytest.mark.parametrize("name", ["k", "key"])
@pytest.mark.parametrize(
    ("merge", "value"),
    [
        ("<<: [*one, *two, *over]", "1"),
        ("<<: [*two, *one]", "2"),
        ("<<: *over", "3"),
        ("<<: [*over, *one]", "3"),
        ("<<: [*one, *over], NAME: 5", "5"),
        ("<<: &more {<<: *one, NAME: 4}, Other: *more", "4"),
        ("<<: {NAME: 6, NAME: 7}", "7"),
    ],
)
def test_of_merged_keys_the_blocks_own_wins_then_the_earlier_mapping(tree, name, merge, value):
    """PyYAML up to 6.0.3 and PyYAML 6.0.4 differ here, the latter by the length of the key."""
    text = "one: &one {NAME: 1}\ntwo: &two {NAME: 2}\nover: &over {<<: *one, NAME: 3}\nall: {MERGE}\n"
    document = tree(text.replace("MERGE", merge).replace("NAME", name))
    assert _texts(document["all"])[name] == value
    assert document.notices == ()


@pytest.mark.parametrize("value", ["1", "[{a: 1}, b]", "{[a]: 1}"])
def test_what_cannot_be_merged_is_refused_by_its_line(tree, value):
    with pytest.raises(InvalidTemplateError) as refused:
        tree(f"Resources:\n  <<: {value}\n")
    assert refused.value.location.line == 2


def test_a_block_that_merges_itself_is_read(tree):
    assert tree("a: &a {<<: *a, b: 1}")["a"] == {"b": 1}


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_bytes(b"\xef\xbb\xbfResources: {}\n")
    assert list(load(path)) == ["Resources"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: [1, 2\nb: 3\n", 2, "is not YAML"),
        ("a: 1\n\tb: 2\n", 2, "is not YAML"),
        ("a: &x [*x]\n", 1, "is not YAML"),
        ("- a\n- b\n", 1, "is not a template"),
        ("just text", 1, "is not a template"),
        ("", 1, "is not a template"),
        ("? [a, b]\n: c\n", 1, "a key must be text"),
        ("a: !!python/object:os.system x\n", 1, "is not YAML"),
        ('{"a": 1,\n "b" 2}', 2, "is not YAML"),
    ],
)
def test_what_is_no_template_is_refused_with_its_line(tree, text, line, message):
    with pytest.raises(InvalidTemplateError) as refused:
        tree(text)
    assert message in str(refused.value)
    assert refused.value.location.line == line
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"a: 1\n" * 300_000])
def test_a_file_that_is_missing_binary_or_too_large_is_refused(tmp_path, content):
    path = tmp_path / "template.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidTemplateError) as refused:
        load(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)


def test_a_folder_is_no_template(tmp_path):
    with pytest.raises(InvalidTemplateError, match="cannot be read: Is a directory"):
        load(tmp_path)


def test_a_tree_too_deep_is_refused(tree):
    with pytest.raises(InvalidTemplateError, match=r"nested too deeply|maximum nesting depth"):
        tree("a: " + "[" * 5_000 + "]" * 5_000)


@pytest.mark.parametrize(
    ("text", "line", "first", "kept"),
    [
        ("a:\n  b: 1\n  c: 2\n  b: 3\n", 4, 2, {"a": {"b": "3", "c": "2"}}),
        ("{a: 1, a: 2}", 1, 1, {"a": "2"}),
        ('{"a": [{"b": 1,\n"b": 2}]}', 2, 1, {"a": [{"b": "2"}]}),
        ("a: &x {b: 1}\nc:\n  <<: *x\n  b: 2\n  b: 3\n", 5, 4, {"a": {"b": "1"}, "c": {"b": "3"}}),
    ],
)
def test_of_a_key_given_twice_the_last_one_holds_and_both_lines_are_named(tree, text, line, first, kept):
    document = tree(text)
    [(notice, at)] = document.notices
    assert at.line == line
    assert f"is given twice, first on line {first}; the last one holds" in notice
    assert _texts(document) == kept


def _texts(value):
    if isinstance(value, dict):
        return {key: _texts(item) for key, item in value.items()}
    return [_texts(item) for item in value] if isinstance(value, list) else str(value)


def laughs(first: str, more: str) -> str:
    """Nine aliases of nine aliases, eight times over."""
    lines = [f"a{n}: &a{n} {more % ', '.join([f'*a{n - 1}'] * 9)}" for n in range(1, 9)]
    return "\n".join([f"a0: &a0 {first}", *lines, "Resources: {}"])


@pytest.mark.parametrize("text", [laughs("x", "[%s]"), laughs("{k: v}", "{<<: [%s]}")], ids=["list", "merge"])
def test_aliases_that_multiply_the_values_are_refused_in_one_line(tree, text):
    with pytest.raises(InvalidTemplateError, match="YAML aliases") as refused:
        tree(text)
    assert "\n" not in str(refused.value) and refused.value.location.line > 0


def test_aliases_of_an_ordinary_template_are_read(tree):
    assert tree("a: &a {x: [1, 2]}\nb: *a\nc: {<<: *a, y: 3}")["c"] == {"x": [1, 2], "y": 3}
