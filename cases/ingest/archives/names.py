"""The names inside an archive: read in the right characters, refused when dangerous, judged as wanted or not."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from models.errors import N_, InputError

_SYSTEM_NAMES = {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"}
_ARCHIVES = {".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_DRIVE = re.compile(r"(^|/)[A-Za-z]:")
_DEVICE = re.compile(r"(^|/)(con|prn|aux|nul|com[1-9¹²³]|lpt[1-9¹²³]|conin\$|conout\$) *(\.|/|$)", re.IGNORECASE)
_ZIP_AGAIN = N_("Zip the folder again with your system's own zip command.")
_RENAME = N_("Rename it and zip the folder again.")


def composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def encoding_of(names: bytes) -> str:
    """UTF-8 (macOS does not flag it), GBK (Chinese Windows), else cp437 (the oldest zips), which can read any bytes.

    To be asked with all names of an archive at once: one short name fits several, a whole archive rarely does.
    """
    for encoding in ("utf-8", "gbk"):
        try:
            text = names.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or is_chinese(text):
            return encoding
    return "cp437"


def is_chinese(text: str) -> bool:
    """Whether at least half of what is beyond ASCII is everyday Chinese.

    Two accented letters of cp437 often make a GBK character too, but a rare one that GB 2312 lacks.
    """
    beyond = "".join(character for character in text if character > "\x7f")
    everyday = beyond.encode("gb2312", errors="ignore").decode("gb2312")
    return 2 * len(everyday) >= len(beyond) and any("一" <= character <= "鿿" for character in everyday)


def refuse_dangerous(name: str, kind: str) -> None:
    """Raise InputError for a name that could lead out of the folder or confuse a file system.

    No name is ever used on the disk; but an archive that holds such a name is broken or was made to do harm.
    """
    if danger := _danger(name):
        found, remedy = danger
        expected = N_("The names in a {kind} must be plain paths that stay inside it.")
        raise InputError(found=found, expected=expected, remedy=remedy, file=printable(name), kind=kind)


def _danger(name: str) -> tuple[str, str] | None:
    if _CONTROL.search(name.removesuffix("Icon\r")):  # macOS calls the picture of a folder so
        return N_("The name “{file}” in the {kind} contains control characters."), _RENAME
    if "\\" in name:
        return N_("The name “{file}” in the {kind} contains a backslash."), _ZIP_AGAIN
    if name.startswith("/"):
        return N_("The name “{file}” in the {kind} is an absolute path."), _ZIP_AGAIN
    if _DRIVE.search(name):
        return N_("The name “{file}” in the {kind} includes a drive letter."), _ZIP_AGAIN
    if any(part.rstrip() == ".." for part in name.split("/")):
        return N_("The name “{file}” in the {kind} points outside its folder."), _ZIP_AGAIN
    if _DEVICE.search(name):
        return N_("The name “{file}” in the {kind} is a reserved name on Windows."), _RENAME
    return None


def printable(name: str) -> str:
    """`name` for a message: at most 120 characters, the invisible ones replaced."""
    return "".join(character if character.isprintable() else "�" for character in name[:120])


def plain(name: str) -> str:
    """`name` without empty and `.` parts."""
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def why_unwanted(name: str, size: int, suffixes: frozenset[str]) -> str | None:
    """The reason (a message id) for leaving a file of `size` bytes in the archive, or None for a wanted one."""
    if any(part.startswith(".") or part.lower() in _SYSTEM_NAMES for part in name.split("/")):
        return N_("A system file.")
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _ARCHIVES - suffixes:
        return N_("A nested archive; not opened.")
    if suffix not in suffixes:
        return N_("Unsupported file type.")
    return None if size else N_("An empty file (0 bytes).")
