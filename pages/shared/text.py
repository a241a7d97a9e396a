"""What every figure and every text on a page share."""

from __future__ import annotations

import re

# Of figures, by what they mean; the theme has the colour for its light or dark ground.
ACCENT, WRONG, CAUTION, QUIET = "theme-accent", "theme-wrong", "theme-caution", "theme-quiet"
GROUND = "theme-ground"  # that of the page, where words lie over lines
COLOURS = (  # of classes and groups, one after the other; the theme has each lighter or darker, see `themed`
    "#159084", "#d9772b", "#6f73d2", "#b08d10", "#c04a80", "#3d8fd8", "#6f9a24", "#9b6a4a", "#b06ad0", "#7d7f7e",
)  # fmt: skip
MARKS = ("circle", "square", "diamond", "triangle-up", "cross")  # once the colours are used up


def themed(n: int) -> str:
    """The n-th of `COLOURS` in a figure, as the theme has it on its light or dark ground."""
    return f"theme-{n % len(COLOURS)}"


_IN_ADDRESS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=@)", re.IGNORECASE)


def plain(text: str) -> str:
    """A person's text inside Markdown: shown as it is, never as markup and never as a link.

    Streamlit looks for addresses once the escapes are gone, so that these do not help: a sign without width does.
    """
    unlinked = _IN_ADDRESS.sub("\N{WORD JOINER}", text)
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|$:~&])", r"\\\1", unlinked)


_MARK = re.compile(r"\\([\\`*_{}\[\]()<>#+\-.!|$:~&])|(\*\*)")


def spans(markdown: str) -> list[tuple[str, bool]]:
    """Sentences with `**bold**` and the escapes of `plain` as texts, and whether each is bold."""
    found, strong, text, last = [], False, "", 0
    for mark in _MARK.finditer(markdown):
        text += markdown[last : mark.start()] + (mark[1] or "")
        last = mark.end()
        if mark[2]:
            found.append((text, strong))
            strong, text = not strong, ""
    found.append((text + markdown[last:], strong))
    return [one for one in found if one[0]]


def quoted(text: str, most: int) -> str:
    """A text of a person's on one line of Markdown, cut where it is longer than `most` characters."""
    line = " ".join(text.split())
    return plain(line if len(line) <= most else f"{line[:most]}…")


def unbroken(text: str) -> str:
    """The same on one line: a browser breaks a date after each of its hyphens, too."""
    return text.replace("-", "-\N{WORD JOINER}").replace(" ", "\N{NO-BREAK SPACE}")


def percent(share: float) -> str:
    """Of a share that was chosen: as short as it was."""
    return f"{round(100 * share, 1):g}%"


def bold(text: str) -> str:
    return f"**{text}**"


def small(text: str) -> str:
    """Of Markdown without brackets of its own."""
    return f":small[{text}]"


def escaped(text: str) -> str:
    """Plotly reads some HTML in labels."""
    return text.replace("&", "&amp;").replace("<", "&lt;")
