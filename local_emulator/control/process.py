"""The emulator's process, from its start to its end, with its output."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, cast

from local_emulator.control.errors import EmulatorStartError

POLL_SECONDS = 0.02
STOP_SECONDS = 15.0
MAX_OUTPUT_BYTES = 4 * 1024 * 1024
FOLDER = str(Path(__file__).parents[2])  # of the package, installed or not
# -P and an appended path: no file of the working folder or of another package replaces a module of the emulator.
PROGRAM = f"import sys; sys.path.append({FOLDER!r}); from local_emulator.__main__ import main; sys.exit(main())"


class EmulatorProcess:
    """One run of the command line. It ends with the process that started it, killed or not."""

    def __init__(self, arguments: Sequence[str], folder: Path | None, variables: Mapping[str, str]) -> None:
        # Removed by the emulator at its end.
        self._ready_file = Path(tempfile.gettempdir()) / f"apigw-emulator-{secrets.token_hex(16)}.json"
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  # has no name, so nothing of it is left behind
        command = [sys.executable, "-P", "-c", PROGRAM, *arguments]
        command += ["--exit-with-parent", "--ready-file", str(self._ready_file)]
        try:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **variables},
                stdin=subprocess.PIPE,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the program that started it, which then stops it
            )
        except OSError as problem:
            self._output.close()
            raise EmulatorStartError(f"the emulator cannot be started: {problem}", "", None) from problem

        self._stdin = cast(IO[bytes], self._process.stdin)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        return self._process.poll()

    def ended_within(self, seconds: float) -> int | None:
        """Returns the exit status, None if the process still runs after `seconds`."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None

    def wait_until_ready(self, timeout_seconds: float) -> dict[str, Any]:
        """Returns the ready line. Raises EmulatorStartError if it does not come; the process may then still run."""
        end = time.monotonic() + timeout_seconds
        while not self._ready_file.exists():
            if (status := self.exit_status) is not None:
                raise self._not_started(self._last_words(), status)
            if time.monotonic() > end:
                self._process.kill()  # its children end with it, however it ends
                raise self._not_started(f"the emulator is not ready after {timeout_seconds:g} s", None)
            time.sleep(POLL_SECONDS)
        facts: dict[str, Any] = json.loads(self._ready_file.read_bytes())
        return facts

    @property
    def output_bytes(self) -> int:
        """The size of what the process has printed."""
        return os.fstat(self._output.fileno()).st_size

    def output(self, start: int = 0) -> str:
        """Returns what the process has printed from a byte on: the end of it, at most 4 MB."""
        end = self.output_bytes
        start = max(start, end - MAX_OUTPUT_BYTES)
        return os.pread(self._output.fileno(), end - start, start).decode("utf-8", "replace")

    def stop(self) -> str:
        """Ends the process and all functions. Returns its output."""
        self._stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        output = self.output()
        self._output.close()
        self._ready_file.unlink(missing_ok=True)
        return output

    def _not_started(self, message: str, status: int | None) -> EmulatorStartError:
        return EmulatorStartError(message, self.output(), status)

    def _last_words(self) -> str:
        """Returns the emulator's own message, the last lines of a traceback otherwise."""
        lines = self.output().rstrip().splitlines()
        own = [line for line in lines if line.startswith("apigw-emulator: ")]
        return own[-1] if own else "\n".join(lines[-20:]) or "the emulator ended without a message"
