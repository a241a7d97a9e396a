"""Pictures in every shape in which people bring them become the same data."""

from __future__ import annotations

import io
import tarfile
import zipfile

import pytest

from cases import groups
from cases.image_recognition import reader
from models.errors import InputError
from models.progress import NullReporter


@pytest.fixture
def read(tmp_path):
    def reading(*parts, report=None, **columns):
        folder = tmp_path / f"data{len([*tmp_path.iterdir()])}"
        folder.mkdir()
        return reader.read(parts, folder, "digest", report or NullReporter(), columns)

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


def labels(dataset):
    return dict(dataset.samples[["name", "label"]].itertuples(index=False))


def aside(dataset):
    return dict(dataset.set_aside[["name", "reason"]].itertuples(index=False))


def test_a_tar_is_read_as_a_zip_is(read, part, pictures):
    dataset = read(part("pets.tar.gz", tarred(pictures(2))))
    assert (dataset.name, dataset.classes, len(dataset.samples)) == ("pets", ("moss", "rust", "slate"), 6)


def test_the_content_decides_not_the_name(read, part, pictures):
    assert len(read(part("pets.zip", tarred(pictures(2)))).samples) == 6


def test_loose_pictures_have_the_class_that_was_typed(read, part, pictures):
    pieces = [part(name.split("/")[1], content, label=name.split("/")[0]) for name, content in pictures(2).items()]
    dataset = read(*pieces, part("letter.txt", b"Dear Sir", label="moss"))
    assert dataset.name == "moss, rust, slate"
    assert dataset.samples["name"].tolist() == ["000.png", "001.png"] * 3
    assert dataset.samples["label"].tolist() == ["moss"] * 2 + ["rust"] * 2 + ["slate"] * 2
    assert aside(dataset) == {"letter.txt": "Unsupported file type."}
    assert all(dataset.file(name).is_file() for name in dataset.samples["file"])
    assert all(piece.path.exists() for piece in pieces)


def test_a_table_inside_a_zip_gives_the_classes(read, part, pictures):
    flat = {f"images/{name.replace('/', '-')}": content for name, content in pictures(2).items()}
    lines = "".join(f"{name},{name.split('/')[1].split('-')[0]},train\n" for name in list(flat)[:5])
    dataset = read(part("pets.zip", zipped({**flat, "labels.csv": b"file,label,split\n" + lines.encode()})))
    assert labels(dataset) == {name: name.split("/")[1].split("-")[0] for name in list(flat)[:5]}
    assert set(dataset.samples["split"]) == {"train"}
    assert aside(dataset) == {"images/slate-001.png": "Not listed in the table."}
    assert [note["message"].format(**note["args"]) for note in dataset.notes][2] == (
        "“labels.csv”: column “label” detected as class from its name."
    )
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
def test_a_table_beside_a_zip_gives_the_classes(read, part, pictures, encoding):
    flat = {name.replace("/", "-"): content for name, content in pictures(2).items()}
    chinese = {"moss": "苔藓", "rust": "铁锈", "slate": "石板"}
    lines = "".join(f"{name},{chinese[name.split('-')[0]]}\n" for name in flat)
    table = part("标签.csv", f"文件名,类别\n{lines}".encode(encoding))
    dataset = read(table, part("pets.zip", zipped(flat)))
    assert dataset.name == "pets"
    assert labels(dataset) == {name: chinese[name.split("-")[0]] for name in flat}


def test_a_table_beside_loose_pictures_gives_the_classes(read, part, pictures):
    flat = {name.replace("/", "-"): content for name, content in pictures(1).items()}
    table = part("labels.csv", "".join(f"{name},{name.split('-')[0]}\n" for name in flat).encode())
    dataset = read(*[part(name, content) for name, content in flat.items()], table)
    assert dataset.classes == ("moss", "rust", "slate")


def test_a_test_file_of_its_own_is_the_test_part(read, part, pictures):
    dataset = read(
        part("pets.zip", zipped({**pictures(2), **pictures(1, seed=2, above="验证集/")}), "train"),
        part("new.tar", tarred(pictures(1, seed=1)), "test"),
    )
    assert dataset.samples.groupby("split").size().to_dict() == {"train": 6, "validation": 3, "test": 3}


def test_folders_of_parts_are_honoured_in_chinese_too(read, part, pictures):
    files = {**pictures(2, above="数据/训练集/"), **pictures(1, seed=1, above="数据/测试/")}
    assert read(part("pets.zip", zipped(files))).samples["split"].value_counts().to_dict() == {"train": 6, "test": 3}


def test_what_systems_leave_is_set_aside_by_its_name(read, part, pictures):
    left = ["__MACOSX/moss/._000.png", "moss/.DS_Store", "moss/Thumbs.db", "stray.png"]
    dataset = read(part("pets.zip", zipped({**pictures(2), **dict.fromkeys(left, b"left")})))
    assert aside(dataset) == dict.fromkeys(left, "A system file.") | {"stray.png": "Not in a class folder."}


def test_labels_that_look_like_markup_stay_as_they_are(read, part, pictures):
    loud = "<b onmouseover=alert(1)>moss"
    dataset = read(*[part(name, content, label=label) for label, (name, content) in zip(
        [loud, "rust & slate"], pictures(1).items(), strict=False)])  # fmt: skip
    assert dataset.classes == (loud, "rust & slate")


def test_three_hundred_classes_and_one_with_a_single_picture_are_read(read, part, pictures):
    content = next(iter(pictures(1).values()))
    files = {f"{number:03}/{copy}.png": content for number in range(300) for copy in range(2 if number else 1)}
    dataset = read(part("many.zip", zipped(files)))
    assert (len(dataset.classes), len(dataset.samples)) == (300, 599)


def test_a_workbook_is_refused_with_what_to_do(read, part, pictures):
    with pytest.raises(InputError) as refused:
        read(part("pets.zip", zipped(pictures(1))), part("labels.xlsx", b"PK\3\4"))
    assert str(refused.value) == (
        "“labels.xlsx” is a workbook. A table is a CSV or TSV file with one line per example. Save it as CSV in UTF-8 "
        "and upload it again."
    )


def test_a_file_that_is_no_archive_whatever_its_name_is_refused(read, part):
    with pytest.raises(InputError) as refused:
        read(part("pets.rar", b"Rar!\x1a\x07\x01\x00" + bytes(600)))
    assert str(refused.value) == (
        "The file is neither a zip nor a tar. A zip or a tar of the data is needed. Put the data into a folder and zip "
        "it. RAR and 7z are not supported."
    )


def test_a_table_about_something_else_in_an_archive_does_not_cost_its_pictures(part, read, pictures):
    """Its numbers fit the names of some pictures by chance."""
    files = {name.replace("/00", "/"): content for name, content in pictures(9).items()}
    files["moss/figures.csv"] = b"a,b\n1,27\n0,mixed\n2,3\n"
    dataset = read(part("tints.zip", zipped(files)))
    assert len(dataset.samples) == 27
    assert aside(dataset) == {"moss/figures.csv": "A text file without classes for these files."}


def test_a_table_in_an_archive_may_name_its_pictures_by_bare_numbers(part, read, pictures):
    files = {f"{number}.png": content for number, content in enumerate(pictures(3).values())}
    lines = "".join(f"{number},{'cat' if number % 2 else 'dog'}\n" for number in range(9))
    dataset = read(part("pets.zip", zipped({**files, "labels.csv": b"id,label\n" + lines.encode()})))
    assert len(dataset.samples) == 9 and dataset.classes == ("cat", "dog")
