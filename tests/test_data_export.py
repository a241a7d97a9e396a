"""A data set is downloaded as it came, with its corrections, and can be read again."""

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
from cases import data_export
from cases.base import UploadedFile
from cases.dataset import Dataset
from models.progress import QUIET
from runs import paths, tokens
from runs.api.routes import ROUTES
from runs.jobs import data_import
from runs.store import dataset_rows, edits


@pytest.fixture
def brought(pictures, zip_of, tmp_path):
    """A small data set of each kind: (case, name, content) by what it is."""
    walls = pictures(6) | pictures(4, seed=1, above="test/")
    made = {
        "pictures": ("image_recognition", zip_of(tmp_path / "walls.zip", walls)),
        "sounds": ("speech", zip_of(tmp_path / "tones.zip", made_sounds.recordings(12))),
        "books": ("recommendation", zip_of(tmp_path / "books.zip", dict(
            zip(("ratings.csv", "books.csv"), made_items.tables(), strict=True)))),
    }  # fmt: skip
    (tmp_path / "said.csv").write_text(made_texts.table(30))
    (tmp_path / "dictation.zip").write_bytes(made_speech.archive(12))
    return made | {
        "texts": ("text_analysis", tmp_path / "said.csv"),
        "dictation": ("speech", tmp_path / "dictation.zip"),
    }


def read(case, path, identity):
    dataset = data_import.into_dataset(case, [UploadedFile(path, path.name)], identity, QUIET)
    dataset_rows.add("local", identity, case, dataset.name, sample=False)
    return dataset


def download(identity, owner="local"):
    token = tokens.sign("export", dataset=identity, owner=owner)
    return TestClient(Starlette(routes=ROUTES)).get("/api/dataset", params={"token": token})


def pairs(dataset):
    """What each sample shows, and its label and part."""
    shown, kept = cases.get(dataset.case).thumbnail, dataset.kept
    return sorted((shown(dataset, row)[0], kept.at[row, "label"], kept.at[row, "split"]) for row in kept.index)


HOSTILE = ("=cmd()", "+1+1", "-1.5", "@all", "＝1+1", "'=x", "'-1.5", "- no")


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
    tables = {"said.csv": io.StringIO(), "ratings.csv": io.StringIO(), "films.csv": io.StringIO(),
              "recordings.csv": io.StringIO()}  # fmt: skip
    write = {name: csv.writer(file).writerows for name, file in tables.items()}
    write["said.csv"]([("text", "label"), *((f"{text} {n}", HOSTILE[n % 2]) for n in range(4) for text in HOSTILE)])
    write["ratings.csv"]([("user", "item", "rating", "timestamp"), *(
        (f"{HOSTILE[user % 8]}{user}", f"{item}{number}", "-1.5" if user % 2 else "4", f"{1_000_000 + 60 * user}")
        for user in range(40) for number, item in enumerate(HOSTILE) if user % 3 or number)])  # fmt: skip
    write["films.csv"]([("item", "title", "genres"), *(
        (f"{item}{number}", f"{item} film {number}", "@all|-x") for number, item in enumerate(HOSTILE))])  # fmt: skip
    sounds = made_sounds.recordings(12)
    write["recordings.csv"]([
        ("file", "label", "speaker"), *((name, HOSTILE[n % 3], HOSTILE[n % 4]) for n, name in enumerate(sounds))
    ])  # fmt: skip
    brought = {name: file.getvalue().encode() for name, file in tables.items()}
    (tmp_path / "said.csv").write_bytes(brought["said.csv"])
    sounds = zip_of(tmp_path / "sounds.zip", sounds | {"recordings.csv": brought["recordings.csv"]})
    films = zip_of(tmp_path / "films.zip", {name: brought[name] for name in ("ratings.csv", "films.csv")})
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
            values = [sorted(pd.read_parquet(paths.datasets() / one / "interactions.parquet")["value"])
                      for one in (f"d{number}", f"e{number}")]  # fmt: skip
            assert values[0] == values[1] and min(values[0]) == -1.5


@pytest.mark.parametrize("kind", ["pictures", "sounds", "dictation", "texts", "books"])
def test_what_is_downloaded_is_read_again_as_it_was_corrected(brought, tmp_path, kind, request):
    if kind == "texts":
        request.getfixturevalue("tokens_at_hand")
    case, path = brought[kind]
    first = read(case, path, "d1")
    edits.add_all("local", "d1", {0: None, 1: str(first.samples.at[2, "label"]), 2: "a new one"})
    corrected = Dataset.open(paths.datasets() / "d1", edits.current("local", "d1"))
    answer = download("d1")
    assert answer.status_code == 200
    table = answer.headers["content-type"].startswith("text/csv")
    assert table == (kind == "texts")
    again = tmp_path / ("again.csv" if table else "again.zip")
    again.write_bytes(answer.content)
    assert pairs(read(case, again, "d2")) == pairs(corrected)


def test_of_a_download_of_interactions_those_with_an_excluded_item_are_missing(brought, tmp_path):
    case, path = brought["books"]
    read(case, path, "d1")
    edits.add("local", "d1", 0, None)
    (tmp_path / "again.zip").write_bytes(download("d1").content)
    read(case, tmp_path / "again.zip", "d2")
    first, second = (pd.read_parquet(paths.datasets() / one / "interactions.parquet") for one in ("d1", "d2"))
    kept = first[first["item"] != 0]
    assert len(kept) < len(first)
    for column in ("value", "time"):
        assert sorted(second[column]) == sorted(kept[column])


def test_folders_of_a_download_are_the_classes_and_its_names_are_safe(brought):
    read(*brought["pictures"], "d1")
    edits.add_all("local", "d1", {0: "../../etc", 1: "CON", 2: "a\\b:c", 3: "  .hidden "})
    with zipfile.ZipFile(io.BytesIO(download("d1").content)) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
    tops = {name.removeprefix("test/").split("/")[0] for name in names}
    assert {"_.._.._etc", "_CON", "a_b_c", "_.hidden"} <= tops
    assert len(names) == 30 and not [name for name in names if ".." in name.split("/") or "\\" in name]


@pytest.mark.parametrize(
    ("name", "kept"),
    [("..", "_"), ("a/../b", "a_.._b"), ("nul.txt", "_nul.txt"), ("cat. ", "cat"), ("", "_"), ("猫", "猫")],
)
def test_a_name_leads_out_of_no_folder_on_any_system(name, kept):
    assert data_export.safe(name) == kept


def test_a_download_needs_a_token_of_its_owner_and_files_that_are_there(brought):
    dataset = read(*brought["pictures"], "d1")
    assert download("d1", owner="ann").status_code == 404
    token = tokens.sign("dataset", dataset="d1", owner="local")
    client = TestClient(Starlette(routes=ROUTES))
    assert client.get("/api/dataset", params={"token": token}).status_code == 404
    dataset.file(dataset.samples.at[5, "file"]).unlink()
    assert (download("d1").status_code, download("d1").json()) == (
        410, {"message": "Some of the files are missing. Upload the data again."})  # fmt: skip
