"""A zip that is made to do harm, or that is damaged, is refused whole and leaves nothing behind."""

from __future__ import annotations

import shutil
import zipfile

import pytest
from test_archives import (
    CENTRAL,
    CHECKSUM,
    CUT_OFF,
    DAMAGED,
    FLAGS,
    LOCAL,
    METHOD,
    OFFSET,
    OWN_PLACE,
    PICTURES,
    SIZE,
    box,
    forge,
    make,
    names,
    refusal,
)  # fmt: skip

from cases.ingest.archives import Limits, unpack

__all__ = ["box"]  # fixtures
ONE, TWO, LARGE = {"a.jpg": b"picture"}, {"0.jpg": b"good", "a.jpg": b"picture"}, {"a.jpg": bytes(10_000)}
STORED, OVERLAPS = zipfile.ZIP_STORED, "overlaps another entry, like a zip bomb. " + OWN_PLACE


def special(kind):
    """What is no file, after a file."""
    entry = zipfile.ZipInfo("a.jpg")
    entry.external_attr = kind << 16
    return {"good.jpg": b"good", entry: b"/etc/passwd"}


NO_FILE = "“a.jpg” in the zip is a symbolic link or a device. Only files and folders may be in the zip."
REFUSED = {  # the files, how they are packed, the fields that are forged then, and what is said
    "a link": (special(0o120777), None, [], NO_FILE),
    "a device": (special(0o020666), None, [], NO_FILE),
    "a pipe": (special(0o010666), None, [], NO_FILE),
    "a password": (ONE, None, [(CENTRAL, FLAGS, 1, "<H")], "“a.jpg” in the zip is protected by a password."),
    "an unusual method": (ONE, zipfile.ZIP_LZMA, [], "“a.jpg” in the zip uses an unsupported compression method (14)."),
    "a file over the limit": (ONE, None, [(CENTRAL, SIZE, 201_000_000)],
                              "“a.jpg” in the zip unpacks to 201 MB. A file may be at most 200 MB. Shrink or remove "
                              "the file, or ask the administrator to raise CASEBOOK_READ_FILE."),
    "the bytes of another": ({"a.jpg": bytes(range(256)), "b.jpg": b"other"}, None, [(CENTRAL, OFFSET, 0, "<I", 1)],
                             f"“b.jpg” in the zip {OVERLAPS}"),
    "a place that is another": (ONE, None, [(CENTRAL, OFFSET, 1)], "“a.jpg” is not where the zip says it is."),
    "two sizes": (LARGE, None, [(CENTRAL, SIZE, 100)],
                  f"The zip gives two different sizes for “a.jpg”. {OWN_PLACE}"),
    "a size too small": ({**TWO, **LARGE}, None, [(CENTRAL, SIZE, 100, "<I", 1), (LOCAL, SIZE, 100, "<I", 1)], DAMAGED),
    "a size too large": ({**TWO, **LARGE}, None,
                         [(CENTRAL, SIZE, 20_000, "<I", 1), (LOCAL, SIZE, 20_000, "<I", 1)], DAMAGED),
    "a wrong checksum": (TWO, None, [(CENTRAL, CHECKSUM, 7, "<I", 1)], DAMAGED),
    "bytes that are not deflated": ({**TWO, "a.jpg": b"\xff" * 50}, STORED,
                                    [(CENTRAL, METHOD, zipfile.ZIP_DEFLATED, "<H", 1)], DAMAGED),
    "no files": ({}, None, [], "There are no files in the zip."),
    "an empty folder": ({"cats/": b""}, None, [], "There are no files in the zip."),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_a_zip_that_is_forged_or_holds_what_it_may_not_is_refused(box, what):
    files, method, forgeries, said = REFUSED[what]
    make(box, files, *([] if method is None else [method]))
    for header, field, value, *more in forgeries:
        forge(box, header, field, value, *more)
    assert refusal(box).startswith(said)


def test_a_file_of_zeros_is_refused_by_its_ratio(box):
    make(box, {"good.jpg": b"good", "zeros.jpg": bytes(60_000_000)})
    with zipfile.ZipFile(box.zip) as archive:
        ratio = round(60_000_000 / archive.getinfo("zeros.jpg").compress_size)
    assert refusal(box).startswith(
        f"“zeros.jpg” in the zip unpacks to {ratio:,} times its size, like a zip bomb."
        " At most 200 times the archive's size is allowed."
    )


def test_a_total_over_the_limit_is_refused(box):
    make(box, {f"{number}.jpg": b"picture" for number in range(11)})
    for number in range(11):
        forge(box, CENTRAL, SIZE, 1_900_000_000, entry=number)
    limits = Limits(file_bytes=2 * 10**9, ratio_from_bytes=2 * 10**9)
    said = refusal(box, limits=limits)
    assert said.startswith("The zip unpacks to 20.9 GB. At most 20.0 GB") and "CASEBOOK_READ_ARCHIVE" in said


@pytest.mark.parametrize(
    "files", [{"silence.jpg": bytes(1_000_000)}, {"a.jpg": b"picture", "film.mp4": bytes(60_000_000)}]
)
def test_a_short_silence_is_no_bomb_and_what_is_not_unpacked_may_be_of_any_size(box, files):
    make(box, files)
    assert names(unpack(box.zip, box.folder, suffixes=PICTURES)) == [next(iter(files))]


@pytest.mark.parametrize(("files", "most"), [
    ({f"{number}.txt": b"" for number in range(6)}, 5),
    ({f"{number}{'x' * 60_000}": b"" for number in range(20)}, 20),  # refused before it is read
])  # fmt: skip
def test_too_many_entries_or_a_huge_table_of_contents_are_refused(box, files, most):
    make(box, files)
    said = refusal(box, limits=Limits(files=most))
    assert said.startswith(f"The zip holds more than {most} files and folders.") and "CASEBOOK_READ_FILES" in said


def test_an_entry_quoted_inside_another_is_refused(box):
    """Fifield's construction: the bytes of the first file hold the header and the bytes of the second."""
    make(box, {"b.jpg": b"kernel" * 100}, STORED)
    inner = box.zip.read_bytes()[: 30 + 5 + 600]
    shutil.rmtree(box.zip.parent)
    make(box, {"a.jpg": inner, "b.jpg": b"kernel" * 100}, STORED)
    forge(box, CENTRAL, OFFSET, 30 + 5, entry=1)
    assert refusal(box) == f"“b.jpg” in the zip {OVERLAPS}"


@pytest.mark.parametrize(("content", "said"), [
    (b"Rar!\x1a\x07\x01\x00" + bytes(100), "The file is neither a zip nor a tar."),
    (b"", "The file is empty (0 bytes)."),
])  # fmt: skip
def test_what_is_no_zip_and_an_upload_of_nothing_are_refused(box, content, said):
    box.zip.parent.mkdir()
    box.zip.write_bytes(content)
    assert refusal(box).startswith(said)


@pytest.mark.parametrize("kept", [2, 40, -1, -30])
def test_a_zip_that_is_cut_off_is_refused(box, kept):
    make(box, {f"{number}.jpg": b"picture" for number in range(3)})
    box.zip.write_bytes(box.zip.read_bytes()[:kept])
    assert refusal(box) == CUT_OFF
