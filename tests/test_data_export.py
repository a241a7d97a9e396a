"""A data set is downloaded as it came, with its corrections, and can be read again."""

from __future__ import annotations

import io
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
