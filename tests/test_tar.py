"""Tars, packed or not, under the rules of zips: every attack is refused whole and leaves nothing behind."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import shutil
import tarfile
import zipfile
from types import SimpleNamespace

import pytest

from cases.ingest.archives import Limits, Member, SetAside, Unpacked, is_archive, unpack
from models.errors import InputError

PICTURES = frozenset({".jpg", ".png"})
DAMAGED = "The tar is cut off or damaged: it cannot be read to its end."
PACKERS = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


@pytest.fixture
def box(tmp_path):
    """The uploaded tar, under a name that says nothing, and the folder to unpack into."""
    (tmp_path / "upload").mkdir()
    return SimpleNamespace(tar=tmp_path / "upload" / "d41d8cd9", folder=tmp_path / "data", around=tmp_path)


def entry(name, content=b"", **fields):
    made = tarfile.TarInfo(name)
    made.size = len(content)
    for field, value in fields.items():
        setattr(made, field, value)
    return made, content


def plain_tar(*entries, form=tarfile.PAX_FORMAT, **options):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form, **options) as archive:
        for made, content in entries:
            archive.addfile(made, io.BytesIO(content))
    return buffer.getvalue()


def make(box, *entries, pack=bytes, **options):
    box.tar.write_bytes(pack(plain_tar(*entries, **options)))


def refusal(box, **options):
    """The whole message; and nothing was written, neither in the folder nor beside it."""
    with pytest.raises(InputError) as refused:
        unpack(box.tar, box.folder, suffixes=PICTURES, **options)
    assert [path for path in box.around.rglob("*") if path.is_file()] == [box.tar]
    return str(refused.value)


def names(unpacked):
    return [member.name for member in unpacked.members]


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
def test_wanted_files_are_written_under_numbers_and_listed_by_name(box, pack):
    make(box, entry("cats", type=tarfile.DIRTYPE), entry("cats/b.JPG", b"two" * 999),
         entry("cats/notes.txt", b"notes"), entry("./cats/a.png", b"one"), pack=pack)  # fmt: skip
    seen = []
    unpacked = unpack(box.tar, box.folder, suffixes=PICTURES, progress=lambda *progress: seen.append(progress))
    assert unpacked == Unpacked(
        [Member("cats/a.png", box.folder / "1.png"), Member("cats/b.JPG", box.folder / "2.jpg")],
        [SetAside("cats/notes.txt", "Unsupported file type.")],
    )
    assert [member.file.read_bytes() for member in unpacked.members] == [b"one", b"two" * 999]
    assert seen == [(1, 2), (2, 2)]
    assert is_archive(box.tar)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT])
@pytest.mark.parametrize(("encoding", "name"), [("gbk", "猫狗/橘猫（一）.jpg"), ("utf-8", "猫/cafe\u0301.jpg")])
def test_names_are_read_as_their_computer_wrote_them(box, form, encoding, name):
    make(box, entry(name, b"picture"), form=form, encoding=encoding)
    assert names(unpack(box.tar, box.folder, suffixes=PICTURES)) == [name.replace("e\u0301", "é")]


DANGEROUS = {"../a.jpg": "points outside its folder", "x/../../a.jpg": "points outside its folder",
             "/etc/a.jpg": "is an absolute path", "..\\a.jpg": "contains a backslash",
             "C:/a.jpg": "includes a drive letter"}  # fmt: skip
NO_FILES = [{"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}, {"type": tarfile.LNKTYPE, "linkname": "good.jpg"},
            {"type": tarfile.CHRTYPE}, {"type": tarfile.BLKTYPE}, {"type": tarfile.FIFOTYPE},
            {"pax_headers": {"GNU.sparse.map": "0,1", "GNU.sparse.size": "99999999"}}]  # fmt: skip


@pytest.mark.parametrize(("bad", "found"), [
    *((entry(name, b"bad"), f"The name “{name}” in the tar {why}. The names") for name, why in DANGEROUS.items()),
    *((entry("a.jpg", **kind), "“a.jpg” in the tar is a link, a device or a sparse file.") for kind in NO_FILES),
])  # fmt: skip
def test_a_dangerous_name_a_link_a_device_or_a_hole_refuses_the_whole_tar(box, bad, found):
    make(box, entry("good.jpg", b"good"), bad)
    assert refusal(box).startswith(found)


@pytest.mark.parametrize(("limits", "found"), [
    (Limits(file_bytes=2_000_000), "“0.jpg” in the tar unpacks to 3 MB. A file may be at most 2 MB."),
    (Limits(total_bytes=8_000_000), "The tar unpacks to 0.0 GB. At most 0.0 GB may be unpacked from one archive."),
    (Limits(files=2), "The tar holds more than 2 files and folders."),
])  # fmt: skip
def test_what_is_over_a_limit_is_refused_and_the_variable_named(box, limits, found):
    entries = [entry(f"{number}.jpg", bytes(3_000_000)) for number in range(3)]
    make(box, *entries)
    assert refusal(box, limits=limits).startswith(found) and "CASEBOOK_READ_" in refusal(box, limits=limits)
    exact = {"file_bytes": 3_000_000, "total_bytes": 10_000_000, "files": 3}
    assert len(unpack(box.tar, box.folder, suffixes=PICTURES, limits=Limits(**exact)).members) == 3


ZEROS = bytes(80_000_000)


@pytest.mark.parametrize("content", [
    lambda: plain_tar(entry("good.jpg", b"good"), entry("zeros.jpg", ZEROS)),
    lambda: plain_tar(entry("good.jpg", b"good"), entry("zeros.mp4", ZEROS)),
    lambda: plain_tar(entry("a.jpg", b"picture")) + ZEROS,
], ids=["a picture", "another file", "after the end"])  # fmt: skip
def test_a_packed_tar_of_zeros_is_refused_before_all_of_it_is_unpacked(box, content):
    box.tar.write_bytes(gzip.compress(content(), 1))
    assert re.match(r"The tar unpacks to [\d,]+ times its size, like a zip bomb. At most 100 times", refusal(box))


def test_a_tar_of_nothing_but_headers_is_refused_before_they_fill_the_memory(box):
    headers = {f"SCHILY.{number}": "x" * 60_000 for number in range(14)}
    make(box, *[entry(f"{number}.jpg", b"x", pax_headers=headers) for number in range(14)])
    assert refusal(box, limits=Limits(files=20)).startswith("The tar holds more than 20 files and folders.")
    make(box, entry("a.jpg", b"x", pax_headers={"comment": "x" * 2**21}))
    assert refusal(box).startswith(DAMAGED)


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
@pytest.mark.parametrize("kept", [0.2, 0.6, 0.95])
def test_a_tar_that_is_cut_off_is_refused(box, pack, kept):
    noise = lzma.compress(bytes(range(256)) * 50)  # hard to pack once more
    content = plain_tar(*[entry(f"{number}.jpg", noise * 40) for number in range(9)]).rstrip(b"\0")
    packed = pack(content + bytes(1024) if pack is not bytes else content)
    box.tar.write_bytes(packed[: int(kept * len(packed))])
    assert refusal(box).startswith(DAMAGED)


THREE = plain_tar(entry("a.jpg", b"x" * 512), entry("b.jpg", b"y" * 512), entry("c.jpg", b"z"))
CHANGED = bytearray(gzip.compress(plain_tar(entry("a.jpg", b"picture"))))
CHANGED[-6] ^= 1


@pytest.mark.parametrize("content", [
    THREE[:1024], THREE[:1024] + b"\xff" * 10 + THREE[1034:], CHANGED,
    plain_tar(entry("a.jpg", b"x", pax_headers={"comment": "x"}))[:1024] * 2000,
], ids=["cut off between two files", "a broken header", "another checksum", "a thousand headers"])  # fmt: skip
def test_a_damaged_tar_is_refused(box, content):
    box.tar.write_bytes(content)
    assert refusal(box).startswith(DAMAGED)


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"a letter" * 500, "The gz file does not contain a tar."), (plain_tar(), "There are no files in the tar.")],
)
def test_what_is_packed_but_no_tar_or_holds_no_files_is_refused(box, content, found):
    box.tar.write_bytes(gzip.compress(content))
    assert refusal(box).startswith(found)


def test_a_stop_while_unpacking_or_a_full_disk_leaves_nothing_behind(box, monkeypatch):
    def stop(done, total):
        raise KeyboardInterrupt

    make(box, entry("a.jpg", b"picture"), entry("b.jpg", b"picture"))
    with pytest.raises(KeyboardInterrupt):
        unpack(box.tar, box.folder, suffixes=PICTURES, progress=stop)
    assert list(box.folder.iterdir()) == []
    make(box, entry("a.jpg", bytes(1_500_000)))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1_000_000))
    assert refusal(box).startswith("Unpacking needs 0.0 GB, and the disk has 0.0 GB free.")


# Archives that were put one behind the other into one file are never read by halves.


def zipped(name, comment=b""):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, b"good")
        archive.comment = comment
    return buffer.getvalue()


TAR, OTHER, ZIP = plain_tar(entry("a.txt", b"good")), plain_tar(entry("b.txt", b"bad")), zipped("c.txt")


PACKED = [gzip.compress, bz2.compress, lzma.compress]


def unpacked(box, content):
    box.tar.write_bytes(content)
    return names(unpack(box.tar, box.folder, suffixes=frozenset({".txt"})))


@pytest.mark.parametrize(("content", "kind"), [
    *((TAR + more, "tar") for more in (OTHER, ZIP, b"a letter", bytes(10_240) + OTHER, b"PK" + ZIP)),
    *((pack(TAR) + pack(OTHER), "tar") for pack in PACKED), (gzip.compress(TAR + OTHER), "tar"),
    *((ZIP + more, "zip") for more in (zipped("d.txt"), TAR, gzip.compress(TAR))),
    (zipped("d.txt", comment=ZIP), "zip"),
    *((pack(TAR) + ZIP, None) for pack in PACKED), (lzma.compress(TAR) + b"letter", None),
    (bz2.compress(TAR) + gzip.compress(OTHER), None), (lzma.compress(TAR)[:-4], None), (bz2.compress(TAR)[:-4], None),
])  # fmt: skip
def test_what_stands_beside_an_archive_is_never_passed_over(box, content, kind):
    expected = f"holds other data before or after the {kind}" if kind else DAMAGED
    with pytest.raises(InputError, match=expected):
        unpacked(box, content)
