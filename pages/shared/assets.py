"""What lies beside a part's Python: the HTML, CSS and JavaScript of its component."""

from __future__ import annotations

from pathlib import Path


def read(module: str, *names: str) -> str:
    """The text of these files, joined; `module` is the `__file__` they lie beside."""
    return "\n".join((Path(module).parent / name).read_text(encoding="utf-8") for name in names)


LASTING = read(__file__, "lasting.js")


def script(module: str, *names: str) -> str:
    """The script of a component: these files, the last of which exports what `lasting` makes of its function."""
    return f"{LASTING}\n{read(module, *names)}"
