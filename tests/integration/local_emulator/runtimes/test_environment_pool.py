"""Functions in processes of their own: what Lambda promises of them, and that nothing of them is left behind."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from local_emulator.activity_log import Journal
from local_emulator.awslambda.functions import Runtime
from local_emulator.awslambda.invocation import Outcome
from local_emulator.awslambda.payload import json_of
from local_emulator.runtimes import environment_pool
from local_emulator.runtimes.environment import function_environment
from local_emulator.runtimes.scaling import ENOUGH_FOR_QUICK_CALLS
from local_emulator.runtimes.selection import MAX_WARM, Environments
from local_emulator.settings import Settings
from local_emulator.template.reader import read_template
from tests.integration.local_emulator.conftest import until
from tests.integration.local_emulator.emulating import write, write_template

Launch = Callable[..., Mapping[str, Runtime]]


@pytest.fixture
def printed() -> StringIO:
    return StringIO()


@pytest.fixture
async def launch(tmp_path: Path, printed: StringIO) -> AsyncIterator[Launch]:
    """Functions of one app.py, running; their properties as a template has them."""
    async with AsyncExitStack() as ends:

        def launch(code: str, **functions: str) -> Mapping[str, Runtime]:
            write(tmp_path, app=code)
            functions = functions or {"Say": "CodeUri: ., Handler: app.say"}
            deployment = read_template(write_template(tmp_path, **functions))
            processes = Environments(deployment, Settings(), Journal(printed))
            ends.push_async_callback(processes.stop)
            return processes.start()

        yield launch


async def _call(runtime: Runtime, event: Any = None, request_id: str = "r1") -> Outcome:
    return await runtime.run(json_of(event), request_id)


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # A zombie that init has yet to reap is no running process.
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] == "Z"


async def test_an_event_goes_in_and_the_result_comes_out(launch: Launch) -> None:
    functions = launch("def say(event, context): return {'heard': event, 'é': 'ü'}\n")

    outcome = await _call(functions["Say"], {"text": "grüß"})
    assert (json.loads(outcome.payload), outcome.failed) == ({"heard": {"text": "grüß"}, "é": "ü"}, False)


async def test_what_a_handler_raises_is_told_as_lambda_tells_it(launch: Launch) -> None:
    functions = launch("def say(event, context): raise ValueError('no such thing')\n")

    outcome = await _call(functions["Say"])
    error = json.loads(outcome.payload)
    assert outcome.failed
    assert (error["errorType"], error["errorMessage"], error["requestId"]) == ("ValueError", "no such thing", "r1")
    assert "say" in error["stackTrace"][0]


async def test_a_result_that_is_no_json_is_a_marshal_error(launch: Launch) -> None:
    functions = launch("def say(event, context): return {1, 2}\n")

    error = json.loads((await _call(functions["Say"])).payload)
    assert error["errorType"] == "Runtime.MarshalError"


async def test_the_context_is_that_of_the_template(launch: Launch) -> None:
    code = """
        def say(event, context):
            return {
                "left": context.get_remaining_time_in_millis(), "arn": context.invoked_function_arn,
                "name": context.function_name, "version": context.function_version,
                "memory": context.memory_limit_in_mb, "group": context.log_group_name,
                "stream": context.log_stream_name, "id": context.aws_request_id,
            }
        """
    functions = launch(code, Say="CodeUri: ., Handler: app.say, Timeout: 7, MemorySize: 512, FunctionName: sayer")

    told = json.loads((await _call(functions["Say"], request_id="abc")).payload)
    assert 0 < told.pop("left") <= 7000
    assert "[$LATEST]" in told.pop("stream")
    assert told == {
        "arn": "arn:aws:lambda:us-east-1:123456789012:function:sayer",
        "name": "sayer",
        "version": "$LATEST",
        "memory": "512",
        "group": "/aws/lambda/sayer",
        "id": "abc",
    }


async def test_one_event_at_a_time_and_more_processes_when_busy(launch: Launch) -> None:
    code = """
        import os, time
        count = 0
        def say(event, context):
            global count
            count += 1
            time.sleep(event)
            return [os.getpid(), count]
        """
    functions = launch(code)

    together = await asyncio.gather(*(_call(functions["Say"], 0.6, f"r{n}") for n in range(3)))
    pids = [json.loads(outcome.payload)[0] for outcome in together]
    assert len(set(pids)) == 3
    pid, count = json.loads((await _call(functions["Say"], 0)).payload)
    assert (pid in pids, count) == (True, 2)


async def test_environments_that_compute_are_no_more_than_help_and_those_that_wait_are_as_many_as_events(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine whose processors are taken, be it by others."""
    monkeypatch.setattr(environment_pool.PROCESSORS, "are_busy", lambda: True)
    code = """
        import os, time

        def say(event, context):
            until = time.monotonic() + 0.6
            while time.monotonic() < until:
                if event["waits"]:
                    time.sleep(0.6)
            return os.getpid()
        """
    functions = launch(code, Say="CodeUri: ., Handler: app.say, Timeout: 60")
    few = ENOUGH_FOR_QUICK_CALLS
    for waits, fits in ((False, few.__ge__), (True, few.__lt__)):
        events = (_call(functions["Say"], {"waits": waits}) for _ in range(few + 1))
        assert fits(len({one.payload for one in await asyncio.gather(*events)}))


async def test_only_a_call_that_gets_no_environment_of_its_own_is_queued(launch: Launch, tmp_path: Path) -> None:
    begun, go_on = tmp_path / "begun", tmp_path / "go-on"
    code = f"""
        import os, time
        def say(event, context):
            open({str(begun)!r}, "w").close()
            while not os.path.exists({str(go_on)!r}):
                time.sleep(0.01)
        """
    say = launch(code, Say="CodeUri: ., Handler: app.say, ReservedConcurrentExecutions: 1, Timeout: 60")["Say"]
    first = asyncio.ensure_future(_call(say, request_id="first"))
    await asyncio.sleep(0)
    assert not say.is_queued("first")
    await until(begun.exists)
    second = asyncio.ensure_future(_call(say, request_id="second"))
    await asyncio.sleep(0)
    assert (say.is_queued("first"), say.is_queued("second")) == (False, True)
    go_on.touch()
    await asyncio.gather(first, second)
    assert not say.is_queued("second")


async def test_what_is_over_the_reserved_concurrency_waits(launch: Launch) -> None:
    functions = launch(
        "import os, time\ndef say(event, context): time.sleep(0.05); return os.getpid()\n",
        Say="CodeUri: ., Handler: app.say, ReservedConcurrentExecutions: 1",
    )
    together = await asyncio.gather(*(_call(functions["Say"], None, f"r{n}") for n in range(4)))
    assert len({outcome.payload for outcome in together}) == 1


async def test_a_time_out_kills_the_process_and_all_that_it_started(
    launch: Launch, printed: StringIO, tmp_path: Path
) -> None:
    code = f"""
        import os, subprocess, time
        def say(event, context):
            child = subprocess.Popen(["sleep", "60"])
            open({str(tmp_path / "pids")!r}, "w").write(f"{{os.getpid()}} {{child.pid}}")
            print("going to sleep")
            time.sleep(60)
        """
    functions = launch(code, Say="CodeUri: ., Handler: app.say, Timeout: 1")

    outcome = await _call(functions["Say"], request_id="r9")
    error = json.loads(outcome.payload)
    assert error == {
        "errorMessage": "RequestId: r9 Error: Task timed out after 1.00 seconds",
        "errorType": "Sandbox.Timedout",
    }
    assert re.search(r"going to sleep\n\S+:\d\d\.\d{3}Z r9 Task timed out after 1\.00 seconds\n", outcome.log)
    assert "Say" in printed.getvalue() and "r9 Task timed out after 1.00 seconds" in printed.getvalue()
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    await until(lambda: all(_gone(pid) for pid in pids))


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("os._exit(3)", "Runtime exited with error: exit status 3"),
        ("sys.exit(1)", "Runtime exited with error: exit status 1"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("os.kill(os.getpid(), 11)", "Runtime exited with error: signal: segmentation fault"),
        ("os.abort()", "Runtime exited with error: signal: aborted"),
    ],
)
async def test_a_crash_is_contained_and_answered_as_lambda_does(launch: Launch, end: str, reason: str) -> None:
    functions = launch(f"import os, sys\ndef say(event, context):\n    if event: {end}\n    return 'well'\n")

    outcome = await _call(functions["Say"], True, "r7")
    assert outcome.failed
    assert json.loads(outcome.payload) == {
        "errorMessage": f"RequestId: r7 Error: {reason}",
        "errorType": "Runtime.ExitError",
    }
    assert outcome.log.endswith(f"RequestId: r7 Error: {reason}\nRuntime.ExitError\n")
    assert (await _call(functions["Say"], False)).payload == '"well"'


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("import nowhere\n", "Runtime.ImportModuleError", "Unable to import module 'app': No module named 'nowhere'"),
        ("def say(:\n", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app'"),
        ("x = 1\n", "Runtime.HandlerNotFound", "Handler 'say' missing on module 'app'"),
        ("1 / 0\n", "ZeroDivisionError", "division by zero"),
    ],
)
async def test_a_failed_initialisation_answers_its_cause_every_time_and_tells_it_once(
    launch: Launch, printed: StringIO, code: str, kind: str, message: str
) -> None:
    functions = launch(code)

    for request_id in ("r1", "r2", "r3"):
        outcome = await _call(functions["Say"], request_id=request_id)
        error = json.loads(outcome.payload)
        assert outcome.failed
        assert (error["errorType"], error["requestId"]) == (kind, request_id)
        assert message in error["errorMessage"]
    assert printed.getvalue().count(f"Say: {kind}: ") == 1


async def test_an_end_during_the_initialisation_names_the_call(launch: Launch) -> None:
    functions = launch("import os; os._exit(4)\n")

    assert json.loads((await _call(functions["Say"], request_id="r1")).payload) == {
        "errorMessage": "RequestId: r1 Error: Runtime exited with error: exit status 4",
        "errorType": "Runtime.ExitError",
    }


async def test_an_initialisation_that_takes_too_long_is_a_time_out(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local_emulator.runtimes.execution_environment.INIT_SECONDS", 0.5)
    code = "import time\ntime.sleep(1.2)\ndef say(event, context): return 'well'\n"
    functions = launch(code, Say="CodeUri: ., Handler: app.say, Timeout: 1")

    assert json.loads((await _call(functions["Say"], request_id="r1")).payload) == {
        "errorMessage": "RequestId: r1 Error: Task timed out after 1.00 seconds",
        "errorType": "Sandbox.Timedout",
    }


async def test_a_wrong_handler_is_known_before_the_first_event(launch: Launch, printed: StringIO) -> None:
    launch("x = 1\n")
    await until(lambda: "Runtime.HandlerNotFound: Handler 'say' missing on module 'app'" in printed.getvalue())


async def test_what_a_function_prints_is_shown_with_its_name_and_kept_as_its_log(
    launch: Launch, printed: StringIO
) -> None:
    code = """
        import logging, os, sys
        print("importing")
        def say(event, context):
            print("out")
            print("err", file=sys.stderr)
            logging.warning("logged")
            os.write(1, b"x" * 5000 + b"\\n")
            print(event)
        """
    functions = launch(code)

    first, second = await _call(functions["Say"], "one"), await _call(functions["Say"], "two")
    shown = [line.split(maxsplit=3)[1:] for line in printed.getvalue().splitlines()]
    assert [text[2] for text in shown[:3]] == ["importing", "out", "err"]
    assert {(kind, name) for kind, name, _ in shown} == {("log", "Say")}
    assert "logged" in printed.getvalue()
    assert first.log.endswith("xx\none\n") and len(first.log) == 4096
    assert second.log.endswith("xx\ntwo\n")


async def test_each_process_has_its_functions_environment_and_no_more(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("AWS_PROFILE", "real")
    monkeypatch.setenv("DEVELOPERS_OWN", "secret")
    properties = "CodeUri: ., Handler: app.say, Environment: {Variables: {NAME: %s, AWS_ACCESS_KEY_ID: mine}}"
    code = "import os\ndef say(event, context): return dict(os.environ)\n"
    functions = launch(code, Say=properties % "a", Other=properties % "b")

    said, other = [json.loads((await _call(functions[name])).payload) for name in ("Say", "Other")]
    assert (said["NAME"], other["NAME"]) == ("a", "b")
    assert not said.keys() & {"AWS_PROFILE", "DEVELOPERS_OWN", "HOME"}
    assert said["AWS_SESSION_TOKEN"] == "local"
    assert (said["AWS_ACCESS_KEY_ID"], said["AWS_SECRET_ACCESS_KEY"]) == ("local", "local")
    assert (said["AWS_CONFIG_FILE"], said["AWS_SHARED_CREDENTIALS_FILE"]) == (os.devnull, os.devnull)
    assert (said["AWS_ENDPOINT_URL"], said["AWS_ENDPOINT_URL_LAMBDA"]) == (Settings().aws_url, Settings().url)
    assert (said["_HANDLER"], said["AWS_LAMBDA_FUNCTION_NAME"]) == ("app.say", "Say")
    assert said["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert said["PATH"] == os.environ["PATH"]
    assert (said["TZ"], said["LANG"]) == (":UTC", "en_US.UTF-8")


def test_a_proxy_is_kept_but_not_for_the_emulator(tmp_path: Path) -> None:
    write(tmp_path, app="")
    deployment = read_template(write_template(tmp_path, Say="CodeUri: ., Handler: app.say"))
    own = {"https_proxy": "http://proxy:3128", "no_proxy": "intra"}

    found = function_environment(deployment.functions["Say"], deployment, Settings(), own)
    assert found["https_proxy"] == "http://proxy:3128"
    assert found["no_proxy"] == found["NO_PROXY"] == "intra,localhost,127.0.0.1"


async def test_the_code_comes_first_then_layers_and_nothing_of_the_emulator(launch: Launch, tmp_path: Path) -> None:
    write(tmp_path / "early", python__both="where = 'early'", python__own="where = 'layer'")
    write(tmp_path / "late", python__both="where = 'late'")
    write(tmp_path, own="where = 'code'", redirection="where = 'code'", sitecustomize="raise SystemExit")
    code = """
        import os, sys, both, own, redirection
        def say(event, context):
            places = [both.where, own.where, redirection.where, os.getcwd()]
            loaded = [name for name in sys.modules if name.startswith("local_emulator")]
            return [*places, loaded, os.environ["LAMBDA_TASK_ROOT"], sys.path[0]]
        """
    layers = "".join(
        f"  {name}: {{Type: AWS::Serverless::LayerVersion, Properties: {{ContentUri: {name.lower()}}}}}\n"
        for name in ("Early", "Late")
    )
    template = write_template(tmp_path, Say="CodeUri: ., Handler: app.say, Layers: [!Ref Early, !Ref Late]")
    template.write_text(template.read_text() + layers)
    write(tmp_path, app=code)
    processes = Environments(read_template(template), Settings(), Journal(StringIO()))

    said = json.loads((await _call(processes.start()["Say"])).payload)
    await processes.stop()
    root = str(tmp_path)
    assert said == ["late", "code", "code", root, [], root, root]


async def test_an_answer_nobody_waits_for_does_not_stop_the_function(launch: Launch, tmp_path: Path) -> None:
    done = tmp_path / "done"
    functions = launch(
        f"import time\ndef say(event, context):\n    time.sleep(0.3)\n    open({str(done)!r}, 'w').close()\n"
    )
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(_call(functions["Say"]), 0.1)
    await until(done.exists)


async def test_an_answer_over_the_limit_is_an_error(launch: Launch) -> None:
    functions = launch("def say(event, context): return 'x' * event\n")

    most = 6_291_556 - len('""')
    assert not (await _call(functions["Say"], most)).failed
    error = json.loads((await _call(functions["Say"], most + 1)).payload)
    assert error["errorType"] == "Function.ResponseSizeTooLarge"
    assert (await _call(functions["Say"], 1)).payload == '"x"'


async def test_stopping_ends_every_process(tmp_path: Path) -> None:
    code = "import os, time\ndef say(event, context):\n    print(os.getpid()); time.sleep(event)\n"
    write(tmp_path, app=code)
    printed = StringIO()
    deployment = read_template(write_template(tmp_path, Say="CodeUri: ., Handler: app.say, Timeout: 60"))
    processes = Environments(deployment, Settings(), Journal(printed))
    run: Callable[..., Awaitable[Outcome]] = processes.start()["Say"].run
    calls = [asyncio.ensure_future(run(json_of(seconds), f"r{seconds}")) for seconds in (0, 60)]
    await until(lambda: printed.getvalue().count(" log ") == 2)

    await processes.stop()
    assert all(_gone(int(line.split()[-1])) for line in printed.getvalue().splitlines())
    await asyncio.gather(*calls, return_exceptions=True)


async def test_a_folder_that_is_gone_fails_the_call_and_one_that_is_back_runs(
    launch: Launch, tmp_path: Path, printed: StringIO
) -> None:
    (tmp_path / "code").mkdir()
    say = launch("", Say="CodeUri: code, Handler: app.say")["Say"]
    (tmp_path / "code").rmdir()

    for _ in range(2):
        outcome = await _call(say)
        assert outcome.failed and "no such file or directory" in outcome.payload
    assert printed.getvalue().count("no such file or directory") == 1
    write(tmp_path, code__app="def say(event, context): return 'back'\n")
    assert (await _call(say)).payload == '"back"'


async def test_a_child_that_a_handler_forks_and_lets_return_answers_nothing(launch: Launch) -> None:
    functions = launch("import os\ndef say(event, context):\n    return 'parent' if os.fork() else 'child'\n")
    for number in range(3):
        assert (await _call(functions["Say"], None, f"n{number}")).payload == '"parent"'


async def test_an_environment_is_not_told_from_a_process_that_was_started_anew(
    launch: Launch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    code = """
        import asyncio, os, random, signal, sys, threading, time
        FIRST = random.random()
        def say(event, context):
            open(os.path.join(event, str(FIRST)), "w").close()
            while len(os.listdir(event)) < 3:
                time.sleep(0.01)
            signal.alarm(0)
            threads = threading.active_count(), threading.current_thread() is threading.main_thread()
            return [FIRST, *threads, time.tzname[0],
                asyncio.new_event_loop().run_until_complete(asyncio.sleep(0, "ran")), context.log_stream_name]
        """
    functions = launch(code)
    arrived = str(tmp_path_factory.mktemp("arrived"))
    together = await asyncio.gather(*(_call(functions["Say"], arrived, f"r{n}") for n in range(3)))
    answers = [json.loads(outcome.payload) for outcome in together]
    assert len({answer[0] for answer in answers}) == 3
    assert len({answer[5] for answer in answers}) == 3
    assert {tuple(answer[1:5]) for answer in answers} == {(1, True, "UTC", "ran")}


async def test_environments_find_the_files_of_the_sdk_read_and_each_session_has_objects_of_its_own(
    launch: Launch,
) -> None:
    code = """
        import botocore.loaders, botocore.session, time

        read, load = [], botocore.loaders.JSONFileLoader._load_file

        def counted(loader, path, how):
            found = load(loader, path, how)
            read.extend([] if found is None else [path])
            return found

        botocore.loaders.JSONFileLoader._load_file = counted

        def model():
            session = botocore.session.Session()
            session.create_client("sqs", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
            return session.get_component("data_loader").load_service_model("sqs", "service-2")

        first = model()
        in_start = len(read)

        def say(event, context):
            time.sleep(0.5)
            same = model() is first
            return [in_start, len(read) - in_start, same]
        """
    functions = launch(code)
    await _call(functions["Say"])
    told = [json.loads(one.payload) for one in await asyncio.gather(*(_call(functions["Say"]) for _ in range(4)))]
    assert min(told)[0] == 0  # those that were there before the launcher had read them have read by themselves
    assert all((later > 0, same) == (True, False) for _, later, same in told)


async def test_the_sdk_in_a_folder_that_a_handler_adds_to_the_path_is_the_one_of_every_environment(
    launch: Launch, tmp_path: Path
) -> None:
    (tmp_path / "vendor" / "boto3").mkdir(parents=True)
    (tmp_path / "vendor" / "boto3" / "__init__.py").write_text("__version__ = 'own'")
    code = """
        import os, sys, time
        sys.path.insert(0, os.path.join(os.path.dirname(__file__), "vendor"))
        import boto3
        def say(event, context):
            time.sleep(event)
            return [os.getpid(), boto3.__version__]
        """
    functions = launch(code)
    await _call(functions["Say"], 0)
    told = [json.loads(one.payload) for one in await asyncio.gather(*(_call(functions["Say"], 0.5) for _ in range(3)))]
    assert (len({pid for pid, _ in told}), {version for _, version in told}) == (3, {"own"})


async def test_a_package_that_only_the_emulator_brought_is_an_import_error_with_advice(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local_emulator.runtimes.plans.emulator_packages", lambda folders: {"yaml": "PyYAML"})
    functions = launch("import yaml\ndef say(event, context): return 1\n")
    error = json.loads((await _call(functions["Say"])).payload)
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert "only the emulator brought PyYAML" in error["errorMessage"]


async def test_a_copy_in_the_code_folder_is_imported_all_the_same(
    launch: Launch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("local_emulator.runtimes.plans.emulator_packages", lambda folders: {"yaml": "PyYAML"})
    write(tmp_path, yaml="WORD = 'own'")
    functions = launch("import yaml\ndef say(event, context): return yaml.WORD\n")
    assert (await _call(functions["Say"])).payload == '"own"'


async def test_of_many_functions_each_is_initialised_and_few_wait_for_an_event(
    launch: Launch, printed: StringIO
) -> None:
    properties = {f"Say{number}": "CodeUri: ., Handler: app.say" for number in range(MAX_WARM + 3)}
    functions = launch("import os\nprint(os.getpid())\ndef say(event, context): return os.getpid()\n", **properties)
    await until(lambda: printed.getvalue().count(" log ") == len(properties))
    pids = [int(line.split()[-1]) for line in printed.getvalue().splitlines()]
    await until(lambda: [_gone(pid) for pid in pids] == [False] * MAX_WARM + [True] * 3)

    answers = [int((await _call(function)).payload) for function in functions.values()]
    assert answers[:MAX_WARM] == pids[:MAX_WARM]


async def test_an_import_error_is_named_with_its_file_and_line(
    launch: Launch, printed: StringIO, tmp_path: Path
) -> None:
    launch("\n\nimport nowhere\n")
    await until(lambda: f"({tmp_path}/app.py:3)" in printed.getvalue())


@pytest.mark.parametrize(("level", "lines"), [("DEBUG", ["low", "high"]), ("INFO", ["high"]), ("ERROR", [])])
async def test_application_log_levels_are_obeyed_and_metrics_stay_whole(
    launch: Launch, level: str, lines: list[str]
) -> None:
    code = """
        import logging
        def say(event, context):
            logging.getLogger("mine").debug("low")
            logging.getLogger("mine").info("high")
            print('{"_aws": {}}')
        """
    format = f"LoggingConfig: {{LogFormat: JSON, ApplicationLogLevel: {level}}}"
    functions = launch(code, Say=f"CodeUri: ., Handler: app.say, {format}")
    *logged, metrics = (await _call(functions["Say"])).log.splitlines()
    assert [json.loads(line)["message"] for line in logged] == lines
    assert metrics == '{"_aws": {}}'


async def test_the_sdks_line_on_its_endpoint_is_not_in_the_log(launch: Launch) -> None:
    """In Lambda no variable names an endpoint, so the SDK has nothing to say of one."""
    code = """
        import logging
        logging.getLogger().setLevel(logging.INFO)
        import boto3
        def say(event, context):
            logging.info("own")
            boto3.client("dynamodb"), boto3.client("lambda")
        """
    functions = launch(code)
    log = (await _call(functions["Say"])).log
    assert "own" in log
    assert "Found endpoint" not in log


async def test_environments_are_started_anew_where_python_should_not_fork(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local_emulator.runtimes.plans.CAN_FORK", False)
    functions = launch("import os\ndef say(event, context): return [os.environ['AWS_LAMBDA_FUNCTION_NAME'], event]\n")
    assert (await _call(functions["Say"], 1)).payload == '["Say", 1]'
    assert (await _call(functions["Say"], 2)).payload == '["Say", 2]'


BOOTSTRAP = """#!/bin/sh
base="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
    response=$(curl -sS -i "$base/next" | tr -d '\\r')
    id=$(printf '%s\\n' "$response" | sed -n 's/^Lambda-Runtime-Aws-Request-Id: //p')
    event=$(printf '%s\\n' "$response" | tail -n 1)
    curl -sS -X POST "$base/$id/response" -d "{\\"heard\\": $event, \\"handler\\": \\"$_HANDLER\\"}" > /dev/null
done
"""
OS_ONLY = "CodeUri: ., Handler: own, Runtime: provided.al2023, Timeout: 20"


def _os_only(folder: Path, properties: str = OS_ONLY) -> Path:
    template = write_template(folder, Say=properties)
    template.write_text(template.read_text().replace("Runtime: python3.13, ", ""))
    return template


async def test_a_bootstrap_in_shell_runs(tmp_path: Path, printed: StringIO) -> None:
    (tmp_path / "bootstrap").write_text(BOOTSTRAP)
    (tmp_path / "bootstrap").chmod(0o755)
    environments = Environments(read_template(_os_only(tmp_path)), Settings(), Journal(printed))
    say = environments.start()["Say"]
    try:
        for number in range(2):
            outcome = await _call(say, {"n": number}, f"r{number}")
            assert json.loads(outcome.payload) == {"heard": {"n": number}, "handler": "own"}
    finally:
        await environments.stop()


@pytest.mark.parametrize("there", [True, False])
async def test_a_bootstrap_that_is_missing_or_not_executable_is_an_invalid_entrypoint(
    tmp_path: Path, printed: StringIO, there: bool
) -> None:
    if there:
        (tmp_path / "bootstrap").write_text("#!/bin/sh\n")
    environments = Environments(read_template(_os_only(tmp_path)), Settings(), Journal(printed))
    say = environments.start()["Say"]
    try:
        error = json.loads((await _call(say, request_id="r1")).payload)
        assert error["errorType"] == "Runtime.InvalidEntrypoint"
        assert re.match("RequestId: r1 Error: (fork/exec|Couldn't find)", error["errorMessage"])
    finally:
        await environments.stop()


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
async def test_a_compiled_bootstrap_runs(tmp_path: Path, printed: StringIO) -> None:
    source = Path(__file__).parent / "bootstrap.c"
    await asyncio.to_thread(subprocess.run, ["cc", "-o", tmp_path / "bootstrap", source], check=True)
    environments = Environments(read_template(_os_only(tmp_path)), Settings(), Journal(printed))
    say = environments.start()["Say"]
    try:
        assert [(await _call(say, None, f"r{n}")).payload for n in range(3)] == ['"compiled"'] * 3
    finally:
        await environments.stop()
