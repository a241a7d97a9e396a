"""Pictures in every shape in which people bring them become the same data."""

from __future__ import annotations

import io
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from cases import groups
from cases.image_recognition import reader
from cases.image_recognition.decoder import DAMAGED, seen
from cases.image_recognition.jpeg_size import lies
from cases.image_recognition.predict import decode
from models.errors import InputError
from models.progress import QUIET, NullReporter


@pytest.fixture
def read(tmp_path):
    def reading(*parts, report=None, **columns):
        folder = tmp_path / f"data{len([*tmp_path.iterdir()])}"
        folder.mkdir()
        return reader.read(parts, folder, "digest", report or NullReporter(), columns)

    return reading


@pytest.fixture
def read_files(read, part):
    """Read one zip of these files."""

    def reading(files, **columns):
        return read(part("pets.zip", zipped(files)), **columns)

    return reading


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def flat(files):
    return {name.replace("/", "-"): content for name, content in files.items()}


def labels(dataset):
    return dict(dataset.samples[["name", "label"]].itertuples(index=False))


def aside(dataset):
    return dict(dataset.set_aside[["name", "reason"]].itertuples(index=False))


def test_folders_become_classes_and_pixels_are_kept_once(read_files, pictures, tmp_path):
    files = pictures(3, above="deep/down/")
    dataset = read_files(files)
    samples = dataset.samples
    assert (dataset.name, dataset.classes) == ("pets", ("moss", "rust", "slate"))
    assert samples["name"].tolist() == sorted(files)
    assert samples["label"].tolist() == ["moss"] * 3 + ["rust"] * 3 + ["slate"] * 3
    assert set(samples["split"]) == {""} and set(samples["width"]) == {48} and len(dataset.set_aside) == 0
    for size, interpolation in ((256, "bicubic"), (40, "bilinear")):
        kept = reader.pixels(dataset, size, interpolation, tmp_path / "cache", QUIET)
        for row, name in enumerate(samples["file"]):
            assert np.array_equal(kept[row], decode(dataset.file(name), size, interpolation))


def test_a_tar_is_read_as_a_zip_is_and_the_content_decides_not_the_name(read, part, pictures):
    for name in ("pets.tar.gz", "pets.zip"):
        dataset = read(part(name, tarred(pictures(2))))
        assert (dataset.name, dataset.classes, len(dataset.samples)) == ("pets", ("moss", "rust", "slate"), 6)


def test_what_cannot_be_used_is_set_aside_with_its_reason(read_files, pictures):
    whole = pictures(1)["moss/000.png"]
    odd = {
        "moss/letter.jpg": (b"Dear Sir or Madam", "Not a picture, despite its name. Save the original as JPEG or PNG."),
        "moss/nothing.png": (b"", "An empty file (0 bytes)."), "moss/cut.png": (whole[:-400], DAMAGED),
        "moss/notes.txt": (b"notes", "A text file without classes for these files."),
        "stray.png": (whole, "Not in a class folder."), "train/stray.png": (whole, "Not in a class folder."),
        **dict.fromkeys(("__MACOSX/moss/._000.png", "moss/.DS_Store", "moss/Thumbs.db"), (b"x", "A system file.")),
    }  # fmt: skip
    dataset = read_files(pictures(2) | {name: content for name, (content, _) in odd.items()})
    assert len(dataset.samples) == len(list((dataset.folder / "files/0").iterdir())) == 6
    assert aside(dataset) == {name: reason for name, (_, reason) in odd.items()}


def test_loose_pictures_have_the_class_that_was_typed_as_it_was_typed(read, part, pictures):
    pieces = [part(name.split("/")[1], content, label=name.split("/")[0]) for name, content in pictures(2).items()]
    dataset = read(*pieces, part("letter.txt", b"Dear Sir", label="moss"))
    assert dataset.name == "moss, rust, slate"
    assert dataset.samples["name"].tolist() == ["000.png", "001.png"] * 3
    assert dataset.samples["label"].tolist() == ["moss"] * 2 + ["rust"] * 2 + ["slate"] * 2
    assert aside(dataset) == {"letter.txt": "Unsupported file type."}
    assert all(dataset.file(name).is_file() for name in dataset.samples["file"])
    assert all(piece.path.exists() for piece in pieces)
    loud = "<b onmouseover=alert(1)>moss"
    dataset = read(*[part(name, content, label=label) for label, (name, content) in zip(
        [loud, "rust & slate"], pictures(1).items(), strict=False)])  # fmt: skip
    assert dataset.classes == (loud, "rust & slate")


def test_a_table_inside_a_zip_gives_the_classes(read_files, pictures):
    files = {f"images/{name}": content for name, content in flat(pictures(2)).items()}
    known = {name: name.split("/")[1].split("-")[0] for name in list(files)[:5]}
    lines = "".join(f"{name},{label},train\n" for name, label in known.items())
    dataset = read_files({**files, "labels.csv": b"file,label,split\n" + lines.encode()})
    assert labels(dataset) == known and set(dataset.samples["split"]) == {"train"}
    assert aside(dataset) == {"images/slate-001.png": "Not listed in the table."}
    assert "column “label” detected as class" in dataset.notes[2]["message"].format(**dataset.notes[2]["args"])
    assert {path.suffix for path in (dataset.folder / "files/0").iterdir()} == {".png"}


def test_the_upper_folder_is_the_class_where_that_is_chosen_and_the_lower_one_is_then_the_group(read, part, pictures):
    nested = {f"animals/{kind}/{name}/{n}.png": content for kind in ("cat", "dog") for name in (f"{kind}1", f"{kind}2")
              for n, content in enumerate(pictures(1).values())}  # fmt: skip
    whole = part("pets.zip", zipped({**nested, "animals/cat/loose.png": next(iter(nested.values()))}))
    usual = read(whole)
    assert usual.classes == ("cat", "cat1", "cat2", "dog1", "dog2")
    [note] = usual.notes
    assert note["columns"] == {"class_folder": "upper"} and note["args"] == {"last": "cat1", "upper": "cat"}
    chosen = read(whole, **note["columns"])
    assert chosen.classes == ("cat", "dog") and chosen.samples["label"].value_counts()["cat"] == 7
    assert set(groups.values(chosen, groups.FOLDER)) == {"cat1", "cat2", "dog1", "dog2", "animals"}
    assert [found.name for found in groups.findings(chosen)] == ["group_folder"]
    [note] = chosen.notes
    assert read(whole, **note["columns"]).classes == usual.classes
    with pytest.raises(InputError, match="The class folder “middle” is unknown"):
        read(whole, class_folder="middle")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_a_table_beside_a_zip_or_loose_pictures_gives_the_classes(read, part, pictures, encoding):
    files = flat(pictures(2))
    chinese = {"moss": "苔藓", "rust": "铁锈", "slate": "石板"}
    lines = "".join(f"{name},{chinese[name.split('-')[0]]}\n" for name in files)
    table = part("标签.csv", f"文件名,类别\n{lines}".encode(encoding))
    zipped_ones, loose = read(table, part("pets.zip", zipped(files))), [part(*one) for one in files.items()]
    assert zipped_ones.name == "pets"
    assert labels(zipped_ones) == labels(read(*loose, table)) == {name: chinese[name.split("-")[0]] for name in files}


def test_a_test_file_of_its_own_and_folders_of_parts_are_honoured_in_chinese_too(read, read_files, part, pictures):
    dataset = read(
        part("pets.zip", zipped({**pictures(2), **pictures(1, seed=2, above="验证集/")}), "train"),
        part("new.tar", tarred(pictures(1, seed=1)), "test"),
    )
    assert dataset.name == "pets" and all(dataset.file(name).exists() for name in dataset.samples["file"])
    assert dataset.samples.groupby("split").size().to_dict() == {"train": 6, "validation": 3, "test": 3}
    files = {}
    for seed, above in enumerate(["Train/", "数据/训练集/", "x/VALID/", "testing/", "数据/测试/"]):
        files |= pictures(1, seed=seed, above=above)
    dataset = read_files(files)
    assert dataset.classes == ("moss", "rust", "slate")
    assert dataset.samples["split"].value_counts().to_dict() == {"train": 6, "validation": 3, "test": 6}


@pytest.mark.parametrize(("name", "content", "found"), [
    ("labels.xlsx", lambda drawn: b"PK\3\4", "“labels.xlsx” is a workbook. A table is a CSV or TSV file"),
    ("pets.rar", lambda drawn: b"Rar!\x1a\x07\x01\x00" + bytes(600), "The file is neither a zip nor a tar."),
    ("pets.zip", lambda drawn: zipped(drawn(3, classes=("moss",))), "“pets.zip” holds one class only, “moss”."),
    ("pets.zip", lambda drawn: zipped(flat(drawn(2))), "“pets.zip” holds no usable pictures; skipped files: 6."),
])  # fmt: skip
def test_what_cannot_be_read_is_refused_with_what_to_do(read, part, pictures, name, content, found):
    with pytest.raises(InputError, match=found) as refused:
        read(*[part("pets.zip", zipped(pictures(1)))] * (name == "labels.xlsx"), part(name, content(pictures)))
    assert refused.value.remedy


# A JPEG whose width or height is not that of its blocks is set aside; true ones never are.


FORMS = [{}, {"progressive": True}, {"subsampling": 0}, {"subsampling": 2, "optimize": True},
         {"restart_marker_blocks": 3}]  # fmt: skip


def picture(width, height, mode="RGB"):
    noise = np.random.default_rng(width * height).integers(0, 255, (height // 4 + 1, width // 4 + 1, 3), np.uint8)
    return Image.fromarray(noise).resize((width, height)).convert(mode)


def encoded(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85, **options)
    return buffer.getvalue()


def saying(content, *, width=None, height=None):
    at = next(at for at in range(len(content)) if content[at] == 0xFF and content[at + 1] in (0xC0, 0xC1, 0xC2))
    changed = bytearray(content)
    for place, value in ((at + 5, height), (at + 7, width)):
        if value:
            changed[place : place + 2] = value.to_bytes(2, "big")
    return bytes(changed)


@pytest.mark.parametrize("options", FORMS, ids=str)
@pytest.mark.parametrize("size", [{"height": 40}, {"height": 400}, {"width": 80}, {"width": 700}, {"height": 2000}])
def test_a_false_size_is_noticed(options, size):
    assert lies(saying(encoded(picture(320, 240), **options), **size))


def test_such_a_picture_is_set_aside(tmp_path):
    whole = encoded(picture(320, 240))
    (tmp_path / "a.jpg").write_bytes(whole)
    (tmp_path / "b.jpg").write_bytes(saying(whole, height=960))
    assert isinstance(seen(tmp_path / "a.jpg")[1], np.ndarray)
    assert seen(tmp_path / "b.jpg")[1] == DAMAGED
