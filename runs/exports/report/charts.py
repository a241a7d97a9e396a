"""Charts of a report as SVG whose places are percent: they fit any width, and their letters keep their size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import ceil, floor, log10

from runs.exports.report import markup
from runs.exports.report.blocks import Bar, Bars, Curves, Headline, Mark, Matrix, Series

ROW, PLOT, ABOVE, BELOW = 16, 220, 24, 24  # pixels: the height of a bar's line, of a plot, and around that
BESIDE = 62  # pixels left of a plot, see style.css
TICKS = 5  # values on an axis, about
UPRIGHT = 6  # classes up to which the names over a matrix may stand upright
LEVELS = 8  # shades of the cells of a matrix
Place = Callable[[float], float]  # of an axis: a value → percent or pixels
LONGEST = 120  # characters of a name, which may stand in each cell of a matrix


def _named(text: str) -> str:
    """A name or what is told of it, as HTML; of a long one its beginning."""
    return markup.escape(markup.short(text, LONGEST))


def headline(shown: Headline) -> str:
    """The interval, the value and the strongest baseline on one line."""
    low = _percent(shown.low)
    parts = [
        '<line class="axis" x1="0%" x2="100%" y1="14" y2="14"/>',
        f'<rect class="band {shown.tone}" x="{low}%" y="6" height="16" rx="3" width="{_width(shown.low, shown.high)}%">'
        f"<title>{_named(shown.interval)}</title></rect>",
        f'<line class="value {shown.tone}" x1="{_percent(shown.at)}%" x2="{_percent(shown.at)}%" y1="2" y2="26"/>',
    ]
    told = [("band", shown.interval)]
    if shown.baseline:
        at = _percent(shown.baseline.at)
        parts.append(f'<line class="baseline" x1="{at}%" x2="{at}%" y1="0" y2="28">'
                     f"<title>{_named(shown.baseline.told)}</title></line>")  # fmt: skip
        told.append(("baseline", shown.baseline.told))
    name = _named(f"{shown.name} {shown.value}")
    if shown.meaning:
        told.append(("value", shown.meaning))
    keys = "".join(f'<span class="key {kind} {shown.tone}"><bdi>{_named(text)}</bdi></span>' for kind, text in told)
    return (
        f'<div class="headline"><p class="name"><bdi>{_named(shown.name)}</bdi></p>'
        f'<p class="figure {shown.tone}">{_named(shown.value)}</p><p class="of"><bdi>{_named(shown.of)}</bdi></p>'
        f'<svg role="img" aria-label="{name}" width="100%" height="28">{"".join(parts)}</svg>'
        f'<p class="ends"><span>{_named(shown.ends[0])}</span><span>{_named(shown.ends[1])}</span></p>'
        f'<p class="keys">{keys}</p></div>'
    )


def bars(shown: Bars) -> str:
    """Rows with their names and values as text, so that nothing needs to be pointed at."""
    key = (
        f'<p class="keys"><span class="key line"><bdi>{_named(shown.line.told)}</bdi></span></p>' if shown.line else ""
    )
    rows = "".join(_row(one, shown.line, points=shown.points) for one in shown.rows)
    return f'<figure class="bars" role="group" aria-label="{_named(shown.label)}">{key}<ul>{rows}</ul></figure>'


def _row(bar: Bar, line: Mark | None, *, points: bool) -> str:
    at, middle = _percent(bar.at), ROW // 2
    parts = [f"<title>{_named(bar.told or f'{bar.name}: {bar.value}')}</title>",
             f'<rect class="track" width="100%" height="{ROW}" rx="3"/>']  # fmt: skip
    if not points:
        parts.append(f'<rect class="bar {bar.tone}" height="{ROW}" rx="3" width="{at}%"/>')
    if bar.low is not None and bar.high is not None:
        low, high = _percent(bar.low), _percent(bar.high)
        parts.append(f'<line class="reach" x1="{low}%" x2="{high}%" y1="{middle}" y2="{middle}"/>')
        parts += [f'<line class="reach" x1="{end}%" x2="{end}%" y1="4" y2="{ROW - 4}"/>' for end in (low, high)]
    if points:
        parts.append(f'<circle class="point {bar.tone}" cx="{at}%" cy="{middle}" r="5"/>')
    if line:
        place = _percent(line.at)
        parts.append(f'<line class="across" x1="{place}%" x2="{place}%" y1="-6" y2="{ROW + 6}"/>')
    return (
        f'<li><span class="name"><bdi>{_named(bar.name)}</bdi></span><span class="number">{_named(bar.value)}</span>'
        f'<svg width="100%" height="{ROW}" aria-hidden="true">{"".join(parts)}</svg></li>'
    )


def curves(shown: Curves) -> str:
    """Lines, and under the pointer or a finger what they are there, in one place above the plot."""
    xs = [x for one in shown.series for x, _y in one.points] or [0.0]
    left = min(xs) if shown.left is None else shown.left
    width = (max(xs) - left) or 1.0

    def across(x: float) -> float:
        return round(100 * (x - left) / width, 2)

    def down(y: float) -> float:
        low, high = shown.levels[0][0], shown.levels[-1][0]
        return round(PLOT * (1 - (min(max(y, low), high) - low) / ((high - low) or 1.0)), 1)

    lines = "".join(_line(one, number, across, down) for number, one in enumerate(shown.series))
    grid = "".join(
        f'<line class="grid" x1="0%" x2="100%" y1="{down(y)}" y2="{down(y)}"/>'
        f'<text class="tick level" x="-8" y="{down(y) + 4}">{_named(name)}</text>'
        for y, name in shown.levels
    )
    ticks = "".join(
        f'<line class="grid" x1="{across(x)}%" x2="{across(x)}%" y1="{PLOT}" y2="{PLOT + 5}"/>'
        f'<text class="tick place" x="{across(x)}%" y="{PLOT + 19}">{_named(name)}</text>'
        for x, name in shown.places
    )
    kinds = [" open" if one.apart else " dashed" if one.dashed else "" for one in shown.series]
    keys = "".join(f'<span class="key s{number}{kind}"><bdi>{_named(one.name)}</bdi></span>'
                   for number, (one, kind) in enumerate(zip(shown.series, kinds, strict=True)))  # fmt: skip
    return (
        f'<figure class="curves"><p class="keys">{keys}</p>'
        f'<svg role="img" aria-label="{_named(shown.label)}" width="100%" height="{PLOT + ABOVE + BELOW}">'
        f'<g transform="translate({BESIDE} 0)">'
        f'<svg y="{ABOVE}" width="100%" height="{PLOT}" overflow="visible">{grid}{ticks}{lines}</svg>'
        f"{_bands(shown, across)}</g></svg>"
        f"<figcaption><bdi>{_named(shown.below)}</bdi></figcaption></figure>"
    )


def _line(series: Series, number: int, across: Place, down: Place) -> str:
    kind = f"curve s{number}{' dashed' if series.dashed else ''}"
    if series.apart:
        return "".join(f'<circle class="dot open" cx="{across(x)}%" cy="{down(y)}" r="4"/>' for x, y in series.points)
    if len(series.points) == 1:
        [(x, y)] = series.points
        return f'<circle class="dot s{number}" cx="{across(x)}%" cy="{down(y)}" r="4"/>'
    drawn = []
    for (x, y), (to, end) in pairwise(series.points):
        drawn.append(f'<line x1="{across(x)}%" y1="{down(y)}" x2="{across(to)}%" y2="{down(end)}"/>')
    return f'<g class="{kind}">{"".join(drawn)}</g>'


def _bands(shown: Curves, across: Place) -> str:
    """A strip over the whole height for each place that can be read off, up to half way to its neighbours."""
    places = [across(x) for x, _told in shown.told]
    edges = [0.0, *((one + other) / 2 for one, other in pairwise(places)), 100.0]
    return "".join(
        f'<g class="at" tabindex="0"><rect x="{edges[n]:.2f}%" width="{edges[n + 1] - edges[n]:.2f}%" y="0" '
        f'height="{ABOVE + PLOT}"/><line x1="{place}%" x2="{place}%" y1="{ABOVE}" y2="{ABOVE + PLOT}"/>'
        f'<text x="100%" y="14">{_named(told)}</text></g>'
        for n, (place, (_x, told)) in enumerate(zip(places, shown.told, strict=True))
    )


def matrix(shown: Matrix) -> str:
    """A table: the darker a cell the larger its share of the row, right ones in another colour than wrong ones."""
    head = "".join(f'<th scope="col"><span><bdi>{_named(name)}</bdi></span></th>' for name in shown.names)
    kind = "matrix" if len(shown.names) <= UPRIGHT else "matrix turned"
    rows = []
    for number, (name, counts, told) in enumerate(zip(shown.names, shown.counts, shown.told, strict=True)):
        whole = max(1, sum(counts))
        cells = "".join(
            _cell(n, n / whole, said, right=place == number)
            for place, (n, said) in enumerate(zip(counts, told, strict=True))
        )
        rows.append(f'<tr><th scope="row"><bdi>{_named(name)}</bdi></th>{cells}</tr>')
    return (
        f'<div class="scroll"><table class="{kind}"><caption>{_named(shown.corner)}</caption>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(n: int, share: float, said: str, *, right: bool) -> str:
    return f'<td class="{_shade(share, right=right)}" title="{_named(said)}">{f"{n:,}" if n else ""}</td>'


def _shade(share: float, *, right: bool) -> str:
    level = min(LEVELS, max(1, round(LEVELS * share))) if share else 0
    return f"{'r' if right else 'w'}{level}"


def _percent(share: float) -> float:
    return round(100 * min(max(share, 0.0), 1.0), 2)


def _width(low: float, high: float) -> float:
    return max(0.3, round(_percent(high) - _percent(low), 2))


def ticks(low: float, high: float, *, within: bool = False) -> list[float]:
    """Round values on an axis, about `TICKS`, from at most `low` to at least `high`; `within`: none beyond these."""
    raw = (high - low or abs(high) or 1.0) / (TICKS - 1)
    power = 10.0 ** floor(log10(raw))
    step = min((one * power for one in (1, 2, 2.5, 5, 10)), key=lambda one: abs(log10(one / raw)))
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    found = [round(number * step, 12) for number in range(first, max(last, first + 1) + 1)]
    return [one for one in found if low - 1e-9 <= one <= high + 1e-9] if within else found


def axis_end(values: Sequence[float]) -> float:
    """Where an axis of figures that are no shares ends: a little beyond the largest."""
    return 1.1 * max([*values, 1e-9])
