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
ZIP_AGAIN = "Zip the folder again with the zip command of your system."
RENAME = "Rename it and zip the folder again."
OWN_PLACE = "Every file in a zip must have a place of its own and one size. Make the zip again from the original files."
DAMAGED = (
    "“a.jpg” in the zip is damaged: it is not what the zip says it is. Every file must have the size and the checksum"
    " that the archive gives. Upload it again; if that does not help, make the archive anew."
)
CUT_OFF = (
    "The zip is cut off or damaged: its table of contents cannot be read. A complete zip is needed."
    " Upload it again; if that does not help, make the archive anew."
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
    box.zip.parent.mkdir()
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
    assert unpacked == Unpacked(
        [
            Member("cats/a.png", box.folder / "1.png"),
            Member("cats/b.JPG", box.folder / "2.jpg"),
            Member("dogs/c.jpg", box.folder / "3.jpg"),
        ],
        [],
    )
    assert [member.file.read_bytes() for member in unpacked.members] == [b"one", b"two", b"three"]
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_harmless_files_that_are_not_wanted_are_set_aside_with_the_reason(box):
    make(
        box,
        {
            "__MACOSX/cats/._a.jpg": b"fork",
            "cats/.DS_Store": b"store",
            "cats/.hidden/a.jpg": b"hidden",
            "cats/Icon\r": b"icon",
            "cats/Thumbs.db": b"thumbs",
            "cats/a.jpg": b"picture",
            "cats/desktop.ini": b"desktop",
            "cats/empty.jpg": b"",
            "more.zip": b"PK",
            "notes.TXT": b"notes",
            "old/desktop.INI": b"desktop",
        },
    )
    unpacked = unpack(box.zip, box.folder, suffixes=PICTURES)
    assert names(unpacked) == ["cats/a.jpg"]
    assert unpacked.set_aside == [
        SetAside("__MACOSX/cats/._a.jpg", "A system file."),
        SetAside("cats/.DS_Store", "A system file."),
        SetAside("cats/.hidden/a.jpg", "A system file."),
        SetAside("cats/Icon\r", "A system file."),
        SetAside("cats/Thumbs.db", "A system file."),
        SetAside("cats/desktop.ini", "A system file."),
        SetAside("cats/empty.jpg", "An empty file (0 bytes)."),
        SetAside("more.zip", "An archive inside the archive; it was not opened."),
        SetAside("notes.TXT", "A file of another kind."),
        SetAside("old/desktop.INI", "A system file."),
    ]
    assert [path.name for path in box.folder.iterdir()] == ["1.jpg"]


def test_of_two_files_of_one_name_the_first_is_taken(box):
    make(box, {"cats/a.jpg": b"first", "cats//a.jpg": b"second"})
    unpacked = unpack(box.zip, box.folder, suffixes=PICTURES)
    assert unpacked.set_aside == [SetAside("cats/a.jpg", "Another file of the same name was taken.")]
    assert unpacked.members[0].file.read_bytes() == b"first"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("gbk", "猫狗/橘猫（一）.jpg"),
        ("gbk", "一/1.jpg"),  # valid UTF-8 too, were it the only name
        ("utf-8", "猫/橘猫.jpg"),
        ("utf-8", "Müller/кот.jpg"),
        ("cp437", "Müller/café.jpg"),
        ("cp437", "ÄÖÜ/äöü.jpg"),
    ],
)
def test_names_without_the_utf8_flag_are_read_as_their_computer_wrote_them(box, encoding, name):
    raw, other = name.encode(encoding), ("二三" if encoding == "gbk" else "x").encode(encoding)
    make(box, {"z" * len(raw): b"picture", "y" * len(other): b"note"})
    rename(box, b"z" * len(raw), raw)
    rename(box, b"y" * len(other), other)
    assert names(unpack(box.zip, box.folder, suffixes=PICTURES)) == [name]


def test_a_file_without_a_name_is_set_aside(box):
    make(box, {"a.jpg": b"picture", "zzzz": b"nameless"})
    rename(box, b"zzzz", b"\x99\x99\0\0")  # an extra field of no length, once the name has none
    forge(box, CENTRAL, {CENTRAL: 28}, 0, "<H", entry=1)
    forge(box, CENTRAL, {CENTRAL: 30}, 4, "<H", entry=1)
    unpacked = unpack(box.zip, box.folder, suffixes=PICTURES)
    assert unpacked.set_aside == [SetAside("", "A file of another kind.")]


def test_names_with_the_utf8_flag_are_read_as_utf8_and_composed(box):
    make(box, {"猫/cafe\u0301.jpg": b"picture"})
    assert names(unpack(box.zip, box.folder, suffixes=PICTURES)) == ["猫/caf\u00e9.jpg"]


@pytest.mark.parametrize(
    ("name", "found", "remedy"),
    [
        ("../a.jpg", "The name “../a.jpg” in the zip leads out of its folder.", ZIP_AGAIN),
        ("x/../../a.jpg", "The name “x/../../a.jpg” in the zip leads out of its folder.", ZIP_AGAIN),
        ("../", "The name “../” in the zip leads out of its folder.", ZIP_AGAIN),
        ("__MACOSX/../a.jpg", "The name “__MACOSX/../a.jpg” in the zip leads out of its folder.", ZIP_AGAIN),
        ("/tmp/a.jpg", "The name “/tmp/a.jpg” in the zip is an absolute path.", ZIP_AGAIN),
        ("..\\a.jpg", "The name “..\\a.jpg” in the zip holds a backslash.", ZIP_AGAIN),
        ("C:/a.jpg", "The name “C:/a.jpg” in the zip names a drive.", ZIP_AGAIN),
        ("x/c:a.jpg", "The name “x/c:a.jpg” in the zip names a drive.", ZIP_AGAIN),
        ("x/NUL.jpg", "The name “x/NUL.jpg” in the zip is the name of a device on Windows.", RENAME),
        ("com1/a.jpg", "The name “com1/a.jpg” in the zip is the name of a device on Windows.", RENAME),
        ("a\n.jpg", "The name “a�.jpg” in the zip holds control characters.", RENAME),
    ],
)
def test_a_dangerous_name_refuses_the_whole_zip(box, name, found, remedy):
    make(box, {"good.jpg": b"good", name: b"bad"})
    assert refusal(box) == f"{found} {PLAIN_PATHS} {remedy}"


def test_a_name_with_a_zero_byte_is_refused(box):
    make(box, {"a.jpgz.png": b"bad"})
    rename(box, b"a.jpgz.png", b"a.jpg\0.png")
    assert refusal(box) == f"The name “a.jpg�.png” in the zip holds control characters. {PLAIN_PATHS} {RENAME}"


def test_a_backslash_that_is_half_of_a_chinese_character_is_none(box):
    raw = "俓猫狗橘.jpg".encode("gbk")
    assert b"\\" in raw
    make(box, {"z" * len(raw): b"picture"})
    rename(box, b"z" * len(raw), raw)
    assert names(unpack(box.zip, box.folder, suffixes=PICTURES)) == ["俓猫狗橘.jpg"]


@pytest.mark.parametrize("name", ["concert.jpg", "x/auxiliary.jpg", "a..b.jpg", "x/console.d/a.jpg", "12:30.jpg"])
def test_a_name_that_only_resembles_a_dangerous_one_is_taken(box, name):
    make(box, {name: b"good"})
    assert names(unpack(box.zip, box.folder, suffixes=PICTURES)) == [name]


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
        "“a.jpg” in the zip is protected by a password. A zip without a password is needed."
        " Make the zip again without a password."
    )


def test_an_unusual_packing_method_is_refused(box):
    make(box, {"a.jpg": b"picture"}, zipfile.ZIP_LZMA)
    assert refusal(box) == (
        "“a.jpg” in the zip is packed in a way that is not read here (method 14)."
        " The methods “Store” and “Deflate” are read. Make the zip again with the method “Deflate”."
    )


def test_a_file_of_zeros_is_refused_by_its_ratio(box):
    make(box, {"good.jpg": b"good", "zeros.jpg": bytes(60_000_000)})
    with zipfile.ZipFile(box.zip) as archive:
        ratio = round(60_000_000 / archive.getinfo("zeros.jpg").compress_size)
    assert refusal(box) == (
        f"“zeros.jpg” in the zip unpacks to {ratio} times its size, like a zip bomb."
        " At most 200 times its size is allowed. Leave the file out, or make the archive again from the original files."
    )


def test_many_small_files_of_zeros_are_refused_by_their_common_ratio(box):
    make(box, {f"{number}.jpg": bytes(10_000) for number in range(11)})
    with zipfile.ZipFile(box.zip) as archive:
        ratio = round(110_000 / sum(entry.compress_size for entry in archive.infolist()))
    assert refusal(box, limits=Limits(ratio_from_bytes=100_000)) == (
        f"The zip unpacks to {ratio} times its size, like a zip bomb. At most 100 times its size is allowed."
        " Make the archive again from the original files."
    )


def test_a_short_silence_is_no_bomb(box):
    make(box, {"silence.jpg": bytes(1_000_000)})
    assert names(unpack(box.zip, box.folder, suffixes=PICTURES)) == ["silence.jpg"]


def test_a_file_over_the_limit_is_refused(box):
    make(box, {"a.jpg": b"picture"})
    forge(box, CENTRAL, SIZE, 201_000_000)
    assert refusal(box) == (
        "“a.jpg” in the zip unpacks to 201 MB. A file may have at most 200 MB."
        " Make the file smaller or leave it out, and zip the folder again."
    )


def test_a_total_over_the_limit_is_refused(box):
    make(box, {f"{number}.jpg": b"picture" for number in range(11)})
    for number in range(11):
        forge(box, CENTRAL, SIZE, 1_900_000_000, entry=number)
    limits = Limits(file_bytes=2 * 10**9, ratio_from_bytes=2 * 10**9)
    assert refusal(box, limits=limits) == (
        "The zip unpacks to 20.9 GB. At most 20.0 GB may be unpacked from one archive. Upload a smaller part of the"
        " data."
    )


def test_what_is_not_unpacked_may_be_of_any_size(box):
    make(box, {"a.jpg": b"picture", "film.mp4": bytes(60_000_000)})
    assert names(unpack(box.zip, box.folder, suffixes=PICTURES)) == ["a.jpg"]


def test_too_many_entries_are_refused(box):
    make(box, {f"{number}.txt": b"" for number in range(6)})
    assert refusal(box, limits=Limits(files=5)) == (
        "The zip holds more than 5 files and folders. A zip may hold at most 5 files and folders."
        " Leave out what is not needed, or upload a smaller part of the data."
    )


def test_a_huge_table_of_contents_is_refused_before_it_is_read(box):
    make(box, {f"{number}{'x' * 60_000}": b"" for number in range(20)})
    assert refusal(box, limits=Limits(files=20)) == (
        "The zip holds more than 20 files and folders. A zip may hold at most 20 files and folders."
        " Leave out what is not needed, or upload a smaller part of the data."
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
        "The file is neither a zip nor a tar. A zip or a tar of the data is needed."
        " Put the data into a folder and zip it; RAR and 7z files are not read."
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
        "The file is empty (0 bytes). A zip or a tar of the data is needed."
        " Upload it again; if that does not help, make the archive anew."
    )


@pytest.mark.parametrize("files", [{}, {"cats/": b""}])
def test_a_zip_without_files_is_refused(box, files):
    make(box, files)
    assert refusal(box) == (
        "There are no files in the zip. A zip or a tar of the data is needed."
        " Put the data into a folder, zip the folder and upload that."
    )


def test_a_full_disk_is_noticed_before_anything_is_written(box, monkeypatch):
    make(box, {"a.jpg": b"picture"})
    forge(box, CENTRAL, SIZE, 1_500_000_000)
    forge(box, LOCAL, SIZE, 1_500_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=400_000_000))
    assert refusal(box, limits=Limits(file_bytes=2 * 10**9, ratio_from_bytes=2 * 10**9)) == (
        "Unpacking needs 1.5 GB, and the disk has 0.4 GB free. There must be room for all files of the archive."
        " Delete runs and data sets that are no longer needed, or upload a smaller part of the data."
    )


def test_a_stop_while_unpacking_leaves_nothing_behind(box):
    def stop(done, total):
        raise KeyboardInterrupt

    make(box, {"a.jpg": b"picture", "b.jpg": b"picture"})
    with pytest.raises(KeyboardInterrupt):
        unpack(box.zip, box.folder, suffixes=PICTURES, progress=stop)
    assert list(box.folder.iterdir()) == []


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
