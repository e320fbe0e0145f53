"""The parent of execution environments: `python -u launcher.py '{"control": …, "python": …}'`.

It reads JSON lines from its control socket and writes JSON lines back. `{"start": n, "variables": {…}, "folder": …}`
comes with two descriptors: what the environment prints to, and the channel of its messages. `{"started": n, "pid": …}`,
`{"failed": n, "error": …}` and `{"ended": n, "status": …}` answer it; a signal is a negative status.

Environments of Python functions with one code folder are forked from one launcher, so the runtime and the SDK are
imported once. This process has one thread, no event loop, no TLS state and no client, and it never imports the
functions' own code. It runs by its path, so that nothing of the emulator comes within reach of a handler.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from types import ModuleType
from typing import Any, NoReturn

READ_BYTES = 65_536
MAX_DESCRIPTORS = 16
# What Lambda's runtime has beside the standard library; an environment that has loaded it is followed by others.
PRELOADED = frozenset({"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six"})


class Launcher:
    """Starts environments, reports their ends, and kills all of them when the emulator ends, however it does."""

    def __init__(self, control: socket.socket, python: dict[str, Any] | None) -> None:
        self._control = control
        self._python = python
        self._descriptors: list[int] = []
        self._data = b""
        self._running: dict[int, int] = {}
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._signals, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(self._signals, False)

    def run(self) -> None:
        """Serves requests until the other end of the control socket closes. Returns in an environment's process too."""
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _note)
        while True:
            ready, _, _ = select.select([self._control.fileno(), self._signals], [], [])
            if self._signals in ready:
                self._reap()
            if self._control.fileno() in ready and not self._read():
                return

    def _read(self) -> bool:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, READ_BYTES, MAX_DESCRIPTORS)
        except ConnectionError:  # the emulator has ended with messages unread
            data, descriptors = b"", []
        if not data:
            self._kill_all()
            return False
        self._descriptors += descriptors
        *lines, self._data = (self._data + data).split(b"\n")
        for line in lines:
            request = json.loads(line)
            if "preload" in request:
                self._preload(request["preload"], request["models"])
            else:
                self._start(request["start"], request)
        return True

    def _preload(self, names: list[str], models: list[str]) -> None:
        """Imports and reads what an environment has loaded of the SDK and the standard library, for the next ones."""
        for name in names:
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        (self._python or {})["models"].preload(models)

    def _start(self, number: int, request: dict[str, Any]) -> None:
        output, channel = self._descriptors.pop(0), self._descriptors.pop(0)
        try:
            os.chdir(request["folder"])
            pid = (self._spawn if request["command"] else self._fork)(request, output, channel)
        except OSError as problem:
            self._tell({"failed": number, "file": problem.filename, "error": problem.strerror})
        else:
            self._running[pid] = number
            self._tell({"started": number, "pid": pid})
        finally:
            os.close(output)
            os.close(channel)

    def _fork(self, request: dict[str, Any], output: int, channel: int) -> int:
        gc.freeze()  # collections in an environment leave the shared pages alone
        pid = os.fork()
        if pid == 0:
            self._be_environment(request, output, channel)
        return pid

    def _be_environment(self, request: dict[str, Any], output: int, channel: int) -> NoReturn:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()  # a group of its own: what the handler starts ends with it
            for descriptor in (self._control.fileno(), self._signals, self._wake, *self._descriptors):
                os.close(descriptor)
            _take_streams(output)
            os.environ.clear()
            os.environ.update(request["variables"])
            time.tzset()
            status = neighbour("start").run((self._python or {}) | request["python"], channel)
        except SystemExit as ended:
            status = _status(ended.code)
        except KeyboardInterrupt:
            sys.excepthook(*sys.exc_info())
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            _end(status)

    def _spawn(self, request: dict[str, Any], output: int, channel: int) -> int:
        variables = request["variables"]
        child = subprocess.Popen(
            [part.replace("{channel}", str(channel)) for part in request["command"]],
            env={name: value.replace("{channel}", str(channel)) for name, value in variables.items()},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(channel,),
            start_new_session=True,
        )
        self._children[child.pid] = child
        return child.pid

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._signals, READ_BYTES)
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                _kill_group(pid)  # what it started and left behind
                if child := self._children.pop(pid, None):
                    child.returncode = 0
                if (number := self._running.pop(pid, None)) is not None:
                    self._tell({"ended": number, "status": os.waitstatus_to_exitcode(status)})

    def _tell(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(ConnectionError):  # the emulator has ended; the next read says so
            self._control.sendall(json.dumps(message).encode() + b"\n")

    def _kill_all(self) -> None:
        for pid in self._running:
            _kill_group(pid)


def _note(number: int, frame: object) -> None:
    """The wake-up descriptor does the work: a signal without a handler wakes nothing."""


def _take_streams(output: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    os.close(nothing)


def _status(code: object) -> int:
    if code is None or isinstance(code, int):
        return (code or 0) & 0xFF
    print(code, file=sys.stderr)
    return 1


def _end(status: int) -> NoReturn:
    """Ends an environment as an interpreter ends, without going back to the launcher."""
    import atexit
    import threading

    with contextlib.suppress(BaseException):
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def neighbour(name: str) -> ModuleType:
    """Returns a file beside this one, under no name that a handler's own module could have."""
    own = f"_local_emulator_{name}"
    if own not in sys.modules:
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"{name}.py")
        spec = importlib.util.spec_from_file_location(own, path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{path} cannot be loaded")
        module = sys.modules[own] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[own]


def main() -> None:
    """Serves the requests of the emulator: each forks an environment."""
    sys.path.pop(0)  # this folder
    given = json.loads(sys.argv.pop())
    if given["python"] is not None:
        neighbour("start").prepare(given["python"])
    if "channel" in given:  # an environment by itself, where there is no fork
        sys.exit(neighbour("start").run(given["python"], int(given["channel"])))
    control = socket.socket(fileno=given["control"])
    os.set_inheritable(given["control"], False)
    Launcher(control, given["python"]).run()


if __name__ == "__main__":
    main()
