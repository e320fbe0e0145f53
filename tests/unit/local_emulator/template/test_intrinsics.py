"""What intrinsic functions mean."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.template.document import Block, InvalidTemplateError, Items, Location
from local_emulator.template.intrinsics import placeholders
from local_emulator.template.reader import read_template

words = st.text(st.characters(codec="utf-8", exclude_characters="${}"), max_size=8)
NAMES = {"Apple": "a", "Pear": "p", "Plum.Arn": "arn:plum", "AWS::Region": "here"}
TRUTHS = {"Yes": True, "No": False}


AT = Location(Path("template.yaml"), 7)


def block(content):
    return Block(content, AT)


def items(content):
    return Items(content, AT)


def call(name, *arguments):
    return block({name: items(arguments)})


@given(st.lists(words.filter(lambda word: "/" not in word), min_size=1))
def test_split_undoes_join(intrinsics, parts):
    assert intrinsics().evaluate(call("Fn::Split", "/", call("Fn::Join", "/", items(parts)))) == parts


@given(st.lists(words, min_size=1), st.data())
def test_select_takes_the_item_at_an_index_given_as_number_or_text(intrinsics, parts, data):
    index = data.draw(st.integers(0, len(parts) - 1))
    for position in (index, str(index)):
        assert intrinsics().evaluate(call("Fn::Select", position, items(parts))) == parts[index]


@given(words)
def test_sub_leaves_text_without_placeholders_alone(intrinsics, text):
    assert intrinsics().evaluate(block({"Fn::Sub": text})) == text


@given(st.text())
def test_placeholders_never_lose_text(text):
    pieces = list(placeholders(text))
    written = "".join(piece if kind == "text" else "${" + piece + "}" for kind, piece in pieces)
    assert written == text.replace("${!", "${") or "${!" in text


def nested(values):
    """Joins, substitutions, choices and selections of values, with what each must give computed beside it."""
    pairs = st.lists(values, min_size=1, max_size=3)
    return st.one_of(
        pairs.map(lambda parts: (call("Fn::Join", "-", items(p for p, _ in parts)), "-".join(v for _, v in parts))),
        st.tuples(values, values, st.booleans()).map(
            lambda t: (
                call("Fn::If", "Yes" if t[2] else "No", t[0][0], t[1][0]),
                t[0][1] if t[2] else t[1][1],
            )
        ),
        pairs.map(
            lambda parts: (
                call(
                    "Fn::Sub",
                    "<" + "".join(f"${{V{i}}}" for i in range(len(parts))) + ">",
                    block({f"V{i}": p for i, (p, _) in enumerate(parts)}),
                ),
                "<" + "".join(v for _, v in parts) + ">",
            )
        ),
        pairs.map(lambda parts: (call("Fn::Select", len(parts) - 1, items(p for p, _ in parts)), parts[-1][1])),
        values.map(lambda pair: (block({"Fn::Base64": pair[0]}), base64.b64encode(pair[1].encode()).decode())),
    )


leaves = st.one_of(
    words.map(lambda word: (word, word)),
    st.integers().map(lambda number: (number, str(number))),
    st.booleans().map(lambda flag: (flag, str(flag).lower())),
    st.sampled_from(["Apple", "Pear", "AWS::Region"]).map(lambda name: (block({"Ref": name}), NAMES[name])),
    st.just((block({"Fn::GetAtt": "Plum.Arn"}), "arn:plum")),
    st.just((block({"Fn::Sub": "${Apple}+${Plum.Arn}+${!Pear}"}), "a+arn:plum+${Pear}")),
)


@given(st.recursive(leaves, nested, max_leaves=12))
def test_nested_intrinsics_give_what_their_parts_give(intrinsics, pair):
    value, expected = pair
    assert intrinsics(NAMES, TRUTHS).text(value, 1) == expected


@given(st.recursive(st.tuples(st.sampled_from(["Yes", "No"])), lambda t: st.lists(t, min_size=2, max_size=4)))
def test_conditions_combine_like_booleans(intrinsics, shape):
    def expression(node, depth):
        if isinstance(node, tuple):
            return block({"Condition": node[0]}), TRUTHS[node[0]]
        parts = [expression(part, depth + 1) for part in node]
        name, combine = (("Fn::And", all), ("Fn::Or", any))[depth % 2]
        return block({"Fn::Not": items([call(name, *(e for e, _ in parts))])}), not combine(t for _, t in parts)

    value, expected = expression(shape, 0)
    assert intrinsics({}, TRUTHS).is_true(value, AT) is expected


def test_no_value_removes_properties_and_items(intrinsics):
    nothing = block({"Ref": "AWS::NoValue"})
    value = block({"kept": 1, "gone": nothing, "list": items([1, call("Fn::If", "No", 2, nothing), 3])})
    assert intrinsics({}, TRUTHS).evaluate(value) == {"kept": 1, "list": [1, 3]}


def test_what_another_stack_exports_is_found_by_a_name_that_may_be_computed(variable):
    imported = "!ImportValue {'Fn::Sub': '${AWS::Region}-table'}"
    assert variable(imported, exports={"eu-west-1-table": "theirs"}, region="eu-west-1") == "theirs"


def test_only_the_branch_taken_is_evaluated(intrinsics):
    assert intrinsics({}, TRUTHS).evaluate(call("Fn::If", "Yes", "here", block({"Fn::ImportValue": "other"}))) == "here"


@pytest.mark.parametrize(("left", "right"), [(True, "true"), (5, "5"), ("", ""), (items(["a"]), items(["a"]))])
def test_equals_compares_as_text(intrinsics, left, right):
    assert intrinsics().is_true(call("Fn::Equals", left, right), AT)


def test_json_text_has_no_blanks(intrinsics):
    value = block({"Fn::ToJsonString": block({"a": items([1, True]), "b": block({"Ref": "Apple"})})})
    assert json.loads(intrinsics(NAMES).evaluate(value)) == {"a": [1, True], "b": "a"}
    assert " " not in intrinsics(NAMES).evaluate(value)


@pytest.mark.parametrize(
    ("yaml", "value"),
    [
        ("!Sub '${AWS::StackName}.${AWS::Partition}.${AWS::URLSuffix}'", "local.aws.amazonaws.com"),
        ("!Ref AWS::StackId", "arn:aws:cloudformation:us-east-1:123456789012:stack/local/local"),
        ("!Select [1, !GetAZs '']", "us-east-1b"),
        ("!Select [0, !GetAZs eu-west-1]", "eu-west-1a"),
        ("!Length [a, b]", "2"),
        ("!FindInMap [Sizes, small, {Ref: AWS::Region}]", "1"),
        ("!FindInMap [Sizes, huge, memory, {DefaultValue: 9}]", "9"),
        ("!Join [',', !FindInMap [Sizes, small, list]]", "x,y"),
        ("!Sub ['${A}${B.C}', {A: 1, B.C: true}]", "1true"),
        ("!Sub '$${AWS::Region}$'", "$us-east-1$"),
        ("{'Fn::GetAtt': [Echo, Arn]}", "arn:aws:lambda:us-east-1:123456789012:function:Echo"),
        ("1.5", "1.5"),
        ("yes", "true"),
        ("007", "7"),
        ("2026-01-02", "2026-01-02"),
    ],
)
def test_values_in_an_environment(variable, yaml, value):
    assert variable(yaml, "Mappings: {Sizes: {small: {us-east-1: 1, list: [x, y]}}}") == value


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("!Frobnicate x", "unknown intrinsic function Fn::Frobnicate"),
        ("{'Fn::Foo': x}", "unknown intrinsic function Fn::Foo"),
        ("!Ref Nobody", "Nobody is no parameter and no resource"),
        ("!Ref AWS::Moon", "unknown pseudo parameter AWS::Moon"),
        ("!Ref [a]", "Ref and DependsOn need names"),
        ("!GetAtt Nobody.Arn", "Nobody is no resource"),
        ("!GetAtt Echo.Size", "AWS::Lambda::Function has no attribute Size; it has Arn"),
        ("!GetAtt Echo", "Fn::GetAtt needs a logical id and an attribute"),
        ("!Sub 'a ${Nobody}'", "Nobody is no parameter"),
        ("!Sub 'a ${Nobody.Arn}'", "Nobody is no resource"),
        ("!Sub 'a ${bad-name}'", "${bad-name} is not a name"),
        ("!Sub [a]", "Fn::Sub needs text, or a list of text and a mapping"),
        ("!If [Nobody, a, b]", "Nobody is not one of the Conditions"),
        ("!If [a, b]", "a is not one of the Conditions"),
        ("!Select [2, [a, b]]", "no item 2 in a list of 2"),
        ("!Select [-1, [a]]", "no item -1"),
        ("!Select [x, [a]]", "no item None"),
        ("!Split ['', a]", "a delimiter that is not empty"),
        ("!Join [',']", "Fn::Join needs a list of 2"),
        ("!Join [',', text]", "needs a list here, not text"),
        ("!Join [',', [[a]]]", "needs text here, not a list"),
        ("!FindInMap [Sizes, small, memory]", "no Sizes in Mappings"),
        (
            "!ImportValue other-stack",
            "Fn::ImportValue: other-stack is exported by another stack; give its template",
        ),
        ("!Cidr [10.0.0.0/16, 2]", "Fn::Cidr is not read"),
        ("!Equals [a, b]", "Fn::Equals may stand only in Conditions"),
        ("{'Fn::Transform': {Name: AWS::Include}}", "Fn::Transform is a macro"),
        ("{'Fn::Sub': a, other: b}", "Fn::Sub must stand alone, not beside other"),
        ("[a, b]", "PROBE must be text"),
        ("", "PROBE has no value"),
    ],
)
def test_a_wrong_intrinsic_is_an_error_that_names_file_line_and_fault(variable, yaml, message):
    with pytest.raises(InvalidTemplateError) as refused:
        variable(yaml)
    assert message in str(refused.value)
    assert refused.value.location.line == 21
    assert str(refused.value).startswith(f"{refused.value.location.path}:21: ")
    assert "\n" not in str(refused.value)


def test_a_json_string_needs_the_transform_that_defines_it(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text("Resources:\n  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !ToJsonString {a: 1}}}\n")
    with pytest.raises(InvalidTemplateError, match=r":2: Fn::ToJsonString needs `Transform: AWS::LanguageExtensions`"):
        read_template(path)
