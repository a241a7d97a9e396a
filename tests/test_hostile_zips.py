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


@pytest.mark.parametrize("kind", [0o120777, 0o020666, 0o010666])
def test_links_and_devices_are_refused(box, kind):
    entry = zipfile.ZipInfo("a.jpg")
    entry.external_attr = kind << 16
    make(box, {"good.jpg": b"good", entry: b"/etc/passwd"})
    assert refusal(box) == (
        "“a.jpg” in the zip is a symbolic link or a device. Only files and folders may be in the zip."
        " Put the files themselves in place of the links and zip the folder again."
    )


def test_a_password_is_refused(box):
    make(box, {"a.jpg": b"secret"})
    forge(box, CENTRAL, FLAGS, 1, "<H")
    assert refusal(box) == (
        "“a.jpg” in the zip is protected by a password. A zip without a password is needed. Create the zip again "
        "without a password."
    )


def test_an_unusual_packing_method_is_refused(box):
    make(box, {"a.jpg": b"picture"}, zipfile.ZIP_LZMA)
    assert refusal(box) == (
        "“a.jpg” in the zip uses an unsupported compression method (14). Supported methods are “Store” and “Deflate”. "
        "Create the zip again with the method “Deflate”."
    )


def test_a_file_of_zeros_is_refused_by_its_ratio(box):
    make(box, {"good.jpg": b"good", "zeros.jpg": bytes(60_000_000)})
    with zipfile.ZipFile(box.zip) as archive:
        ratio = round(60_000_000 / archive.getinfo("zeros.jpg").compress_size)
    assert refusal(box) == (
        f"“zeros.jpg” in the zip unpacks to {ratio:,} times its size, like a zip bomb."
        " At most 200 times the archive's size is allowed. Remove the file, or create the archive again from the"
        " original files."
    )


def test_many_small_files_of_zeros_are_refused_by_their_common_ratio(box):
    make(box, {f"{number}.jpg": bytes(10_000) for number in range(11)})
    with zipfile.ZipFile(box.zip) as archive:
        ratio = round(110_000 / sum(entry.compress_size for entry in archive.infolist()))
    assert refusal(box, limits=Limits(ratio_from_bytes=100_000)) == (
        f"The zip unpacks to {ratio:,} times its size, like a zip bomb. At most 100 times the archive's size is"
        " allowed. Create the archive again from the original files."
    )


def test_a_short_silence_is_no_bomb(box):
    make(box, {"silence.jpg": bytes(1_000_000)})
    assert names(unpack(box.zip, box.folder, suffixes=PICTURES)) == ["silence.jpg"]


def test_a_file_over_the_limit_is_refused(box):
    make(box, {"a.jpg": b"picture"})
    forge(box, CENTRAL, SIZE, 201_000_000)
    assert refusal(box) == (
        "“a.jpg” in the zip unpacks to 201 MB. A file may be at most 200 MB. Shrink or remove the file, or "
        "ask the administrator to raise CASEBOOK_READ_FILE."
    )


def test_a_total_over_the_limit_is_refused(box):
    make(box, {f"{number}.jpg": b"picture" for number in range(11)})
    for number in range(11):
        forge(box, CENTRAL, SIZE, 1_900_000_000, entry=number)
    limits = Limits(file_bytes=2 * 10**9, ratio_from_bytes=2 * 10**9)
    assert refusal(box, limits=limits) == (
        "The zip unpacks to 20.9 GB. At most 20.0 GB may be unpacked from one archive. Upload less data, "
        "or ask the administrator to raise CASEBOOK_READ_ARCHIVE."
    )


def test_what_is_not_unpacked_may_be_of_any_size(box):
    make(box, {"a.jpg": b"picture", "film.mp4": bytes(60_000_000)})
    assert names(unpack(box.zip, box.folder, suffixes=PICTURES)) == ["a.jpg"]


def test_too_many_entries_are_refused(box):
    make(box, {f"{number}.txt": b"" for number in range(6)})
    assert refusal(box, limits=Limits(files=5)) == (
        "The zip holds more than 5 files and folders. A zip may hold at most 5 files and folders. Upload less "
        "data, or ask the administrator to raise CASEBOOK_READ_FILES."
    )


def test_a_huge_table_of_contents_is_refused_before_it_is_read(box):
    make(box, {f"{number}{'x' * 60_000}": b"" for number in range(20)})
    assert refusal(box, limits=Limits(files=20)) == (
        "The zip holds more than 20 files and folders. A zip may hold at most 20 files and folders. Upload less "
        "data, or ask the administrator to raise CASEBOOK_READ_FILES."
    )


def test_entries_that_share_their_bytes_are_refused(box):
    make(box, {"a.jpg": bytes(range(256)), "b.jpg": b"other"})
    forge(box, CENTRAL, OFFSET, 0, entry=1)
    assert refusal(box) == f"“b.jpg” in the zip overlaps another entry, like a zip bomb. {OWN_PLACE}"


def test_an_entry_quoted_inside_another_is_refused(box):
    """Fifield's construction: the bytes of the first file hold the header and the bytes of the second."""
    make(box, {"b.jpg": b"kernel" * 100}, zipfile.ZIP_STORED)
    inner = box.zip.read_bytes()[: 30 + 5 + 600]
    shutil.rmtree(box.zip.parent)
    make(box, {"a.jpg": inner, "b.jpg": b"kernel" * 100}, zipfile.ZIP_STORED)
    forge(box, CENTRAL, OFFSET, 30 + 5, entry=1)
    assert refusal(box) == f"“b.jpg” in the zip overlaps another entry, like a zip bomb. {OWN_PLACE}"


def test_an_entry_that_runs_into_the_table_of_contents_is_refused(box):
    make(box, {"a.jpg": b"picture"}, zipfile.ZIP_STORED)
    at = box.zip.read_bytes().index(CENTRAL)
    with zipfile.ZipFile(box.zip) as archive:
        size = archive.getinfo("a.jpg").file_size
    for header, field in ((LOCAL, 18), (CENTRAL, 20)):
        forge(box, header, {header: field}, size + at)
    assert refusal(box) == f"“a.jpg” in the zip overlaps its table of contents, like a zip bomb. {OWN_PLACE}"


def test_an_entry_that_is_somewhere_else_is_refused(box):
    make(box, {"a.jpg": b"picture"})
    forge(box, CENTRAL, OFFSET, 1)
    assert refusal(box) == f"“a.jpg” is not where the zip says it is. {OWN_PLACE}"


def test_two_sizes_for_one_file_are_refused(box):
    make(box, {"a.jpg": bytes(10_000)})
    forge(box, CENTRAL, SIZE, 100)
    assert refusal(box) == f"The zip gives two different sizes for “a.jpg”. {OWN_PLACE}"


@pytest.mark.parametrize("claimed", [100, 20_000])
def test_a_false_size_in_both_headers_is_refused(box, claimed):
    make(box, {"0.jpg": b"good", "a.jpg": bytes(10_000)})
    forge(box, CENTRAL, SIZE, claimed, entry=1)
    forge(box, LOCAL, SIZE, claimed, entry=1)
    assert refusal(box) == DAMAGED


def test_a_wrong_checksum_is_refused(box):
    make(box, {"0.jpg": b"good", "a.jpg": b"picture"})
    forge(box, CENTRAL, CHECKSUM, 7, entry=1)
    assert refusal(box) == DAMAGED


def test_bytes_that_are_not_deflated_are_refused(box):
    make(box, {"0.jpg": b"good", "a.jpg": b"\xff" * 50}, zipfile.ZIP_STORED)
    forge(box, CENTRAL, METHOD, zipfile.ZIP_DEFLATED, "<H", entry=1)
    assert refusal(box) == DAMAGED


def test_two_names_for_one_file_are_refused(box):
    make(box, {"0.jpg": b"good", "a.jpg": b"picture"})
    content = box.zip.read_bytes()
    box.zip.write_bytes(content.replace(b"a.jpg", b"b.jpg", 1))
    assert refusal(box) == DAMAGED


def test_what_is_no_zip_is_refused(box):
    box.zip.parent.mkdir()
    box.zip.write_bytes(b"Rar!\x1a\x07\x01\x00" + bytes(100))
    assert refusal(box) == (
        "The file is neither a zip nor a tar. A zip or a tar of the data is needed. Put the data into a folder and zip "
        "it. RAR and 7z are not supported."
    )


@pytest.mark.parametrize("kept", [2, 40, -1, -30])
def test_a_zip_that_is_cut_off_is_refused(box, kept):
    make(box, {f"{number}.jpg": b"picture" for number in range(3)})
    box.zip.write_bytes(box.zip.read_bytes()[:kept])
    assert refusal(box) == CUT_OFF


def test_an_upload_of_nothing_is_refused(box):
    box.zip.parent.mkdir()
    box.zip.write_bytes(b"")
    assert refusal(box) == (
        "The file is empty (0 bytes). A zip or a tar of the data is needed. Upload it again, or create the archive "
        "again."
    )


@pytest.mark.parametrize("files", [{}, {"cats/": b""}])
def test_a_zip_without_files_is_refused(box, files):
    make(box, files)
    assert refusal(box) == (
        "There are no files in the zip. A zip or a tar of the data is needed."
        " Put the data into a folder, zip the folder and upload that."
    )
