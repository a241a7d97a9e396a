"""Small figures as SVG: lines, bars and cells, without colours; the style sheet gives each class those of the theme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

WIDTH, HEIGHT = 320, 192
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 22, 32  # margins round the plane, for ticks and names of the axes


@dataclass(frozen=True)
class Figure:
    """`caption` says what is drawn, and from which numbers; `legend` names the tones, in their order."""

    svg: str
    caption: str
    legend: Sequence[str] = ()


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, with the values that are written at it."""

    name: str
    low: float
    high: float
    ticks: Sequence[float] = ()


@dataclass(frozen=True)
class Line:
    """x and y, (points,) each; `tone` from 0 to 3 is its colour, `dotted` marks each point."""

    x: np.ndarray
    y: np.ndarray
    tone: int = 0
    dotted: bool = False


def sheet(inside: str, *, width: int = WIDTH, height: int = HEIGHT) -> str:
    return f'<svg viewBox="0 0 {width} {height}" aria-hidden="true">{inside}</svg>'


def text(x: float, y: float, said: str, name: str = "tick", anchor: str = "middle") -> str:
    return f'<text class="{name}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(said)}</text>'


def rect(x: float, y: float, width: float, height: float, name: str, opacity: float = 1) -> str:
    shown = "" if opacity == 1 else f' fill-opacity="{opacity:.2f}"'
    return f'<rect class="{name}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"{shown}/>'


def plot(lines: Sequence[Line], x: Axis, y: Axis, *, diagonal: bool = False) -> str:
    """Lines in a plane; what lies outside the axes is cut off."""
    drawn = [_frame(x, y)]
    if diagonal:
        drawn.append(_path(Line(np.array([x.low, x.high]), np.array([y.low, y.high])), x, y, "reference"))
    drawn += [_path(line, x, y, f"line tone-{line.tone}") for line in lines]
    drawn += [_dots(line, x, y) for line in lines if line.dotted]
    return sheet("".join(drawn))


def bars(values: Sequence[float], names: Sequence[str], y: Axis, *, chosen: int | None = None) -> str:
    """One bar for each value, its name below it; the `chosen` one, or all, in the accent."""
    axis = Axis("", 0, len(values))
    wide = (WIDTH - LEFT - RIGHT) / len(values)
    drawn = [_frame(axis, y)]
    for n, (value, name) in enumerate(zip(values, names, strict=True)):
        low, high = _at(max(value, 0), y, HEIGHT - BOTTOM, TOP), _at(min(value, 0), y, HEIGHT - BOTTOM, TOP)
        tone = 0 if chosen in (None, n) else 2
        drawn.append(rect(LEFT + (n + 0.2) * wide, low, 0.6 * wide, max(high - low, 1), f"bar tone-{tone}"))
        drawn.append(text(LEFT + (n + 0.5) * wide, HEIGHT - BOTTOM + 15, name))
    return sheet("".join(drawn))


def _frame(x: Axis, y: Axis) -> str:
    floor, left, right = HEIGHT - BOTTOM, LEFT, WIDTH - RIGHT
    drawn = [f'<path class="axis" d="M{left} {TOP}V{floor}H{right}"/>', text(right, HEIGHT - 4, x.name, "name", "end")]
    drawn.append(text(4, 12, y.name, "name", "start"))
    drawn += [text(_at(value, x, left, right), floor + 15, f"{value:,g}") for value in x.ticks]
    drawn += [text(left - 6, _at(value, y, floor, TOP) + 4, f"{value:,g}", anchor="end") for value in y.ticks]
    return "".join(drawn)


def _at(value: float, axis: Axis, start: float, end: float) -> float:
    return start + (value - axis.low) / (axis.high - axis.low) * (end - start)


def _places(line: Line, x: Axis, y: Axis) -> list[tuple[float, float]]:
    inside = (line.y >= y.low) & (line.y <= y.high) & (line.x >= x.low) & (line.x <= x.high)
    return [(_at(one, x, LEFT, WIDTH - RIGHT), _at(other, y, HEIGHT - BOTTOM, TOP))
            for one, other in zip(line.x[inside], line.y[inside], strict=True)]  # fmt: skip


def _path(line: Line, x: Axis, y: Axis, name: str) -> str:
    return f'<path class="{name}" d="M{"L".join(f"{a:.1f} {b:.1f}" for a, b in _places(line, x, y))}"/>'


def _dots(line: Line, x: Axis, y: Axis) -> str:
    return "".join(f'<circle class="dot tone-{line.tone}" cx="{a:.1f}" cy="{b:.1f}" r="3"/>'
                   for a, b in _places(line, x, y))  # fmt: skip
