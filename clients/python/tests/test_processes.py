"""The end of a process and its children, in real interpreters."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

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


def run(program: str) -> list[dict[str, Any]]:
    """Run `program` after the prelude; return the updates that its processes wrote."""
    finished = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PRELUDE + program],
        env={"PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (finished.returncode, finished.stderr) == (0, "")
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
        run("""
def stuck(updates):
    time.sleep(3600)
report = UploadReporter(user_id="alice", upload_id="u1", file_name="f", target=stuck)
report.completed()
""")
        == []
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


def test_children_of_multiprocessing_flush_at_their_end() -> None:
    updates = run("""
def work(name):
    with reporter(name) as report:
        report(10)

context = multiprocessing.get_context("fork")
with reporter("before"):
    pass
processes = [context.Process(target=work, args=(f"u{n}",)) for n in range(3)]
for process in processes: process.start()
for process in processes: process.join()
""")
    ends = sorted(update["uploadId"] for update in updates if update["status"] == "completed")
    assert ends == ["before", "u0", "u1", "u2"]


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
