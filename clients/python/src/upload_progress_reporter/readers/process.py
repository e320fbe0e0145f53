"""Runs a tool as a child process, and reports its progress."""

import logging
import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from typing import IO, Any

from ..reporter import UploadReporter
from .lines import LineSplitter
from .percent import Reader

CHUNK_BYTES = 64 * 1024
MAX_OUTPUT_BYTES = 1024 * 1024

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
    report.processing(phase, step=step, steps=steps, stalled_after_seconds=stalled_after_seconds)
    progress = _Progress(report, phase, reader, step, steps)
    return follow(command, progress.read, timeout_seconds=timeout_seconds, **options)


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
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **{**pipes, **options}) as process:
        lines = _Lines(read, os.fspath(command[0]))
        outputs = [_Output(stream, lines) for stream in (process.stdout, process.stderr)]
        try:
            process.wait(timeout_seconds)
        except BaseException:
            process.kill()
            raise
        finally:
            stdout, stderr = [output.end() for output in outputs]
    finished = subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)
    finished.check_returncode()
    return finished


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
        self._is_broken = False

    def read(self, line: str) -> None:
        with self._lock:
            if self._is_broken:
                return
            try:
                self._read(line)
            except Exception:
                log.warning("The output of %s is no longer read.", self._tool, exc_info=True)
                self._is_broken = True


class _Output:
    """One output of a process, read by a thread so that the process never waits for it."""

    def __init__(self, stream: IO[bytes] | None, lines: _Lines) -> None:
        self._lines, self._kept = lines, bytearray()
        self._thread = None if stream is None else threading.Thread(target=self._read, args=(stream,), daemon=True)
        if self._thread:
            self._thread.start()

    def end(self) -> bytes | None:
        """Returns the last output; None if it went elsewhere."""
        if self._thread is None:
            return None
        self._thread.join()
        return bytes(self._kept[-MAX_OUTPUT_BYTES:])

    def _read(self, stream: IO[bytes]) -> None:
        splitter = LineSplitter()
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
