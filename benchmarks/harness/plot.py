"""A line chart as SVG, with what a reader needs to read it and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10

WIDTH, HEIGHT = 760, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 56, 44
COLOURS = ("#1f6feb", "#d1242f", "#1a7f37", "#8250df")

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """One series; `dashed` is for a limit rather than an observation."""

    label: str
    points: Sequence[Point]
    dashed: bool = False


def chart(title: str, x_label: str, y_label: str, lines: Sequence[Line]) -> str:
    """The chart as an SVG document. Both axes begin at 0."""
    most_x = max(x for line in lines for x, _ in line.points)
    most_y = max(y for line in lines for _, y in line.points) * 1.05
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"',
        ' font-family="system-ui, sans-serif" font-size="12" role="img">',
        f'<title>{escape(title)}</title><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="20" font-size="14" font-weight="600">{escape(title)}</text>',
        *_axes(x_label, y_label, most_x, most_y),
    ]
    for number, line in enumerate(lines):
        parts += _line(line, number, most_x, most_y)
    return "\n".join([*parts, "</svg>"]) + "\n"


def per_second(moments: Sequence[float], until_ms: float, bin_ms: float = 1000) -> list[Point]:
    """How many moments (milliseconds) per second, as steps over seconds."""
    counts = [0] * (int(until_ms // bin_ms) + 1)
    for at in moments:
        if at <= until_ms:
            counts[int(at // bin_ms)] += 1
    return [
        (edge * bin_ms / 1000, count * 1000 / bin_ms)
        for number, count in enumerate(counts)
        for edge in (number, number + 1)
    ]


def ticks(most: float, about: int = 6) -> list[float]:
    """Round numbers from 0 to `most`."""
    rough = most / about
    magnitude = 10.0 ** floor(log10(rough))
    step = next(size * magnitude for size in (1, 2, 5, 10) if size * magnitude >= rough)
    return [number * step for number in range(int(most / step) + 1)]


def _x(value: float, most: float) -> float:
    return round(LEFT + value / most * (WIDTH - LEFT - RIGHT), 1)


def _y(value: float, most: float) -> float:
    return round(HEIGHT - BOTTOM - value / most * (HEIGHT - TOP - BOTTOM), 1)


def _axes(x_label: str, y_label: str, most_x: float, most_y: float) -> list[str]:
    parts = []
    for value in ticks(most_y):
        y = _y(value, most_y)
        parts.append(f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="#d0d7de"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{value:,.10g}</text>')
    for value in ticks(most_x, 8):
        x = _x(value, most_x)
        parts.append(f'<path d="M{x} {HEIGHT - BOTTOM}v4" stroke="#57606a"/>')
        parts.append(f'<text x="{x}" y="{HEIGHT - BOTTOM + 17}" text-anchor="middle">{value:,.10g}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x_label)}</text>')
    half = (TOP + HEIGHT - BOTTOM) / 2
    turned = f'transform="rotate(-90 14 {half})"'
    parts.append(f'<text x="14" y="{half}" text-anchor="middle" {turned}>{escape(y_label)}</text>')
    return parts


def _line(line: Line, number: int, most_x: float, most_y: float) -> list[str]:
    colour = COLOURS[number % len(COLOURS)]
    dash = ' stroke-dasharray="6 4"' if line.dashed else ""
    path = "L".join(f"{_x(x, most_x)} {_y(y, most_y)}" for x, y in line.points)
    left = LEFT + 170 * number
    return [
        f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.5"{dash}/>',
        f'<path d="M{left} 38h18" stroke="{colour}" stroke-width="2"{dash}/>',
        f'<text x="{left + 24}" y="42">{escape(line.label)}</text>',
    ]
