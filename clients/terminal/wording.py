"""Formats one upload as text. Pure."""

from __future__ import annotations

from typing import Any

from clients.terminal.news import DEFAULT_LIMITS, age_seconds, is_quiet, is_stalled
from clients.terminal.prediction import PredictionLimits

UNITS = ("B", "kB", "MB", "GB", "TB")


def size(count: float) -> str:
    """Returns bytes with a unit, in powers of 1000: `999 B`, `42.0 MB`."""
    for unit in UNITS:
        if count < 999.95 or unit == UNITS[-1]:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")


def seconds(count: float) -> str:
    """Returns a duration: `9 s`, `1:05`, `2:00:00`."""
    whole = int(count)
    if whole < 60:
        return f"{whole} s"
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def name(upload: dict[str, Any]) -> str:
    """Returns the name, without characters that control a terminal."""
    return printable(str(upload.get("fileName") or upload["uploadId"]))


def printable(text: str) -> str:
    """Returns the text with U+FFFD in place of each character that a terminal would act on."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def progress(upload: dict[str, Any]) -> str:
    """Returns `42.0 MB of 100.0 MB`, as far as the sizes are known."""
    done, total = upload.get("bytesUploaded"), upload.get("bytesTotal")
    if not isinstance(done, int | float) or (not done and total is None):
        return ""
    return size(done) if not isinstance(total, int | float) or done == total else f"{size(done)} of {size(total)}"


def silence(upload: dict[str, Any], now: float, stalled_after: float, limits: PredictionLimits = DEFAULT_LIMITS) -> str:
    """Returns the age of the news, with `stalled` where it applies; empty while the news is fresh."""
    stalled = is_stalled(upload, now, stalled_after)
    if not stalled and not is_quiet(upload, now, limits):
        return ""
    return f"{'stalled, ' if stalled else ''}no news for {seconds(age_seconds(upload, now))}"


def remark(upload: dict[str, Any], silent: str = "") -> str:
    """Returns the error, or the phase with speed and time left; for a silent upload, its silence."""
    status = upload["status"]
    if status == "failed":
        error = upload.get("error")
        return printable(str((error if isinstance(error, dict) else {}).get("message") or "failed"))
    if status in ("completed", "canceled", "queued", "paused"):
        return "  ".join(one for one in (silent, str(status)) if one)
    doing = upload.get("message") or upload.get("phase") or ("processing" if status == "processing" else None)
    said = (silent, doing, _phase_percent(upload), "" if silent else _speed(upload))
    return "  ".join(printable(str(one)) for one in said if one)


def _phase_percent(upload: dict[str, Any]) -> str:
    percent = upload.get("phasePercent")
    return f"{percent:.0f} %" if isinstance(percent, int | float) and upload["status"] == "processing" else ""


def _speed(upload: dict[str, Any]) -> str:
    speed, left = upload.get("bytesPerSecond"), upload.get("etaSeconds")
    said = [f"{size(speed)}/s"] if isinstance(speed, int | float) else []
    return "  ".join(said + ([f"{seconds(left)} left"] if isinstance(left, int | float) else []))
