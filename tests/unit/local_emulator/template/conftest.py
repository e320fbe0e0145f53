"""Templates written on the spot."""

import textwrap

import pytest

from local_emulator.template.document import load
from local_emulator.template.intrinsics import Intrinsics
from local_emulator.template.reader import read_template

API = """
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Resources:
  Api:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      StageName: prod
      Routes:
        $default: {FunctionArn: !GetAtt Echo.Arn}
  Echo:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: ., Handler: app.handler, Runtime: python3.13}
"""


@pytest.fixture
def read(tmp_path):
    """Reads an API with one function, and what is put before (`head`) and after (`more`) its resources.

    The handlers `a.b` and `app.handler` have a module.
    """

    def read(more="", head="", parameters=None, **place):
        for module in ("a.py", "app.py"):
            (tmp_path / module).touch()
        path = tmp_path / "template.yaml"
        more = textwrap.indent(textwrap.dedent(more), "  ")
        path.write_text(textwrap.dedent(head) + API + more)
        return read_template(path, parameters or {}, **place)

    return read


@pytest.fixture
def variable(read):
    """The value of a function's environment variable, given as YAML."""

    def variable(yaml, head="", parameters=None, **place):
        more = f"""
        Probe:
          Type: AWS::Serverless::Function
          Properties:
            CodeUri: .
            Handler: app.handler
            Runtime: python3.13
            Environment: {{Variables: {{PROBE: {yaml}}}}}
        """
        return read(more, head, parameters, **place).functions["Probe"].environment["PROBE"]

    return variable


@pytest.fixture
def tree(tmp_path):
    """Loads text as a document."""

    def tree(text, name="template.yaml"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text))
        return load(path)

    return tree


class FixedNames:
    """Names for intrinsics: each means its value in a dictionary."""

    def __init__(self, names, truths):
        self.names, self.truths = names, truths

    def reference(self, name, at):
        return self.names[name]

    def attribute(self, name, attribute, at):
        return self.names[f"{name}.{attribute}"]

    def condition(self, name, at):
        return self.truths[name]


@pytest.fixture(scope="session")
def intrinsics():
    return lambda names=None, truths=None: Intrinsics(FixedNames(names or {}, truths or {}))
