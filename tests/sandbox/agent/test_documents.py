"""Documents beyond the recorded ones, by the rules of the agent's source."""

from __future__ import annotations

import json

import pytest

from orchestrator.sandbox.agent.document import words
from orchestrator.sandbox.agent.document.conditions import findings
from orchestrator.sandbox.agent.document.model import Argument, RefusedError
from orchestrator.sandbox.agent.document.parameters import replaced, values_of
from orchestrator.sandbox.agent.document.payload import read_payload
from orchestrator.sandbox.agent.document.reading import read_document
from orchestrator.sandbox.agent.document.script import UnfitError, script_input
from orchestrator.sandbox.agent.document.stored import resolved
from orchestrator.sandbox.parts import StoredParameter

STORED = (
    StoredParameter("text", "String", "one,two"),
    StoredParameter("list", "StringList", "one,two"),
    StoredParameter("secret", "SecureString", "***"),
)


class Store:
    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def get_parameters(self, names):
        self.asked.append(list(names))
        known = {parameter.name: parameter for parameter in STORED}
        return {
            name: known[name.partition(":")[0]] for name in names if name.split(":")[0] in known
        }


def read(steps, parameters=None, values=None, schema="2.2"):
    content = {"schemaVersion": schema, "parameters": parameters or {}, "mainSteps": steps}
    return read_document(content, values or {}, Store())


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "<nil>"),
        (True, "true"),
        (3.0, "3"),
        (0.5, "0.5"),
        ({"b": [1, "x y"], "a": {}}, "map[a:map[] b:[1 x y]]"),
    ],
)
def test_a_value_as_go_shows_it(value, shown):
    assert words.text(value) == shown


def test_a_value_as_gos_json_escapes_it():
    assert words.compact({"b": "<&>\u2028\u3042", "a": [None, True, 2]}) == (
        '{"a":[null,true,2],"b":"\\u003c\\u0026\\u003e\\u2028\u3042"}'
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "unexpected end of JSON input"),
        ("{", "unexpected end of JSON input"),
        ("x", "invalid character 'x' looking for beginning of value"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ('{"a": 1 2}', "invalid character '2' after object key:value pair"),
        ('["{", {"a": "]"} 2]', "invalid character '2' after array element"),
        ("[1 2]", "invalid character '2' after array element"),
        ("{} {}", "invalid character '{' after top-level value"),
    ],
)
def test_what_is_no_json_is_refused_in_gos_words(text, why):
    with pytest.raises(RefusedError) as caught:
        read_payload(text)
    assert str(caught.value) == f"encountered error while parsing input - internal error {why}"


def test_a_payload_of_the_wrong_type_is_refused():
    with pytest.raises(RefusedError, match=r"cannot unmarshal array into Go .*DocumentContent"):
        read_payload(json.dumps({"DocumentContent": []}))


def test_a_payload_says_where_output_goes():
    got = read_payload('{"OutputS3BucketName": "b", "OutputS3KeyPrefix": null}')
    assert (got.content, got.values, got.bucket, got.key_prefix) == ({}, {}, "b", "")


def test_values_with_odd_names_are_left_out_and_defaults_are_put_in():
    definitions = {"a": {"default": 1}, "b": {}, "c": {"default": 2}}
    assert values_of(definitions, {"c": 3, "x-y": 4}) == {"c": 3, "a": 1, "b": None}


def test_what_was_put_in_is_not_looked_through_again():
    values = {"a": "{{ b }}", "b": "x", "money": "$$1"}
    assert replaced(["{{a}}", "-{{ a }}-", "-{{money}}-", "{{money}}"], values) == [
        *("{{ b }}", "-{{ b }}-", "-$1-", "$$1"),
    ]


def test_a_stored_list_that_is_a_whole_line_becomes_lines():
    value = {"lines": ["a", " {{ssm:list}} ", "{{ ssm:text }}"], "same": "{{ssm:text:3}}"}
    store = Store()
    assert resolved(value, store) == {"lines": ["a", "one", "two", "one,two"], "same": "one,two"}
    assert store.asked == [["list", "text", "text:3"]]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("x {{ssm:list}}", "Parameter list of type StringList cannot be used as a String"),
        ("{{ssm:secret}}", "Parameters [secret] of type SecureString are not supported"),
        (
            ["{{ssm:no}} {{ssm:text}}", "{{ssm:none}}"],
            "Input contains invalid parameters [no none]",
        ),
    ],
)
def test_a_stored_parameter_that_cannot_be_put_in(value, why):
    with pytest.raises(RefusedError) as caught:
        resolved(value, Store())
    assert str(caught.value) == why


def test_many_stored_parameters_are_asked_for_ten_at_a_time():
    store = Store()
    resolved([f"{{{{ssm:text:{number}}}}}" for number in range(23)], store)
    assert [len(names) for names in store.asked] == [10, 10, 3]


def test_without_a_reference_nobody_is_asked():
    store = Store()
    assert resolved("{{ssm-secure:x}} {{x}}", store) == "{{ssm-secure:x}} {{x}}"
    assert store.asked == []


PLATFORM = "platformType"
FIELD = "into Go struct field RunScriptPluginInput"


def pair(one: str, other: str, **resolved_as: str):
    return [Argument(text, resolved_as.get(text, text)) for text in (one, other)]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"StringEquals": pair(PLATFORM, "linux")}, []),
        ({"StringEquals": pair("Linux", PLATFORM)}, []),
        (
            {"StringEquals": pair(PLATFORM, "Windows")},
            [('"StringEquals": [platformType, Windows]', True)],
        ),
        ({"StringLike": pair("a", "b")}, [('unrecognized operator: "StringLike"', False)]),
        (
            {"StringEquals": pair("a", "b")},
            [
                (
                    '"StringEquals": at least one of operator\'s arguments must contain a valid'
                    " document parameter",
                    False,
                )
            ],
        ),
        ({"StringEquals": pair("P", "x", P="x")}, []),
        ({"StringEquals": pair("P", "x", P="y")}, [('"StringEquals": [P, x]', True)]),
        (
            {"StringEquals": pair("{{ssm:a}}", "x")},
            [("\"StringEquals\": operator's arguments can't contain SSM parameters", False)],
        ),
    ],
)
def test_preconditions(conditions, expected):
    found = findings(conditions, "Linux")
    assert [(finding.words, finding.is_unmet) for finding in found] == expected


def test_a_precondition_knows_the_documents_parameters():
    step = {"name": "one", "action": "a", "precondition": {"StringEquals": ["{{ p }}", "x"]}}
    document = read([step], {"p": {"type": "String"}}, {"p": "x"})
    assert findings(document.steps[0].conditions, "Linux") == ()


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ({"runCommand": [1]}, f"number {FIELD}.RunCommand of type string"),
        ({"workingDirectory": {}}, f"object {FIELD}.WorkingDirectory of type string"),
        ({"environment": {"a": True}}, f"bool {FIELD}.Environment of type string"),
        ([], "array into Go value of type runscript.RunScriptPluginInput"),
    ],
)
def test_inputs_of_the_wrong_type_are_refused_in_gos_words(inputs, why):
    with pytest.raises(UnfitError) as caught:
        script_input(inputs)
    said = f"Invalid format in plugin properties {words.text(inputs)};"
    assert str(caught.value) == f"{said}\nerror json: cannot unmarshal {why}"


def test_inputs_count_whatever_the_case_of_their_names():
    got = script_input({"RUNCOMMAND": ["a"], "timeoutseconds": "60", "Id": "../x"})
    assert (got.lines, got.timeout, got.folder) == (("a",), 60, "")


@pytest.mark.parametrize("schema", ["1.0", "1.2"])
def test_an_older_schema_without_plugins_is_refused(schema):
    with pytest.raises(RefusedError, match=r"^Unsupported schema format$"):
        read([{"name": "one"}], schema=schema)


def test_a_pattern_counts_for_every_item_of_a_list():
    definitions = {"p": {"type": "StringList", "allowedPattern": "^x+$"}}
    read([{"name": "one"}], definitions, {"p": ["x", "xx"]})
    why = r"value /y/ does not match the allowed pattern /\^x\+\$/$"
    with pytest.raises(RefusedError, match=why):
        read([{"name": "one"}], definitions, {"p": ["x", "y"]})
