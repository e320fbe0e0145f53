"""Mapping templates against the results of Velocity 1.7, and their bounds."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_emulator.apigateway.mapping.errors import MappingError, MappingLimitError, MappingSyntaxError
from local_emulator.apigateway.mapping.input import InputObject
from local_emulator.apigateway.mapping.template import MappingTemplate
from local_emulator.apigateway.mapping.utilities import Utilities
from local_emulator.apigateway.mapping.variables import Variables
from testing.mapping_oracle.vectors import read_vectors

VECTORS = read_vectors()


def rendered(template: str, body: str = "", **names: Any) -> str:
    values = copy.deepcopy(names) | {"input": InputObject(Variables(body)), "util": Utilities()}
    return MappingTemplate(template).evaluate(values)


def result_of(case: dict[str, Any]) -> dict[str, Any]:
    filled = VECTORS.filled(case)
    try:
        return {"out": rendered(case["template"], filled["body"], **filled["vars"])}
    except MappingError:
        return {"error": True}


def test_every_vector_has_velocitys_result_or_is_refused() -> None:
    cases = VECTORS["cases"]
    expected = [
        {"error": True} if "refused" in case else {k: case[k] for k in case if k in ("out", "error")} for case in cases
    ]
    wrong = [(case, got) for case, want in zip(cases, expected, strict=True) if (got := result_of(case)) != want]
    assert wrong == []
    assert len(cases) > 1000
    assert sum("refused" in case for case in cases) < len(cases) / 20


@pytest.mark.parametrize(
    ("template", "line", "problem"),
    [
        ("a\n#if(true)\nb", 3, "#if has no #end"),
        ("a\nb $m.foo()", 2, "the method foo is not supported"),
        ("$input.json('$')\n\n$s.getClass()", 3, "the method getClass is not supported"),
        ("#set($x = 7-2)", 1, ") is missing before '-2)'"),
        ("$util.toJson($m)", 1, "the method toJson is not supported"),
        ('\n#parse("x")', 2, "#parse is not supported"),
        ("$s.class.name", 1, "the property class is not supported"),
        ("cost: $", 1, "it ends in $"),
        ("#set($x = " + "(" * 100 + "1" + ")" * 100 + ")", 1, "nested more than"),
        ("#if(true)" * 100 + "#end" * 100, 1, "nested more than"),
    ],
)
def test_a_template_that_cannot_run_is_refused_with_its_line(template: str, line: int, problem: str) -> None:
    with pytest.raises(MappingSyntaxError) as refusal:
        MappingTemplate(template)
    assert refusal.value.line == line
    assert problem in str(refusal.value)


@pytest.mark.parametrize(
    "template",
    [
        "#foreach($i in [1..9999])#foreach($j in [1..9999])#end#end",
        "#set($x = [1..100000])",
        "#set($x = 'ab')" + '#set($x = "$x$x")' * 40 + "$x",
        "#set($x = 'ab')#foreach($i in [1..60])#set($x = $x.concat($x))#end$x",
        "#set($x = 'a')#foreach($i in [1..60])#set($x = $x.replace('a', 'aa'))#end$x",
        "#set($x = 'a')#foreach($i in [1..60])#set($x = $x.replaceAll('a', 'aa'))#end$x",
        "#set($x = 3)#foreach($i in [1..60])#set($x = $x * $x)#end$x",
        "#set($x = [])#set($d = $x.add($x))$x",
        "#set($x = [1])#foreach($i in [1..60])#set($x = [$x, $x])#end$x",
        "#set($x = [1])#foreach($i in [1..60])#set($x = [$x, $x])#end$x.equals([1])#set($y = [$x, $x])$y",
        "#set($x = {})#set($x.a = $x)$x",
        "#define($a)$a#end$a",
        "#define($a)$b$b#end#define($b)$a#end$a",
        "#foreach($i in [1..9999])aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" + "b" * 200 + "#end",
        "#set($x = '" + "a" * 60 + "b')$x.matches('(a|aa)+')",
        "#set($x = '" + "ab" * 40 + "d')$x.replaceAll('(a|b|ab)*(?=c)', '')",
        "#set($x = '" + "ab" * 40 + "d')$x.split('(a|b|ab)*(?=c)')",
    ],
)
def test_a_template_that_does_too_much_ends_with_an_error(template: str) -> None:
    with pytest.raises(MappingLimitError):
        rendered(template)


def test_a_template_is_at_most_as_large_as_a_mapping_template_may_be() -> None:
    with pytest.raises(MappingSyntaxError):
        MappingTemplate("x" * (300 * 1024 + 1))


@pytest.mark.parametrize(
    "template",
    [
        "$m.__class__",
        "$s.format('x')",
        "$s.encode('x')",
        "$l.sort()",
        "$input.parameter('x')",
        "$input._variables",
        "$m.items()",
        "$m.update($m)",
        "$util.parse_json('1')",
        "$foreach.parent.value('x')",
    ],
)
def test_attributes_of_python_objects_are_out_of_reach(template: str) -> None:
    try:
        text = rendered(template, "{}", s="text", m={"a": 1}, l=[1])
    except MappingError:
        return
    assert "class" not in text.replace(".__class__", "")
    assert "object" not in text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$input.params('a')|$input.params('B')|$input.params('c')", "query|header|"),
        ("$input.params().querystring.a $input.params().header.get('B')", "query header"),
        ("$context.connectionId $context.identity.sourceIp $context.authorizer.user|$context.zz", "c1 10.0.0.1 ann|"),
        ("$stageVariables.word $stageVariables['word'] $stageVariables.get('word')", "pong pong pong"),
        ("$input.json('$.x')", '{"y":[1]}'),
    ],
)
def test_the_request_is_read_through_input_context_and_stage_variables(template: str, text: str) -> None:
    variables = Variables(
        body='{"x": {"y": [1]}}',
        context={"connectionId": "c1", "identity": {"sourceIp": "10.0.0.1"}, "authorizer": {"user": "ann"}},
        stage_variables={"word": "pong"},
        querystring={"a": "query"},
        header={"B": "header", "a": "not this"},
    )
    assert MappingTemplate(template).render(variables) == text


@pytest.mark.parametrize("body", ["no JSON", "{", "[" * 100_000, '{"a": NaN}', "1" * 5000])
def test_a_body_that_is_no_json_is_an_error_only_where_it_is_read_as_json(body: str) -> None:
    assert rendered("$input.body", body) == body
    with pytest.raises(MappingError):
        rendered("$input.json('$.a')", body)


def test_a_template_does_not_change_the_context_of_the_connection() -> None:
    context = {"authorizer": {"user": "ann"}}
    MappingTemplate("#set($context.authorizer.user = 'eve')").render(Variables(context=context))
    assert context == {"authorizer": {"user": "ann"}}


WORDS = r"""$ # \ { } ( ) [ ] " ' . , ! = .. - 1 2.5 a x é #set( #if( #end #else #elseif( #define($d) #stop #break ##
#* *# $m $l $s $u $input.json('$ $input.path('$.a $util. escapeJavaScript( put( add( get( .size() .replaceAll( .split(
true false null && || == < + * / %"""
PIECES = st.sampled_from([" ", "\n", "\x00", "#foreach($i in ", *WORDS.split()])


@given(st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=60), st.text(max_size=20) | st.just('{"a": [1]}'))
def test_a_template_is_rendered_or_raises_its_own_error(template: str, body: str) -> None:
    try:
        assert isinstance(rendered(template, body, m={"a": 1, "n": None}, l=["p"], s="x,y"), str)
    except MappingError as problem:
        assert "\n" not in str(problem)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_the_whole_body_is_passed_on_as_the_same_json(value: Any) -> None:
    assert json.loads(rendered("$input.json('$')", json.dumps(value))) == value
