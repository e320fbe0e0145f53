"""Parameters: what is declared, what is given, what comes of both."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.template.document import Block, InvalidTemplateError, Location
from local_emulator.template.parameters import parameter_values
from testing.template_snippets import probe

NAME = "Parameters: {P: {Type: String, %s}}"


@pytest.mark.parametrize(
    ("spec", "given", "value"),
    [
        ("Type: String, Default: a", {}, "a"),
        ("Type: String, Default: a", {"P": "b"}, "b"),
        ("Type: String, Default: ''", {}, ""),
        ("Type: Number, Default: 5", {}, "5"),
        ("Type: Number, Default: 5, MinValue: 1, MaxValue: 9", {"P": "9"}, "9"),
        ("Type: Number", {"P": "1.50"}, "1.50"),
        ("Type: String, Default: true, AllowedValues: [true, false]", {}, "true"),
        ("Type: String, AllowedPattern: '[a-z]+'", {"P": "abc"}, "abc"),
        ("Type: CommaDelimitedList, Default: 'a, b ,c'", {}, ("a", "b", "c")),
        ("Type: CommaDelimitedList, Default: ''", {}, ("",)),
        ("Type: List<Number>", {"P": "1,2"}, ("1", "2")),
        ("Type: 'List<AWS::EC2::Subnet::Id>'", {"P": "subnet-1,subnet-2"}, ("subnet-1", "subnet-2")),
        ("Type: 'AWS::EC2::VPC::Id'", {"P": "vpc-1"}, "vpc-1"),
    ],
)
def test_a_parameter_has_the_value_given_or_its_default(read, spec, given, value):
    assert read("", f"Parameters: {{P: {{{spec}}}}}", given).parameters["P"] == value


@pytest.mark.parametrize(
    ("spec", "given", "message"),
    [
        ("Type: String", {}, "parameters without a Default need a value: P"),
        ("Type: String, Default: a", {"Q": "b"}, "has no parameter Q; it has P"),
        ("Type: String, AllowedValues: [a, b]", {"P": "c"}, "parameter P: 'c' is not one of a, b"),
        ("Type: String, AllowedPattern: '[a-z]+'", {"P": "abc1"}, "'abc1' does not match [a-z]+"),
        (
            "Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: must be lower case",
            {"P": "A"},
            "'A' must be lower case",
        ),
        ("Type: String, MinLength: 2, MaxLength: 3", {"P": "a"}, "has 1 characters; allowed are 2 to 3"),
        ("Type: String, MaxLength: 3", {"P": "abcd"}, "has 4 characters; allowed are … to 3"),
        ("Type: Number", {"P": "five"}, "parameter P: 'five' is not a number"),
        ("Type: Number, MinValue: 2, MaxValue: 5", {"P": "1"}, "'1' is outside 2 to 5"),
        ("Type: Number, MinValue: 2, MaxValue: 5, Default: 6", {}, "'6' is outside 2 to 5"),
        ("Type: List<Number>", {"P": "1,x"}, "'x' is not a number"),
        ("Default: a", {}, "parameter P must be a mapping with a Type"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_by_name(read, spec, given, message):
    with pytest.raises(InvalidTemplateError) as refused:
        read("", f"Parameters: {{P: {{{spec}}}}}", given)
    assert message in str(refused.value)


def test_every_missing_parameter_is_named_at_once(read):
    with pytest.raises(InvalidTemplateError, match="need a value: A, C"):
        read("", "Parameters: {A: {Type: String}, B: {Type: String, Default: b}, C: {Type: Number}}")


STORED = "Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /team/key}}"


def test_a_parameter_from_parameter_store_is_used_as_text_and_said_so(read):
    deployment = read(probe("!Ref P"), STORED)
    assert deployment.functions["F"].environment["PROBE"] == "/team/key"
    [notice] = deployment.notices
    assert "parameter P" in notice and "Parameter Store is not read" in notice


@pytest.mark.parametrize(("value", "values"), [("!Ref P", {"P": "its value"}), ("nothing of it", {})])
def test_of_parameter_store_nothing_is_said_if_the_value_is_given_or_nobody_asks(read, value, values):
    assert read(probe(value), STORED, values).notices == ()


@given(st.lists(st.text(st.characters(exclude_characters=",", exclude_categories=["Z", "C"]), min_size=1), min_size=1))
def test_a_list_comes_back_as_it_was_joined(tmp_path_factory, items):
    at = Location(Path("template.yaml"))
    declared = Block({"P": Block({"Type": "CommaDelimitedList"}, at)}, at)
    assert parameter_values(declared, {"P": ", ".join(items)}) == {"P": tuple(items)}


def test_places_of_assets_in_parameters_of_the_cdk_need_no_value(read):
    digest = "0f" * 32
    names = [f"AssetParameters{digest}{kind}1A2B3C4D" for kind in ("S3Bucket", "S3VersionKey", "ArtifactHash")]
    head = "Parameters: {" + ", ".join(f"{name}: {{Type: String}}" for name in names) + "}"
    assert read("", head).parameters[names[0]] == "||"
