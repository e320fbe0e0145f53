"""The examples of both READMEs: each is checked against the types, and the one of `getToken` is run."""

import json
import re
from pathlib import Path

import pytest

from testing.node import CLIENT, run
from testing.readme_examples import examples, get_token
from testing.running import ROOT

pytestmark = pytest.mark.node

# What an example takes from the ones before it, or from the application.
CONTEXT = """
import type {UploadProgress} from "upload-progress";
declare global {
  const progress: UploadProgress;
  const session: {userId: string};
  const bar: HTMLProgressElement;
  const reporter: import("upload-progress/report").UploadReporter;
  const tus: any;
  function getToken(): Promise<string>;
  function render(upload: import("upload-progress").Upload): void;
  function showState(state: import("upload-progress").ConnectionState): void;
}
"""
PATHS = {
    "upload-progress": ["src/upload-progress.js"],
    "upload-progress/list": ["src/list.d.ts"],
    "upload-progress/prediction": ["src/upload-progress-prediction.js"],
    "upload-progress/shared": ["src/upload-progress-shared.js"],
    "upload-progress/react": ["src/react.d.ts"],
    "upload-progress/uppy": ["src/upload-progress-uppy.js"],
    "upload-progress/report": ["src/upload-progress-report.js"],
    "react": ["node_modules/@types/react"],
    "react/*": ["node_modules/@types/react/*"],
    "@uppy/core": ["node_modules/@uppy/core/lib/index.d.ts"],
}
RULES = {
    "allowJs": True,
    "checkJs": True,
    "noEmit": True,
    "jsx": "react-jsx",
    "target": "ES2022",
    "module": "ES2022",
    "moduleResolution": "bundler",
    "lib": ["ES2023", "DOM", "DOM.Iterable"],
    "types": [],
    "skipLibCheck": True,
    "paths": {name: [str(CLIENT / path)] for name, [path] in PATHS.items()},
}
ANSWERS = """
const answers = [{status: 200, ok: true, text: async () => "token"}, {status: 502}, {status: 401}];
globalThis.fetch = async () => answers.shift();
const outcomes = [await getToken()];
for (let left = 2; left; left--) outcomes.push(await getToken().catch(({name, message}) => `${name}: ${message}`));
console.log(JSON.stringify(outcomes));
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with each example in JavaScript as a module."""
    folder = tmp_path_factory.mktemp("readme")
    [page] = examples("html")
    [watch] = re.findall(r"^```js\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    watch = watch.replace("./upload-progress.js", "upload-progress")
    modules = [watch, *examples("js"), *re.findall(r"<script type=\"module\">\n(.*?)</script>", page, re.DOTALL)]
    for number, text in enumerate(modules):
        (folder / f"example{number}.js").write_text(text, encoding="utf-8")
    for number, text in enumerate(examples("jsx")):
        (folder / f"example{number}.jsx").write_text(f"{text}\nexport {{Uploads}};\n", encoding="utf-8")
    return folder


def test_examples_use_what_the_modules_export_and_with_the_right_types(folder: Path, node: str, packages: Path) -> None:
    (folder / "context.d.ts").write_text(CONTEXT, encoding="utf-8")
    options = {"compilerOptions": RULES, "include": ["*.js", "*.jsx", "*.d.ts"]}
    (folder / "tsconfig.json").write_text(json.dumps(options), encoding="utf-8")
    run(node, str(packages / "typescript" / "bin" / "tsc"), cwd=folder)


def test_the_token_of_the_example_ends_by_401_alone(folder: Path, node: str) -> None:
    program = f'import {{UnauthorizedError}} from "{CLIENT}/upload-progress.js";\n{get_token()}\n{ANSWERS}'
    (folder / "token.mjs").write_text(program, encoding="utf-8")
    assert json.loads(run(node, str(folder / "token.mjs"))) == [
        "token",
        "Error: /token answered 502",
        "UnauthorizedError: signed out",
    ]


def test_every_language_of_an_example_is_tried() -> None:
    languages = re.findall(r"^```(\w+)$", (CLIENT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    # `make frameworks` runs those of Vue and Svelte, and the others in a browser.
    assert set(languages) == {"js", "jsx", "html", "vue", "svelte"}
