"""The end of a process and its children, in real interpreters."""

import json
import signal
import subprocess
import sys
import textwrap
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import upload_progress_reporter

SOURCE = str(Path(upload_progress_reporter.__file__).parents[1])

PRELUDE = """
import json, multiprocessing, os, sys, time
from upload_progress_reporter import UploadReporter, flush

def to_pipe(updates):  # one write each, so that processes do not mix
    for update in updates:
        line = json.dumps({"pid": os.getpid(), **update}) + chr(10)
        os.write(1, line.encode())

def reporter(name):
    return UploadReporter(user_id="alice", upload_id=name, file_name="f", bytes_total=10, target=to_pipe)
"""


def run(program: str, *, ends_with: int = 0, says: str = "") -> list[dict[str, Any]]:
    """Run `program` after the prelude; return the updates that its processes wrote."""
    finished = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PRELUDE + program],
        env={"PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (finished.returncode, finished.stderr) == (ends_with, says)
    return [json.loads(line) for line in finished.stdout.splitlines()]


def said(updates: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    return [(update["uploadId"], update["status"], update["bytesUploaded"]) for update in updates]


def test_what_waits_at_the_end_of_the_interpreter_is_sent() -> None:
    updates = run("""
report = reporter("u1")
report(1)
time.sleep(0.3)
report(0.0 + 4)
with reporter("u2"):
    pass
""")
    assert ("u1", "uploading", 5) in said(updates)
    assert said(updates)[-1] in [("u2", "completed", 10), ("u1", "uploading", 5)]
    assert ("u2", "completed", 10) in said(updates)


def test_a_dead_target_does_not_hold_the_end_of_the_interpreter() -> None:
    assert (
        run(
            """
def stuck(updates):
    time.sleep(3600)
report = UploadReporter(user_id="alice", upload_id="u1", file_name="f", target=stuck)
report.completed()
""",
            says="The process ends before every update has left.\n",
        )
        == []
    )


def test_the_end_of_the_interpreter_waits_out_a_short_outage() -> None:
    updates = run("""
began = time.monotonic()
def target(updates):
    if time.monotonic() < began + 1:
        raise ConnectionError("down")
    to_pipe(updates)
report = UploadReporter(user_id="alice", upload_id="u1", file_name="f", bytes_total=10, target=target)
report.completed()
""")
    assert said(updates) == [("u1", "completed", 10)]


@pytest.mark.parametrize("block", ["with report: pass", "report.completed()"])
def test_what_is_first_reported_in_a_function_of_atexit_is_sent(block: str) -> None:
    updates = run(f"""
import atexit
def work():
    report = reporter("u1")
    {block}
atexit.register(work)
""")
    assert said(updates)[-1] == ("u1", "completed", 10)


def test_an_upload_of_a_thread_that_outlives_the_main_thread_is_told() -> None:
    updates = run("""
import threading
def work():
    time.sleep(0.3)
    for number in range(3):
        with reporter(f"u{number}"):
            pass
threading.Thread(target=work).start()
""")
    assert [update["uploadId"] for update in updates if update["status"] == "completed"] == ["u0", "u1", "u2"]


def test_a_child_that_ends_without_atexit_has_told_its_end() -> None:
    updates = run("""
failures = [ConnectionError("down") for _ in range(3)]
def target(updates):
    if failures:
        raise failures.pop()
    to_pipe(updates)
child = os.fork()
if child == 0:
    with UploadReporter(user_id="alice", upload_id="u1", file_name="f", bytes_total=10, target=target):
        pass
    os._exit(0)
os.waitpid(child, 0)
""")
    assert said(updates) == [("u1", "uploading", 0), ("u1", "completed", 10)]


SIGTERM = """
import signal
def go():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(20)
"""


def test_sigterm_ends_the_uploads_under_way_and_then_the_process() -> None:
    updates = run(
        SIGTERM
        + """
waits = reporter("waits")
waits.queued()
done = reporter("done")
with reporter("u1") as report:
    report(3)
    done.completed()
    go()
""",
        ends_with=-signal.SIGTERM,
    )
    last = {update["uploadId"]: update for update in updates}
    assert {name: update["status"] for name, update in last.items()} == {
        "waits": "queued",
        "done": "completed",
        "u1": "failed",
    }
    assert last["u1"]["error"]["code"] == "ProcessTerminatedError" and last["u1"]["bytesUploaded"] == 3


def test_sigterm_ends_the_uploads_of_other_threads_too() -> None:
    updates = run(
        SIGTERM
        + """
import threading
report, begun = reporter("u1"), threading.Event()
def work():
    with report:
        begun.set()
        time.sleep(20)
threading.Thread(target=work, daemon=True).start()
begun.wait()
go()
""",
        ends_with=-signal.SIGTERM,
    )
    assert [update["status"] for update in updates] == ["uploading", "failed"]


def test_the_end_of_the_terminal_ends_the_uploads_under_way() -> None:
    updates = run(
        """
import signal
with reporter("u1"):
    os.kill(os.getpid(), signal.SIGHUP)
    time.sleep(20)
""",
        ends_with=-signal.SIGHUP,
    )
    assert [update["status"] for update in updates] == ["uploading", "failed"]


def test_sigterm_in_a_child_ends_no_upload_of_its_parent() -> None:
    updates = run(
        SIGTERM
        + """
with reporter("u1") as report:
    child = os.fork()
    if child == 0:
        go()
    assert os.waitpid(child, 0)[1] == signal.SIGTERM
"""
    )
    assert said(updates) == [("u1", "uploading", 0), ("u1", "completed", 10)]


def test_sigterm_ends_the_upload_of_a_worker() -> None:
    updates = run("""
def work(begun):
    with reporter("u1"):
        begun.set()
        time.sleep(20)
context = multiprocessing.get_context("fork")
begun = context.Event()
process = context.Process(target=work, args=(begun,))
process.start()
begun.wait()
process.terminate()
process.join()
""")
    assert [update["status"] for update in updates] == ["uploading", "failed"]


@pytest.mark.parametrize("action", ["signal.SIG_IGN", "handler"])
def test_a_program_that_handles_sigterm_by_itself_keeps_its_handler(action: str) -> None:
    updates = run(f"""
import signal
def handler(number, frame):
    pass
signal.signal(signal.SIGTERM, {action})
with reporter("u1"):
    os.kill(os.getpid(), signal.SIGTERM)
assert signal.getsignal(signal.SIGTERM) == {action}
""")
    assert said(updates) == [("u1", "uploading", 0), ("u1", "completed", 10)]


def test_a_dead_target_does_not_hold_the_end_by_sigterm() -> None:
    run(
        SIGTERM
        + """
def stuck(updates):
    time.sleep(3600)
with UploadReporter(user_id="alice", upload_id="u1", file_name="f", target=stuck):
    go()
""",
        ends_with=-signal.SIGTERM,
        says="The process ends before every update has left.\n",
    )


def test_after_a_fork_both_send_their_own_and_nothing_twice() -> None:
    updates = run("""
parent = reporter("parent")
with parent._sender._wake:  # queued before the fork, sent after it
    parent.uploading()
    child = os.fork()
    if child == 0:
        with reporter("child") as report:
            report(10)
        flush(10)
        os._exit(0)
os.waitpid(child, 0)
parent.completed()
""")
    assert sorted(said(updates)) == [
        ("child", "completed", 10),
        ("child", "uploading", 0),
        ("parent", "completed", 10),
        ("parent", "uploading", 0),
    ]
    assert len({update["pid"] for update in updates}) == 2


def test_a_reporter_can_go_on_in_a_child() -> None:
    updates = run("""
report = reporter("u1")
report.uploading()
report(3)
flush(10)
child = os.fork()
if child == 0:
    report(4)
    report.completed()
    flush(10)
    os._exit(0)
os.waitpid(child, 0)
""")
    assert said(updates) == [("u1", "uploading", 3), ("u1", "completed", 10)] or said(updates) == [
        ("u1", "uploading", 0),
        ("u1", "uploading", 3),
        ("u1", "completed", 10),
    ]
    revs = [update["rev"] for update in updates]
    assert revs == sorted(set(revs))


def test_a_fork_while_other_threads_report_does_not_hang_the_child() -> None:
    updates = run("""
import threading
report, over = reporter("u1"), threading.Event()
def work():
    while not over.is_set():
        report(1); report(-1); report.report(message="x")
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
children = []
for number in range(20):
    child = os.fork()
    if child == 0:
        report(1)
        with reporter(f"child{number}"):
            pass
        flush(10)
        os._exit(0)
    children.append(child)
over.set()
for thread in threads: thread.join()
for child in children: os.waitpid(child, 0)
""")
    ends = {update["uploadId"] for update in updates if update["status"] == "completed"}
    assert ends == {f"child{number}" for number in range(20)}


WORKERS = (
    PRELUDE
    + """
METHOD = sys.argv[1]

def quiet(name):
    return UploadReporter(
        user_id="alice", upload_id=name, file_name="f", bytes_total=10, target=to_pipe, flush_on_exit_seconds=0
    )

def work(name):  # no wait at the end of the block: the end of the process has to deliver
    with quiet(name) as report:
        report(10)

def work_in_vain(name):  # prints how long each hook may wait
    from upload_progress_reporter.senders import EXIT_HOOKS
    def wait_in_vain(seconds):
        os.write(1, f"{seconds}{chr(10)}".encode())
        time.sleep(min(seconds, 0.2))
        return False
    EXIT_HOOKS._flush = wait_in_vain
    quiet(name).completed()
"""
)


def run_workers(path: Path, method: str, program: str) -> subprocess.CompletedProcess[str]:
    """Run `program` in a file: children that do not fork import it."""
    (path / "workers.py").write_text(WORKERS + "\nif __name__ == '__main__':\n" + textwrap.indent(program, "    "))
    command = [sys.executable, "-W", "ignore", str(path / "workers.py"), method]
    return subprocess.run(command, env={"PYTHONPATH": SOURCE}, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_children_of_multiprocessing_flush_at_their_end(tmp_path: Path, method: str) -> None:
    finished = run_workers(
        tmp_path,
        method,
        """
context = multiprocessing.get_context(METHOD)
with reporter("before"):
    pass
processes = [context.Process(target=work, args=(f"u{n}",)) for n in range(3)]
for process in processes: process.start()
for process in processes: process.join()
""",
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    updates = [json.loads(line) for line in finished.stdout.splitlines()]
    ends = sorted(update["uploadId"] for update in updates if update["status"] == "completed")
    assert ends == ["before", "u0", "u1", "u2"]


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_workers_of_a_pool_tell_their_ends(tmp_path: Path, method: str) -> None:
    """The executor ends its workers by itself; a Pool does it with SIGTERM."""
    finished = run_workers(
        tmp_path,
        method,
        """
from concurrent.futures import ProcessPoolExecutor
context = multiprocessing.get_context(METHOD)
with ProcessPoolExecutor(2, context) as executor:
    list(executor.map(work, ["e0", "e1", "e2"]))
with context.Pool(2) as pool:
    pool.map(work, ["p0", "p1", "p2"])
""",
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    updates = [json.loads(line) for line in finished.stdout.splitlines()]
    ends = sorted(update["uploadId"] for update in updates if update["status"] == "completed")
    assert ends == ["e0", "e1", "e2", "p0", "p1", "p2"]


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_the_hooks_of_a_child_share_one_deadline(tmp_path: Path, method: str) -> None:
    """A child that was spawned runs the finalizers of multiprocessing and atexit, others one or both of them."""
    finished = run_workers(
        tmp_path,
        method,
        """
process = multiprocessing.get_context(METHOD).Process(target=work_in_vain, args=("u1",))
process.start()
process.join()
""",
    )
    seconds = [float(line) for line in finished.stdout.splitlines() if not line.startswith("{")]
    assert finished.returncode == 0 and seconds[0] == 2.0
    assert all(after <= before - 0.2 for before, after in pairwise(seconds))


def test_children_of_multiprocessing_that_go_on_with_a_reporter_flush_too() -> None:
    updates = run("""
report = reporter("u1")
report.uploading()
flush(10)

def work():
    report(7)

process = multiprocessing.get_context("fork").Process(target=work)
process.start()
process.join()
""")
    assert said(updates) == [("u1", "uploading", 0), ("u1", "uploading", 7)]


def test_a_signal_handler_may_report_from_inside_a_callback() -> None:
    updates = run("""
import signal
report = reporter("u1")
hits = []
def on_alarm(number, frame):
    report(1); report.report(message="tick"); hits.append(1)
signal.signal(signal.SIGALRM, on_alarm)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
end = time.monotonic() + 0.7
while time.monotonic() < end:
    report(1); report(-1); report.report(message="tock")
signal.setitimer(signal.ITIMER_REAL, 0)
assert hits
report.completed()
""")
    assert updates[-1]["status"] == "completed"
