"""Code that no call can run is named at the start."""

import pytest

from testing.template_snippets import resource

FUNCTION, LAYER = "AWS::Serverless::Function", "AWS::Serverless::LayerVersion"


def folder(place, *files):
    for file in files:
        (place / file).parent.mkdir(parents=True, exist_ok=True)
        (place / file).touch()


@pytest.mark.parametrize(
    ("runtime", "handler", "source", "reason", "built"),
    [
        ("nodejs22.x", "src/app.handler", "src/app.ts", "its handler is TypeScript (src/app.ts)", "src/app.mjs"),
        ("nodejs22.x", "app.a.handler", "src/app.ts", "its code has no module app", "app.cjs"),
        ("python3.13", "src.app.handler", "app.py", "its code has no module src/app", "src/app.py"),
        ("python3.13", "pkg.handler", "app.py", "its code has no module pkg", "pkg/__init__.py"),
        ("provided.al2023", "bootstrap", "main.go", "its code has no bootstrap", "bootstrap"),
    ],
)
def test_a_handler_that_is_not_in_the_code_is_named_until_it_is_there(
    read, tmp_path, runtime, handler, source, reason, built
):
    folder(tmp_path / "fn", source)
    more = resource(FUNCTION, f"CodeUri: fn, Handler: {handler}, Runtime: {runtime}", "F")
    (notice,) = read(more).notices
    assert f"F: {reason}; if it is still to be built, use for instance `sam build`" in notice
    folder(tmp_path / "fn", built)
    assert read(more).notices == ()


def test_inline_code_is_the_file_index(read):
    more = resource("AWS::Lambda::Function", "Code: {ZipFile: x}, Handler: index.b, Runtime: python3.13, Role: x", "F")
    assert read(more).notices == ()
    (notice,) = read(more.replace("index", "app")).notices
    assert "F: in AWS inline code is the file index, which its handler app.b is not in" in notice


def test_a_handler_may_be_in_a_layer(read, tmp_path):
    folder(tmp_path / "layer/python", "wrapper.py")
    layer = resource(LAYER, "ContentUri: layer", "L")
    function = resource(FUNCTION, "CodeUri: ., Handler: wrapper.handler, Runtime: python3.13, Layers: [!Ref L]", "F")
    assert read(f"{function}\n{layer}").notices == ()


@pytest.mark.parametrize("manifest", ["requirements.txt", "package.json", "Makefile"])
def test_a_layer_whose_folder_is_the_source_of_a_build_is_named(read, tmp_path, manifest):
    folder(tmp_path / "layer", manifest)
    layer = resource(LAYER, "ContentUri: layer", "L")
    given = "CodeUri: ., Handler: a.b, Runtime: python3.13, Layers: [!Ref L]"
    more = "\n".join([resource(FUNCTION, given, "F"), resource(FUNCTION, given, "G"), layer])
    (notice,) = read(more).notices
    assert f"16: L has {manifest} and none of the folders bin, lib, nodejs, python" in notice
    (tmp_path / "layer/python").mkdir()
    assert read(more).notices == ()
