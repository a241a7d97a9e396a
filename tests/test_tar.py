"""Tars, packed or not, under the rules of zips: every attack is refused whole and leaves nothing behind."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import tarfile
from types import SimpleNamespace

import pytest

from cases.ingest.archives import Limits, Member, SetAside, Unpacked, is_archive, unpack
from models.errors import InputError

PICTURES = frozenset({".jpg", ".png"})
PLAIN_PATHS = "The names in a tar must be plain paths that stay inside it."
ZIP_AGAIN = "Zip the folder again with your system's own zip command."
DAMAGED = (
    "The tar is cut off or damaged: it cannot be read to its end. A complete tar is needed. Upload it again, or create "
    "the archive again."
)
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
    make(
        box,
        entry("cats", type=tarfile.DIRTYPE),
        entry("cats/b.JPG", b"two" * 999),
        entry("cats/notes.txt", b"notes"),
        entry("./cats/a.png", b"one"),
        pack=pack,
    )
    seen = []
    unpacked = unpack(box.tar, box.folder, suffixes=PICTURES, progress=lambda *progress: seen.append(progress))
    assert unpacked == Unpacked(
        [Member("cats/a.png", box.folder / "1.png"), Member("cats/b.JPG", box.folder / "2.jpg")],
        [SetAside("cats/notes.txt", "Unsupported file type.")],
    )
    assert [member.file.read_bytes() for member in unpacked.members] == [b"one", b"two" * 999]
    assert seen == [(1, 2), (2, 2)]
    assert is_archive(box.tar)


def test_what_systems_leave_in_a_tar_is_set_aside(box):
    left = ["__MACOSX/a.jpg", "cats/._a.jpg", "cats/.DS_Store", "cats/Thumbs.db"]
    make(box, entry("cats/a.jpg", b"picture"), entry("cats/empty.jpg"), *[entry(name, b"x") for name in left])
    unpacked = unpack(box.tar, box.folder, suffixes=PICTURES)
    assert names(unpacked) == ["cats/a.jpg"]
    reasons = dict.fromkeys(left, "A system file.") | {"cats/empty.jpg": "An empty file (0 bytes)."}
    assert {aside.path: aside.reason for aside in unpacked.set_aside} == reasons


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT])
@pytest.mark.parametrize(("encoding", "name"), [("gbk", "猫狗/橘猫（一）.jpg"), ("utf-8", "猫/cafe\u0301.jpg")])
def test_names_are_read_as_their_computer_wrote_them(box, form, encoding, name):
    make(box, entry(name, b"picture"), form=form, encoding=encoding)
    assert names(unpack(box.tar, box.folder, suffixes=PICTURES)) == [name.replace("e\u0301", "é")]


def test_names_longer_than_a_header_are_read_whole(box):
    name = "/".join(["deep" * 20] * 5) + "/a.jpg"
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        make(box, entry(name, b"picture"), form=form)
        assert names(unpack(box.tar, box.folder, suffixes=PICTURES)) == [name]
        shutil.rmtree(box.folder)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("../a.jpg", "The name “../a.jpg” in the tar points outside its folder."),
        ("x/../../a.jpg", "The name “x/../../a.jpg” in the tar points outside its folder."),
        ("/etc/a.jpg", "The name “/etc/a.jpg” in the tar is an absolute path."),
        ("..\\a.jpg", "The name “..\\a.jpg” in the tar contains a backslash."),
        ("C:/a.jpg", "The name “C:/a.jpg” in the tar includes a drive letter."),
    ],
)
def test_a_dangerous_name_refuses_the_whole_tar(box, name, found):
    make(box, entry("good.jpg", b"good"), entry(name, b"bad"))
    assert refusal(box) == f"{found} {PLAIN_PATHS} {ZIP_AGAIN}"


@pytest.mark.parametrize(
    "fields",
    [
        {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"},
        {"type": tarfile.LNKTYPE, "linkname": "good.jpg"},
        {"type": tarfile.CHRTYPE},
        {"type": tarfile.BLKTYPE},
        {"type": tarfile.FIFOTYPE},
        {"pax_headers": {"GNU.sparse.map": "0,1", "GNU.sparse.size": "99999999"}},
    ],
)
def test_links_devices_and_holes_are_refused(box, fields):
    make(box, entry("good.jpg", b"good"), entry("a.jpg", **fields))
    assert refusal(box) == (
        "“a.jpg” in the tar is a link, a device or a sparse file. Only files and folders may be in the tar. Put the "
        "files themselves in place of the links and zip the folder again."
    )


def test_a_file_over_the_limit_is_refused(box):
    make(box, entry("a.jpg", bytes(3_000_000)))
    assert refusal(box, limits=Limits(file_bytes=2_000_000)) == (
        "“a.jpg” in the tar unpacks to 3 MB. A file may be at most 2 MB. Shrink or remove the file, or "
        "ask the administrator to raise CASEBOOK_READ_FILE."
    )


def test_a_total_over_the_limit_is_refused(box):
    make(box, *[entry(f"{number}.jpg", bytes(200_000_000 // 5)) for number in range(3)])
    assert refusal(box, limits=Limits(total_bytes=100_000_000)) == (
        "The tar unpacks to 0.1 GB. At most 0.1 GB may be unpacked from one archive. Upload less data, "
        "or ask the administrator to raise CASEBOOK_READ_ARCHIVE."
    )


@pytest.mark.parametrize("name", ["zeros.jpg", "zeros.mp4"])
def test_a_packed_tar_of_zeros_is_refused_before_all_of_it_is_unpacked(box, name):
    make(box, entry("good.jpg", b"good"), entry(name, bytes(80_000_000)), pack=gzip.compress)
    told = refusal(box)
    assert told.startswith("The tar unpacks to ")
    assert told.endswith(
        " times its size, like a zip bomb. At most 100 times the archive's size is allowed. Create the archive again "
        "from the original files."
    )


def test_zeros_after_the_end_are_refused_too(box):
    box.tar.write_bytes(gzip.compress(plain_tar(entry("a.jpg", b"picture")) + bytes(80_000_000)))
    assert "like a zip bomb" in refusal(box)


def test_too_many_entries_are_refused(box):
    make(box, *[entry(f"{number}.txt") for number in range(6)])
    assert refusal(box, limits=Limits(files=5)) == (
        "The tar holds more than 5 files and folders. A tar may hold at most 5 files and folders. Upload less "
        "data, or ask the administrator to raise CASEBOOK_READ_FILES."
    )


def test_a_tar_of_nothing_but_headers_is_refused_before_they_fill_the_memory(box):
    headers = {f"SCHILY.{number}": "x" * 60_000 for number in range(14)}
    make(box, *[entry(f"{number}.jpg", b"x", pax_headers=headers) for number in range(14)])
    assert refusal(box, limits=Limits(files=20)).startswith("The tar holds more than 20 files and folders.")


def test_a_header_of_many_megabytes_is_refused(box):
    make(box, entry("a.jpg", b"x", pax_headers={"comment": "x" * 2**21}))
    assert refusal(box) == DAMAGED


@pytest.mark.parametrize("size", ["-512", "-1", "99999999999999999999"])
def test_a_false_size_is_refused(box, size):
    make(box, entry("0.jpg", b"good"), entry("a.jpg", b"x" * 600, pax_headers={"size": size}), entry("b.jpg", b"y"))
    assert refusal(box) == DAMAGED


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS)
@pytest.mark.parametrize("kept", [0.2, 0.6, 0.95])
def test_a_tar_that_is_cut_off_is_refused(box, pack, kept):
    noise = lzma.compress(bytes(range(256)) * 50)  # hard to pack once more
    content = plain_tar(*[entry(f"{number}.jpg", noise * 40) for number in range(9)]).rstrip(b"\0")
    packed = pack(content + bytes(1024) if pack is not bytes else content)
    box.tar.write_bytes(packed[: int(kept * len(packed))])
    assert refusal(box) == DAMAGED


def test_a_tar_cut_off_between_two_files_is_refused(box):
    content = plain_tar(entry("a.jpg", b"x" * 512), entry("b.jpg", b"y"))
    box.tar.write_bytes(content[:1024])
    assert refusal(box) == DAMAGED


def test_a_broken_header_in_the_middle_is_not_taken_for_the_end(box):
    content = bytearray(plain_tar(entry("a.jpg", b"x" * 512), entry("b.jpg", b"y" * 512), entry("c.jpg", b"z")))
    content[1024:1034] = b"\xff" * 10
    box.tar.write_bytes(content)
    assert refusal(box) == DAMAGED


def test_a_thousand_headers_in_a_row_are_refused(box):
    one = plain_tar(entry("a.jpg", b"x", pax_headers={"comment": "x"}))[:1024]  # an extended header alone
    box.tar.write_bytes(one * 2000)
    assert refusal(box) == DAMAGED


def test_what_is_packed_but_no_tar_is_refused(box):
    box.tar.write_bytes(gzip.compress(b"a letter" * 500))
    assert refusal(box) == (
        "The gz file does not contain a tar. A zip or a tar of the data is needed. Put the data into a folder, zip the "
        "folder and upload that."
    )


def test_a_wrong_checksum_of_the_packing_is_refused(box):
    packed = bytearray(gzip.compress(plain_tar(entry("a.jpg", b"picture"))))
    packed[-6] ^= 1
    box.tar.write_bytes(packed)
    assert refusal(box) == DAMAGED


def test_a_tar_without_files_is_refused(box):
    make(box, pack=gzip.compress)
    assert refusal(box) == (
        "There are no files in the tar. A zip or a tar of the data is needed."
        " Put the data into a folder, zip the folder and upload that."
    )


def test_a_full_disk_is_noticed_before_anything_is_written(box, monkeypatch):
    make(box, entry("a.jpg", bytes(1_500_000)))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1_000_000))
    assert refusal(box) == (
        "Unpacking needs 0.0 GB, and the disk has 0.0 GB free. There must be room for all files of the archive. Delete "
        "unneeded runs and data sets, or upload less data."
    )


def test_a_stop_while_unpacking_leaves_nothing_behind(box):
    def stop(done, total):
        raise KeyboardInterrupt

    make(box, entry("a.jpg", b"picture"), entry("b.jpg", b"picture"))
    with pytest.raises(KeyboardInterrupt):
        unpack(box.tar, box.folder, suffixes=PICTURES, progress=stop)
    assert list(box.folder.iterdir()) == []


def test_ten_thousand_small_files_are_unpacked(box):
    make(box, *[entry(f"{number % 300}/{number}.jpg", b"%d" % number) for number in range(10_000)], pack=gzip.compress)
    unpacked = unpack(box.tar, box.folder, suffixes=PICTURES)
    assert len(unpacked.members) == 10_000
    assert all(member.file.read_text() == member.name.split("/")[1][:-4] for member in unpacked.members)


def test_a_letter_is_no_archive(box):
    for content in (b"", b"file,label\na.jpg,cat\n", bytes(2000), b"\xff\xd8\xff" + bytes(1000)):
        box.tar.write_bytes(content)
        assert not is_archive(box.tar)
