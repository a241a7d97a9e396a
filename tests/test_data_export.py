"""A data set keeps the further columns of its table, and is downloaded as it came, with its corrections."""

from __future__ import annotations

import csv
import io
import re
import zipfile

import made_items
import made_sounds
import made_speech
import made_texts
import pandas as pd
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

import cases
from cases.base import UploadedFile
from cases.dataset import Dataset
from models.progress import QUIET
from runs import paths, tokens
from runs.api.routes import ROUTES
from runs.jobs import data_import
from runs.store import dataset_rows, edits

KINDS = ("pictures", "sounds", "dictation", "texts", "books")


def brought(kind, folder, pictures, zip_of):
    """A small data set of a kind: (case, path)."""
    if kind == "pictures":
        return "image_recognition", zip_of(folder / "walls.zip", pictures(6) | pictures(4, seed=1, above="test/"))
    if kind == "sounds":
        return "speech", zip_of(folder / "tones.zip", made_sounds.recordings(12))
    if kind == "books":
        tables = zip(("ratings.csv", "books.csv"), made_items.tables(), strict=True)
        return "recommendation", zip_of(folder / "books.zip", dict(tables))
    if kind == "texts":
        (folder / "said.csv").write_text(made_texts.table(30))
        return "text_analysis", folder / "said.csv"
    (folder / "dictation.zip").write_bytes(made_speech.archive(12))
    return "speech", folder / "dictation.zip"


def interactions(identity):
    return pd.read_parquet(paths.datasets() / identity / "interactions.parquet")


def read(case, path, identity):
    dataset = data_import.into_dataset(case, [UploadedFile(path, path.name)], identity, QUIET)
    dataset_rows.add("local", identity, case, dataset.name, sample=False)
    return dataset


def download(identity, owner="local", kind="export"):
    token = tokens.sign(kind, dataset=identity, owner=owner)
    return TestClient(Starlette(routes=ROUTES)).get("/api/dataset", params={"token": token})


def pairs(dataset):
    """What each sample shows, and its label and part."""
    shown, kept = cases.get(dataset.case).thumbnail, dataset.kept
    return sorted((shown(dataset, row)[0], kept.at[row, "label"], kept.at[row, "split"]) for row in kept.index)


HOSTILE = ("=cmd()", "+1+1", "-1.5", "@all", "＝1+1", "'=x", "'-1.5", "- no")


def table(headings, rows):
    text = io.StringIO()
    csv.writer(text).writerows([headings.split(), *rows])
    return text.getvalue().encode()


def lines(content):
    """Of each table in what was downloaded, its cells."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = [archive.read(name) for name in archive.namelist() if name.endswith(".csv")]
    else:
        found = [content]
    return [[*csv.reader(io.StringIO(one.decode("utf-8-sig"), newline=""))] for one in found]


def test_no_table_of_a_download_has_a_cell_that_a_spreadsheet_runs_and_all_are_read_back(
    tmp_path, tokens_at_hand, zip_of
):
    sounds = made_sounds.recordings(12)
    said = ((f"{text} {n}", HOSTILE[n % 2]) for n in range(4) for text in HOSTILE)
    (tmp_path / "said.csv").write_bytes(table("text label", said))
    ratings = table("user item rating timestamp", (
        (f"{HOSTILE[user % 8]}{user}", f"{item}{number}", "-1.5" if user % 2 else "4", f"{1_000_000 + 60 * user}")
        for user in range(40) for number, item in enumerate(HOSTILE) if user % 3 or number))  # fmt: skip
    films = ((f"{item}{number}", f"{item} film {number}", "@all|-x") for number, item in enumerate(HOSTILE))
    titles = table("item title genres", films)
    heard = table("file label speaker", ((name, HOSTILE[n % 3], HOSTILE[n % 4]) for n, name in enumerate(sounds)))
    sounds = zip_of(tmp_path / "sounds.zip", sounds | {"recordings.csv": heard})
    films = zip_of(tmp_path / "films.zip", {"ratings.csv": ratings, "films.csv": titles})
    for number, (case, path) in enumerate((
        ("text_analysis", tmp_path / "said.csv"), ("speech", sounds), ("recommendation", films),
    )):  # fmt: skip
        first = read(case, path, f"d{number}")
        content = download(f"d{number}").content
        for rows in lines(content):
            run = [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "＝"))]
            assert not [cell for cell in run if not re.fullmatch(r"[+-][\d.]+", cell)]
        again = tmp_path / f"again{number}{'.csv' if case == 'text_analysis' else '.zip'}"
        again.write_bytes(content)
        second = read(case, again, f"e{number}")
        assert pairs(second) == pairs(first) and set(second.kept["label"]) == set(first.kept["label"])
        if case == "recommendation":
            values = [sorted(interactions(one)["value"]) for one in (f"d{number}", f"e{number}")]
            assert values[0] == values[1] and min(values[0]) == -1.5


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_downloaded_is_read_again_as_it_was_corrected(tmp_path, kind, pictures, zip_of, tokens_at_hand):
    case, path = brought(kind, tmp_path, pictures, zip_of)
    first = read(case, path, "d1")
    edits.add_all("local", "d1", {0: None, 1: str(first.samples.at[2, "label"]), 2: "a new one"})
    corrected = Dataset.open(paths.datasets() / "d1", edits.current("local", "d1"))
    answer = download("d1")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv") == (kind == "texts")
    again = tmp_path / ("again.csv" if kind == "texts" else "again.zip")
    again.write_bytes(answer.content)
    assert pairs(read(case, again, "d2")) == pairs(corrected)
    if kind == "books":  # interactions with what was excluded are missing
        first, second = interactions("d1"), interactions("d2")
        kept = first[first["item"] != 0]
        assert len(kept) < len(first)
        assert all(sorted(second[column]) == sorted(kept[column]) for column in ("value", "time"))


def test_folders_of_a_download_are_the_classes_and_its_names_are_safe(tmp_path, pictures, zip_of):
    read(*brought("pictures", tmp_path, pictures, zip_of), "d1")
    edits.add_all("local", "d1", {0: "../../etc", 1: "CON", 2: "a\\b:c", 3: "  .hidden "})
    with zipfile.ZipFile(io.BytesIO(download("d1").content)) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
    tops = {name.removeprefix("test/").split("/")[0] for name in names}
    assert {"_.._.._etc", "_CON", "a_b_c", "_.hidden"} <= tops
    assert len(names) == 30 and not [name for name in names if ".." in name.split("/") or "\\" in name]


def test_a_download_needs_a_token_of_its_owner_and_files_that_are_there(tmp_path, pictures, zip_of):
    dataset = read(*brought("pictures", tmp_path, pictures, zip_of), "d1")
    assert download("d1", owner="ann").status_code == download("d1", kind="dataset").status_code == 404
    dataset.file(dataset.samples.at[5, "file"]).unlink()
    answer = download("d1")
    assert answer.status_code == 410 and "files are missing" in answer.json()["message"]


# Further columns of a person's table are kept beside the samples, so that an evaluation can be cut by them.


def a_table(*columns, n=40):
    """A CSV with these columns: heading → what stands in line n."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([name for name, _cell in columns])
    writer.writerows([cell(number) for _name, cell in columns] for number in range(n))
    return text.getvalue().encode()


REVIEWS = (
    ("text", lambda n: f"the {'good' if n % 2 else 'bad'} book number {n} of many that I have read"),
    ("label", lambda n: "yes" if n % 2 else "no"),
    ("shop", lambda n: ["Rome", "Oslo", ""][n % 3]),
    ("price", lambda n: n / 2),
    ("order", lambda n: f"A{n:05}-x"),
)


def test_a_table_beside_pictures_tells_more_of_each(pictures, zip_of, read_zip, tmp_path):
    files = pictures(10)
    names = sorted(files)
    rows = [f"{name},{name.split('/')[0]},{'ab'[n % 2]}" for n, name in enumerate(names)]
    lines = "\n".join(["file,label,camera", *rows])
    dataset = read_zip("image_recognition", zip_of(tmp_path / "all.zip", {**files, "labels.csv": lines.encode()}))
    told = dict(zip(dataset.samples["name"], dataset.metadata["camera"].astype(str), strict=True))
    assert told == {name: "ab"[n % 2] for n, name in enumerate(names)}


@pytest.mark.parametrize("grown", [True, False])
def test_the_columns_of_a_version_that_grew_follow_those_of_the_first(tmp_path, counting_model, grown):
    from cases.base import UploadedFile, WorkDirs

    def read(name, columns, before):
        (tmp_path / f"{name}.csv").write_bytes(a_table(*columns))
        (tmp_path / name).mkdir()
        place = WorkDirs(tmp_path / name, counting_model.parents[1])
        part = UploadedFile(tmp_path / f"{name}.csv", f"{name}.csv")
        return cases.get("text_analysis").read([part], place, name * 16, QUIET, before=before)

    later = (*REVIEWS[:2], ("city", lambda n: "xy"[n % 2]))
    first = read("a", REVIEWS if grown else REVIEWS[:2], None)
    both = read("b", later, first)
    kept = both.metadata.astype(str)
    assert len(kept) == 80 and kept["city"].tolist()[38:43] == ["", "", "x", "y", "x"]
    assert ("shop" in kept) == grown and (not grown or kept["shop"].tolist()[39:42] == ["Rome", "", ""])
    assert Dataset.open(both.folder).is_whole
