"""Archives that were put one behind the other into one file are never read by halves."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile

import pytest
from test_tar import entry, plain_tar

from cases.ingest.archives import unpack
from models.errors import InputError

TEXTS = frozenset({".txt"})
NOT_ALONE = (
    "The file holds other data before or after the {}. A file must hold exactly one archive. Upload the archives "
    "separately, or combine all files into one."
)


def zipped(name, comment=b""):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, b"good")
        archive.comment = comment
    return buffer.getvalue()


TAR, OTHER, ZIP = plain_tar(entry("a.txt", b"good")), plain_tar(entry("b.txt", b"bad")), zipped("c.txt")


@pytest.fixture
def unpacked(tmp_path):
    def unpacking(content):
        (tmp_path / "brought").write_bytes(content)
        return [member.name for member in unpack(tmp_path / "brought", tmp_path / "data", suffixes=TEXTS).members]

    return unpacking


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (TAR + OTHER, "tar"), (gzip.compress(TAR) + gzip.compress(OTHER), "tar"), (gzip.compress(TAR + OTHER), "tar"),
        (bz2.compress(TAR) + bz2.compress(OTHER), "tar"), (lzma.compress(TAR) + lzma.compress(OTHER), "tar"),
        (TAR + ZIP, "tar"), (TAR + b"a letter", "tar"), (TAR + bytes(10_240) + OTHER, "tar"),
        (ZIP + zipped("d.txt"), "zip"), (zipped("d.txt", comment=ZIP), "zip"), (TAR + b"PK" + ZIP, "tar"),
        (ZIP + TAR, "zip"), (ZIP + gzip.compress(TAR), "zip"), (gzip.compress(TAR) + ZIP, None),
        (bz2.compress(TAR) + ZIP, None), (lzma.compress(TAR) + ZIP, None), (lzma.compress(TAR) + b"letter", None),
        (bz2.compress(TAR) + gzip.compress(OTHER), None), (lzma.compress(TAR)[:-4], None),
        (bz2.compress(TAR)[:-4], None),
    ],
)  # fmt: skip
def test_what_stands_beside_an_archive_is_never_passed_over(unpacked, content, kind):
    with pytest.raises(InputError) as refused:
        unpacked(content)
    expected = NOT_ALONE.format(kind) if kind else "The tar is cut off or damaged"
    assert str(refused.value).startswith(expected)


@pytest.mark.parametrize(
    "content",
    [
        TAR + bytes(99_999), gzip.compress(TAR) + bytes(512), bz2.compress(TAR) + bytes(512),
        lzma.compress(TAR) + bytes(512), lzma.compress(TAR[:700]) + lzma.compress(TAR[700:]),
        bz2.compress(TAR[:700]) + bz2.compress(TAR[700:]), gzip.compress(TAR[:700]) + gzip.compress(TAR[700:]),
    ],
)  # fmt: skip
def test_zeros_behind_an_archive_and_one_in_several_streams_are_read(unpacked, content):
    assert unpacked(content) == ["a.txt"]


def test_a_zip_may_have_a_comment_and_a_program_that_unpacks_it(unpacked):
    assert unpacked(b"PK" + b"MZ" * 99 + zipped("c.txt", b"a word about it")) == ["c.txt"]


@pytest.mark.parametrize("size", ["100000000000000", "9223372036854775807", "99999999999999999999999", "-1"])
def test_a_size_that_no_disk_has_is_refused(unpacked, size):
    made, content = entry("a.txt", b"good", pax_headers={"size": size})
    for pack in (bytes, gzip.compress):
        with pytest.raises(InputError, match="The tar is cut off or damaged"):
            unpacked(pack(plain_tar((made, content), entry("b.txt", b"bad"))))
