"""A handler that does its worst costs its own call, in every language: the next calls are answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from io import StringIO
from pathlib import Path

import pytest
import pytest_asyncio

from local_emulator.activity_log import Journal
from local_emulator.awslambda.functions import Runtime
from local_emulator.awslambda.payload import json_of
from local_emulator.runtimes.selection import Environments
from local_emulator.settings import Settings
from local_emulator.template.reader import read_template
from tests.integration.local_emulator.emulating import write, write_template

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.node]

PYTHON = {
    "leaves a child": "subprocess.Popen(['sleep', '60']); return 'well'",
    "forks and both return": "os.fork(); return 'well'",
    "forks, and the child ends": "os.fork() or os._exit(0); return 'well'",
    "exits": "sys.exit(3)",
    "exits at once": "os._exit(0)",
    "crashes": "ctypes.string_at(0)",
    "aborts": "os.abort()",
    "kills itself": "os.kill(os.getpid(), 9)",
    "fills memory": "kept = [bytearray(b'x' * 10**6) for _ in range(400)]; time.sleep(20)",
    "prints 20 MB": "print('x' * 20_000_000); return 'well'",
    "prints 20 MB of lines": "print(('x' * 99 + '\\n') * 200_000); return 'well'",
    "closes its streams": "os.close(1); os.close(2); return 'well'",
    "closes all": "os.closerange(0, 100); return 'well'",
    "recurses": "sys.setrecursionlimit(10**6); f = lambda: f(); f()",
}
NODE = {
    "leaves a child": "child.spawn('sleep', ['60']); return 'well';",
    "leaves a child of its own group": "child.spawn('sleep', ['60'], {detached: true}).unref(); return 'well';",
    "exits": "process.exit(3);",
    "exits at once": "process.reallyExit(0);",
    "crashes": "process.kill(process.pid, 'SIGSEGV'); await new Promise(() => setInterval(() => {}, 9));",
    "aborts": "process.abort();",
    "kills itself": "process.kill(process.pid, 'SIGKILL'); await new Promise(() => setInterval(() => {}, 9));",
    "fills memory": "globalThis.kept = Buffer.alloc(400e6, 1); await new Promise((ok) => setTimeout(ok, 20000));",
    "fills the heap": "const kept = []; for (;;) kept.push(new Array(1e5).fill(kept.length));",
    "prints 20 MB": "process.stdout.write('x'.repeat(20e6)); return 'well';",
    "prints 20 MB of lines": "process.stdout.write(('x'.repeat(99) + '\\n').repeat(2e5)); return 'well';",
    "closes its streams": "fs.closeSync(1); fs.closeSync(2); return 'well';",
    "closes all": "for (let fd = 0; fd < 100; fd++) try { fs.closeSync(fd); } catch {} return 'well';",
    "recurses": "const f = () => f() + 1; return f();",
    "never ends its loop": "for (;;);",
}
SHELL = {
    "leaves a child": "sleep 60 & answer well",
    "exits": "exit 3",
    "exits at once": "exit 0",
    "crashes": "kill -SEGV $$",
    "kills itself": "kill -KILL $$",
    "fills memory": "kept=$(head -c 400000000 /dev/zero | tr '\\0' x); sleep 20",
    "prints 20 MB": "head -c 20000000 /dev/zero | tr '\\0' x; answer well",
    "prints 20 MB of lines": "yes $(seq 30) | head -c 20000000; answer well",
    "closes its streams": "exec 1>&- 2>&-; answer well",
    "never ends its loop": "while :; do :; done",
}
BOOTSTRAP = """#!/bin/bash
base="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
answer() { curl -s -o /dev/null -d "\\"$1\\"" "$base/$id/response"; }
while :; do
    response=$(curl -s -i "$base/next" | tr -d '\\r') || exit 1
    id=$(sed -n 's/^Lambda-Runtime-Aws-Request-Id: //p' <<< "$response")
    case $(tail -n 1 <<< "$response") in
CASES
        *) answer next ;;
    esac
done
"""
LOOKS = "CodeUri: ., Timeout: 2, MemorySize: 128"
FUNCTIONS = {
    "Python": f"{LOOKS}, Handler: app.say",
    "Node22": f"{LOOKS}, Handler: index.handler",
    "Node24": f"{LOOKS}, Handler: index.handler",
    "Shell": f"{LOOKS}, Handler: x",
}
RUNTIMES = {"Node22": "nodejs22.x", "Node24": "nodejs24.x", "Shell": "provided.al2023"}
LANGUAGES = {"Python": PYTHON, "Node22": NODE, "Node24": NODE, "Shell": SHELL}
# A handler that takes all descriptors from Node may send anything with the answer.
ANY_ANSWER = "closes all"


def _written(folder: Path) -> Path:
    cases = "".join(f"    if event == {name!r}:\n        {code}\n" for name, code in PYTHON.items())
    head = "import ctypes, os, subprocess, sys, time\ndef say(event, context):\n"
    write(folder)
    (folder / "app.py").write_text(f"{head}{cases}    return 'next'\n")
    cases = "".join(f"    case {json.dumps(name)}: {{ {code} }}\n" for name, code in NODE.items())
    head = "const child = require('child_process'), fs = require('fs');\nexports.handler = async (event) => {\n"
    (folder / "index.js").write_text(f"{head}  switch (event) {{\n{cases}  }}\n  return 'next';\n}};\n")
    cases = "".join(f"        '\"{name}\"') {code} ;;\n" for name, code in SHELL.items())
    (folder / "bootstrap").write_text(BOOTSTRAP.replace("CASES\n", cases))
    (folder / "bootstrap").chmod(0o755)
    template = write_template(folder, **FUNCTIONS)
    text = template.read_text()
    for name, runtime in RUNTIMES.items():
        before, _, after = text.partition(f"  {name}: ")
        text = f"{before}  {name}: {after.replace('python3.13', runtime, 1)}"
    template.write_text(text)
    return template


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def functions(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mapping[str, Runtime]]:
    deployment = read_template(_written(tmp_path_factory.mktemp("misdeeds")))
    environments = Environments(deployment, Settings(), Journal(StringIO()))
    yield environments.start()
    await environments.stop()


@pytest.mark.parametrize(
    ("function", "misdeed"), [(name, misdeed) for name, misdeeds in LANGUAGES.items() for misdeed in misdeeds]
)
async def test_a_misdeed_costs_its_own_call_alone(
    functions: Mapping[str, Runtime], function: str, misdeed: str
) -> None:
    run = functions[function].run
    outcome = await run(json_of(misdeed), "bad")
    assert outcome.failed or outcome.payload == '"well"' or misdeed == ANY_ANSWER, outcome
    if outcome.failed:
        assert {"errorType", "errorMessage"} <= json.loads(outcome.payload).keys()
    for number in range(2):
        assert (await run(json_of(None), f"n{number}")).payload == '"next"', outcome


@pytest.mark.parametrize("function", ["Python", "Node22", "Shell"])
async def test_calls_of_another_function_go_on_while_one_prints(
    functions: Mapping[str, Runtime], function: str
) -> None:
    other = functions["Node24" if function == "Python" else "Python"].run
    await other(json_of(None), "first")
    printing = asyncio.ensure_future(functions[function].run(json_of("prints 20 MB of lines"), "bad"))
    answers = 0
    while not printing.done():
        assert (await other(json_of(None), f"n{answers}")).payload == '"next"'
        answers += 1
    assert answers > 2  # an event loop that is held up answers the one call that waits
