"""Runs a tool as a child process, and reports its progress."""

import asyncio
import logging
import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

from ..reporter import UploadReporter
from .lines import LineSplitter
from .percent import Reader

CHUNK_BYTES = 64 * 1024
MAX_OUTPUT_BYTES = 1024 * 1024
KILLED_OUTPUT_SECONDS = 1.0  # a process that the killed one had started may keep its outputs open

log = logging.getLogger("upload_progress_reporter")


def run(
    report: UploadReporter,
    phase: str,
    command: Sequence[str | os.PathLike[str]],
    reader: Reader,
    *,
    step: int = 1,
    steps: int = 1,
    stalled_after_seconds: int | None = None,
    timeout_seconds: float | None = None,
    **options: Any,
) -> subprocess.CompletedProcess[bytes]:
    """Runs `command` as a phase of processing; returns when it has ended with exit status 0.

    The answer holds the last MiB of each output. `options` are those of `subprocess.Popen`; an output that they lead
    elsewhere, `stdout=file` for instance, is not read. Standard input is empty by default.

    Raises:
        subprocess.CalledProcessError: the exit status is not 0 (negative: the signal that killed it), with the output.
        subprocess.TimeoutExpired: `timeout_seconds` have passed; the process was killed.
    """
    read = _begin(report, phase, reader, step, steps, stalled_after_seconds)
    return follow(command, read, timeout_seconds=timeout_seconds, **options)


async def run_async(
    report: UploadReporter,
    phase: str,
    command: Sequence[str | os.PathLike[str]],
    reader: Reader,
    *,
    step: int = 1,
    steps: int = 1,
    stalled_after_seconds: int | None = None,
    timeout_seconds: float | None = None,
    **options: Any,
) -> subprocess.CompletedProcess[bytes]:
    """Runs `command` as `run` does, without blocking asyncio's event loop.

    Raises:
        asyncio.CancelledError: the task was canceled; the process was killed and has ended.
        subprocess.CalledProcessError, subprocess.TimeoutExpired: as `run` does.
    """
    read = _begin(report, phase, reader, step, steps, stalled_after_seconds)
    return await follow_async(command, read, timeout_seconds=timeout_seconds, **options)


def follow(
    command: Sequence[str | os.PathLike[str]],
    read: Callable[[str], object],
    *,
    timeout_seconds: float | None = None,
    **options: Any,
) -> subprocess.CompletedProcess[bytes]:
    """Runs `command` as `run` does, and calls `read` with each line of its outputs.

    The calls come one at a time, from other threads. An exception of `read` ends the calls, not the command.

    Raises:
        subprocess.CalledProcessError, subprocess.TimeoutExpired: as `run` does.
    """
    return _Tool(command, read, options).wait(timeout_seconds)


async def follow_async(
    command: Sequence[str | os.PathLike[str]],
    read: Callable[[str], object],
    *,
    timeout_seconds: float | None = None,
    **options: Any,
) -> subprocess.CompletedProcess[bytes]:
    """Runs `command` as `follow` does, without blocking asyncio's event loop; `read` is called from other threads.

    Raises:
        asyncio.CancelledError, subprocess.CalledProcessError, subprocess.TimeoutExpired: as `run_async` does.
    """
    tool = _Tool(command, read, options)
    waiter = ThreadPoolExecutor(1)
    ended = asyncio.get_running_loop().run_in_executor(waiter, tool.wait, timeout_seconds)
    waiter.shutdown(wait=False)
    ended.add_done_callback(asyncio.Future.exception)  # after a cancellation nothing else retrieves it
    try:
        await asyncio.wait([ended])
    except asyncio.CancelledError:
        tool.kill()
        await asyncio.wait([ended], timeout=2 * KILLED_OUTPUT_SECONDS)
        raise
    return ended.result()


def _begin(
    report: UploadReporter, phase: str, reader: Reader, step: int, steps: int, stalled_after_seconds: int | None
) -> Callable[[str], None]:
    """Reports the start of the phase, and returns the function that reads its lines."""
    report.processing(phase, step=step, steps=steps, stalled_after_seconds=stalled_after_seconds)
    return _Progress(report, phase, reader, step, steps).read


class _Tool:
    """A child process and its outputs."""

    def __init__(
        self, command: Sequence[str | os.PathLike[str]], read: Callable[[str], object], options: Mapping[str, Any]
    ) -> None:
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self._process = subprocess.Popen(command, **{**pipes, **options})
        self._is_killed = False
        self._lines = _Lines(read, os.fspath(command[0]))
        self._outputs = [_Output(stream, self._lines) for stream in (self._process.stdout, self._process.stderr)]

    def wait(self, timeout_seconds: float | None) -> subprocess.CompletedProcess[bytes]:
        """Returns the end with exit status 0, after the last line. Raises what `run` does."""
        try:
            self._process.wait(timeout_seconds)
        except BaseException:
            self.kill()
            self._process.wait()
            raise
        finally:
            output_seconds = KILLED_OUTPUT_SECONDS if self._is_killed else None
            stdout, stderr = [output.end(output_seconds) for output in self._outputs]
        finished = subprocess.CompletedProcess(self._process.args, self._process.returncode, stdout, stderr)
        finished.check_returncode()
        return finished

    def kill(self) -> None:
        """Ends the process, and the reading of its lines."""
        self._is_killed = self._lines.has_ended = True
        self._process.kill()


class _Progress:
    """Reports the percent of each line that changes it; after an exception of the reader it is unknown."""

    def __init__(self, report: UploadReporter, phase: str, reader: Reader, step: int, steps: int) -> None:
        self._report, self._phase, self._reader = report, phase, reader
        self._step, self._steps = step, steps
        self._percent: float | None = None

    def read(self, line: str) -> None:
        percent = None
        try:
            percent = self._reader(line)
        finally:
            if percent != self._percent:
                self._percent = percent
                self._report.processing(self._phase, percent=percent, step=self._step, steps=self._steps)


class _Lines:
    """Passes lines on one at a time; no exception of their reader reaches the process."""

    def __init__(self, read: Callable[[str], object], tool: str) -> None:
        self._read, self._tool = read, tool
        self._lock = threading.Lock()
        self.has_ended = False

    def read(self, line: str) -> None:
        with self._lock:
            if self.has_ended:
                return
            try:
                self._read(line)
            except Exception:
                log.warning("The output of %s is no longer read.", self._tool, exc_info=True)
                self.has_ended = True


class _Output:
    """One output of a process, read by a thread so that the process never waits for it."""

    def __init__(self, stream: IO[bytes] | None, lines: _Lines) -> None:
        self._lines, self._kept = lines, bytearray()
        self._thread = None if stream is None else threading.Thread(target=self._read, args=(stream,), daemon=True)
        if self._thread:
            self._thread.start()

    def end(self, timeout_seconds: float | None) -> bytes | None:
        """Returns the last output, after the last line or this time; None if it went elsewhere."""
        if self._thread is None:
            return None
        self._thread.join(timeout_seconds)
        return bytes(self._kept[-MAX_OUTPUT_BYTES:])

    def _read(self, stream: IO[bytes]) -> None:
        splitter = LineSplitter()
        with stream:
            while chunk := os.read(stream.fileno(), CHUNK_BYTES):
                self._keep(chunk)
                for line in splitter.feed(chunk):
                    self._lines.read(line)
        for line in splitter.end():
            self._lines.read(line)

    def _keep(self, chunk: bytes) -> None:
        self._kept += chunk
        if len(self._kept) > 2 * MAX_OUTPUT_BYTES:
            del self._kept[:-MAX_OUTPUT_BYTES]
