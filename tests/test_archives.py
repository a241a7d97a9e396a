"""Every attack is made on the spot, as a zip of a few files; each must be refused whole and leave nothing behind."""

from __future__ import annotations

import shutil
import struct
import zipfile
from types import SimpleNamespace

import pytest

from cases.ingest.archives import Limits, Member, SetAside, Unpacked, unpack
from models.errors import InputError

PICTURES = frozenset({".jpg", ".png"})
PLAIN_PATHS = "The names in a zip must be plain paths that stay inside it."
ZIP_AGAIN = "Zip the folder again with your system's own zip command."
RENAME = "Rename it and zip the folder again."
OWN_PLACE = (
    "Every file in a zip must have its own position and a single size. Create the zip again from the original files."
)
DAMAGED = (
    "“a.jpg” in the zip is damaged: its size or checksum does not match. Every file must match the size and checksum "
    "in the archive. Upload it again, or create the archive again."
)
CUT_OFF = (
    "The zip is cut off or damaged: its table of contents cannot be read. A complete zip is needed. Upload it again, "
    "or create the archive again."
)
LOCAL, CENTRAL = b"PK\3\4", b"PK\1\2"
FLAGS = {LOCAL: 6, CENTRAL: 8}
METHOD = {LOCAL: 8, CENTRAL: 10}
CHECKSUM = {LOCAL: 14, CENTRAL: 16}
SIZE = {LOCAL: 22, CENTRAL: 24}
OFFSET = {CENTRAL: 42}


@pytest.fixture
def box(tmp_path):
    """The uploaded zip, and the folder to unpack into."""
    return SimpleNamespace(zip=tmp_path / "upload" / "data.zip", folder=tmp_path / "data", around=tmp_path)


def make(box, files, method=zipfile.ZIP_DEFLATED):
    box.zip.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(box.zip, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def forge(box, header, field, value, form="<I", entry=0):
    """Overwrite one field in the local or central header of one entry."""
    content = bytearray(box.zip.read_bytes())
    at = -1
    for _ in range(entry + 1):
        at = content.index(header, at + 1)
    struct.pack_into(form, content, at + field[header], value)
    box.zip.write_bytes(content)


def rename(box, old, new):
    """Names as no zip program would write them: of the same length, in raw bytes."""
    assert len(old) == len(new)
    box.zip.write_bytes(box.zip.read_bytes().replace(old, new))


def refusal(box, **options):
    """The whole message; and nothing was written, neither in the folder nor beside it."""
    with pytest.raises(InputError) as refused:
        unpack(box.zip, box.folder, suffixes=PICTURES, **options)
    assert [path for path in box.around.rglob("*") if path.is_file()] == [box.zip]
    return str(refused.value)


def names(unpacked):
    return [member.name for member in unpacked.members]


def test_wanted_files_are_written_under_numbers_and_listed_by_name(box):
    make(box, {"cats/b.JPG": b"two", "cats/": b"", "cats/a.png": b"one", "./dogs//c.jpg": b"three"})
    seen = []
    unpacked = unpack(box.zip, box.folder, suffixes=PICTURES, progress=lambda *progress: seen.append(progress))
    files = {"cats/a.png": "1.png", "cats/b.JPG": "2.jpg", "dogs/c.jpg": "3.jpg"}
    assert unpacked == Unpacked([Member(name, box.folder / file) for name, file in files.items()], [])
    assert [member.file.read_bytes() for member in unpacked.members] == [b"one", b"two", b"three"]
    assert seen == [(1, 3), (2, 3), (3, 3)]


LEFT = {"__MACOSX/cats/._a.jpg", "cats/.DS_Store", "cats/.hidden/a.jpg", "cats/Icon\r", "cats/Thumbs.db",
        "cats/desktop.ini", "old/desktop.INI"}  # fmt: skip


def test_harmless_files_that_are_not_wanted_are_set_aside_with_the_reason(box):
    others = {"cats/empty.jpg": b"", "more.zip": b"PK", "notes.TXT": b"notes"}
    make(box, {"cats/a.jpg": b"picture"} | dict.fromkeys(LEFT, b"left") | others)
    unpacked = unpack(box.zip, box.folder, suffixes=PICTURES)
    assert names(unpacked) == ["cats/a.jpg"]
    reasons = dict.fromkeys(LEFT, "A system file.") | {
        "cats/empty.jpg": "An empty file (0 bytes).", "more.zip": "A nested archive; not opened.",
        "notes.TXT": "Unsupported file type.",
    }  # fmt: skip
    assert unpacked.set_aside == [SetAside(*one) for one in sorted(reasons.items())]
    assert [path.name for path in box.folder.iterdir()] == ["1.jpg"]


@pytest.mark.parametrize(("encoding", "name"), [
    ("gbk", "猫狗/橘猫（一）.jpg"), ("gbk", "一/1.jpg"),  # the latter is valid UTF-8 too, were it the only name
    ("utf-8", "猫/橘猫.jpg"), ("utf-8", "Müller/кот.jpg"), ("cp437", "Müller/café.jpg"), ("cp437", "ÄÖÜ/äöü.jpg"),
    ("gbk", "俓猫狗橘.jpg"),  # a backslash that is half of a character is none
])  # fmt: skip
def test_names_without_the_utf8_flag_are_read_as_their_computer_wrote_them(box, encoding, name):
    raw, other = name.encode(encoding), ("二三" if encoding == "gbk" else "x").encode(encoding)
    make(box, {"z" * len(raw): b"picture", "y" * len(other): b"note"})
    rename(box, b"z" * len(raw), raw)
    rename(box, b"y" * len(other), other)
    assert names(unpack(box.zip, box.folder, suffixes=PICTURES)) == [name]


def test_names_with_the_utf8_flag_are_read_as_utf8_and_composed(box):
    make(box, {"猫/cafe\u0301.jpg": b"picture"})
    assert names(unpack(box.zip, box.folder, suffixes=PICTURES)) == ["猫/caf\u00e9.jpg"]


DANGEROUS = {
    "points outside its folder": ["../a.jpg", "x/../../a.jpg", "../", "__MACOSX/../a.jpg"],
    "is an absolute path": ["/tmp/a.jpg"], "contains a backslash": ["..\\a.jpg"],
    "includes a drive letter": ["C:/a.jpg", "x/c:a.jpg"],
    "is a reserved name on Windows": ["x/NUL.jpg", "com1/a.jpg"],
    "contains control characters": ["a\n.jpg", "a.jpg\0.png"],
}  # fmt: skip


@pytest.mark.parametrize(("found", "name"), [(found, name) for found, all_ in DANGEROUS.items() for name in all_])
def test_a_dangerous_name_refuses_the_whole_zip(box, found, name):
    make(box, {"good.jpg": b"good", name.replace("\0", "z"): b"bad"})
    if "\0" in name:
        rename(box, name.replace("\0", "z").encode(), name.encode())
    remedy = RENAME if "reserved" in found or "control" in found else ZIP_AGAIN
    shown = name.replace("\0", "�").replace("\n", "�")
    assert refusal(box) == f"The name “{shown}” in the zip {found}. {PLAIN_PATHS} {remedy}"


def test_a_stop_while_unpacking_or_a_full_disk_leaves_nothing_behind(box, monkeypatch):
    def stop(done, total):
        raise KeyboardInterrupt

    make(box, {"a.jpg": b"picture", "b.jpg": b"picture"})
    with pytest.raises(KeyboardInterrupt):
        unpack(box.zip, box.folder, suffixes=PICTURES, progress=stop)
    assert list(box.folder.iterdir()) == []
    make(box, {"a.jpg": b"picture"})
    forge(box, CENTRAL, SIZE, 1_500_000_000)
    forge(box, LOCAL, SIZE, 1_500_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=400_000_000))
    told = refusal(box, limits=Limits(file_bytes=2 * 10**9, ratio_from_bytes=2 * 10**9))
    assert told.startswith("Unpacking needs 1.5 GB, and the disk has 0.4 GB free.")


def test_a_zip_over_four_gigabytes_is_read(box):
    box.zip.parent.mkdir()
    with zipfile.ZipFile(box.zip, "w") as archive:
        archive.writestr("a.jpg", b"first")
        archive.start_dir = 5 * 10**9  # a hole that takes no room on the disk, in place of a million pictures
        archive.writestr("b.jpg", b"last")
    unpacked = unpack(box.zip, box.folder, suffixes=PICTURES)
    assert [member.file.read_bytes() for member in unpacked.members] == [b"first", b"last"]


def test_a_zip_written_to_a_stream_is_read(box):
    """Its sizes follow the files instead of standing before them."""
    box.zip.parent.mkdir()
    with box.zip.open("wb") as file:
        stream = SimpleNamespace(write=file.write, flush=file.flush)
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.jpg", b"picture")
            archive.writestr("b.jpg", b"picture")
    assert names(unpack(box.zip, box.folder, suffixes=PICTURES)) == ["a.jpg", "b.jpg"]
