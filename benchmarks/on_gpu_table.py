"""What `benchmarks.on_gpu` prints: the machine, two lines for each part, a summary, and every error in full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

COLUMNS = (("part", 22), ("side", 9), ("items/s", 9), ("features/s", 10), ("computes", 8), ("ceiling", 8),
           ("memory MB", 9), ("loss", 15), ("times", 6), ("resume", 12), ("seconds", 7), ("weights", 0))  # fmt: skip


def machine(known: dict[str, Any]) -> str:
    """One paragraph."""
    told = [f"{name}: {value}" for name, value in known.get("machine", {}).items() if value is not None]
    told += [f"{kind} product: {value / 1e12:.3g} TFLOP/s" for kind, value in known.get("ceiling", {}).items()]
    return "  ".join(told)


def headings() -> str:
    return _line([name for name, _ in COLUMNS])


def lines(row: dict[str, Any]) -> Iterator[str]:
    """Of Casebook, and of the stock example where it was tried."""
    if "not_run" in row:
        yield _line([row["name"], f"not run: {row['not_run']}"])
        return
    resume = row.get("resume", {})
    failed = ", ".join(row["errors"])
    yield _line([row["name"], "Casebook", *_figures(row), _number(row.get("times_stock"), ".2f"),
                 resume.get("verdict", ""), _number(row["seconds"], ".1f"), row.get("weights", "")])  # fmt: skip
    if row.get("stock"):
        yield _line(["", "stock", *_figures(row["stock"])])
    if resume.get("usual"):
        yield _line(["", f"after the kill {resume['apart']:.0e} apart, two unbroken runs {resume['usual']:.0e}"])
    if failed:
        yield _line(["", f"FAILED: {failed}; see below"])
    yield from (_line(["", note]) for note in row.get("notes", ()))


def _figures(side: dict[str, Any]) -> Sequence[str]:
    before, after = side.get("loss_before"), side.get("loss_after")
    loss = "" if before is None or after is None else f"{before:.3f} → {after:.3f}"
    return (_number(side.get("items_per_second"), ".0f"), _number(side.get("features_per_second"), ".0f"),
            _number(side.get("busy"), ".0%"), _number(side.get("of_ceiling"), ".1%"),
            _number(side.get("memory_mb"), ".0f"), loss)  # fmt: skip


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def summary(known: dict[str, Any]) -> str:
    return "  ".join(f"{name}: {value}" for name, value in known.items())


def errors(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """All of each, under a heading."""
    for row in rows:
        for section, text in row["errors"].items():
            yield f"\n== {row.get('name', 'machine')}: {section}\n{text}"


def _line(cells: Sequence[str]) -> str:
    widths = [width for _, width in COLUMNS[: len(cells) - 1]] + [0]
    return " ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()
