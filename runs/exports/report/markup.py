"""Text as HTML: whatever a person wrote stays text."""

from __future__ import annotations

import html
import re

NAME = 300  # characters of a title or of a cell
_TOKEN = re.compile(r"\\([\\`*_{}\[\]()<>#+\-.!|$:~&])|\*\*")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")  # HTML cannot hold these


def escape(text: str) -> str:
    """For an element or an attribute in double quotes; what HTML cannot hold is shown as �."""
    return html.escape(_UNFIT.sub("\N{REPLACEMENT CHARACTER}", text), quote=True)


def short(text: str, most: int = NAME) -> str:
    """Its beginning where it is longer than `most` characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def prose(markdown: str) -> str:
    """Sentences with `**bold**` and with the escapes of `pages.shared.text.plain`; all else is text."""
    parts, bold, last = [], False, 0
    for found in _TOKEN.finditer(markdown):
        parts.append(escape(markdown[last : found.start()]))
        if found[1]:
            parts.append(escape(found[1]))
        else:
            parts.append("</strong>" if bold else "<strong>")
            bold = not bold
        last = found.end()
    parts += [escape(markdown[last:]), "</strong>" if bold else ""]
    return "".join(parts)
