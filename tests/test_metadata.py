"""Further columns of a person's table are kept beside the samples, so that an evaluation can be cut by them."""

from __future__ import annotations

import csv
import io

import made_items
import pandas as pd
import pytest

import cases
from cases.base import OF_ITEM, OF_USER, TABLE
from cases.dataset import METADATA, Dataset
from cases.ingest.tables import metadata
from cases.recommendation import metadata as of_interactions
from models.progress import QUIET
from runs import paths


def table(*columns, n=40):
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


def test_columns_that_group_texts_are_kept_and_ids_are_not(zip_of, read_zip, tmp_path):
    dataset = read_zip("text_analysis", zip_of(tmp_path / "reviews.zip", {"reviews.csv": table(*REVIEWS)}))
    kept = dataset.metadata
    assert list(kept.columns) == ["shop", "price"] and len(kept) == len(dataset.samples)
    assert kept["shop"].astype(str).tolist()[:4] == ["Rome", "Oslo", "", "Rome"]
    traits = cases.get("text_analysis").traits_of(dataset, dataset.samples[[]], paths.cache(), QUIET)
    assert traits[f"{TABLE}price"].tolist()[:3] == ["0.0", "0.5", "1.0"]


def test_a_table_beside_pictures_tells_more_of_each(pictures, zip_of, read_zip, tmp_path):
    files = pictures(10)
    names = sorted(files)
    rows = [f"{name},{name.split('/')[0]},{'ab'[n % 2]}" for n, name in enumerate(names)]
    lines = "\n".join(["file,label,camera", *rows])
    dataset = read_zip("image_recognition", zip_of(tmp_path / "all.zip", {**files, "labels.csv": lines.encode()}))
    told = dict(zip(dataset.samples["name"], dataset.metadata["camera"].astype(str), strict=True))
    assert told == {name: "ab"[n % 2] for n, name in enumerate(names)}


def test_data_without_further_columns_open_as_before(pictures, zip_of, read_zip, tmp_path):
    dataset = read_zip("image_recognition", zip_of(tmp_path / "all.zip", pictures(5)))
    assert not (dataset.folder / METADATA).exists()
    assert list(dataset.metadata.columns) == [] and dataset.metadata.index.equals(dataset.as_read.index)
    traits = cases.get("image_recognition").traits_of(dataset, dataset.samples[[]], paths.cache(), QUIET)
    assert not [name for name in traits if name.startswith(TABLE)]


def test_two_columns_of_one_name_stay_apart():
    rows = [{metadata.KEY: {"shop": "a"}}, {}, {metadata.KEY: {"size": "b"}}]
    assert metadata.table(rows).astype(str).to_dict("list") == {"shop": ["a", "", ""], "size": ["", "", "b"]}


def test_users_and_items_have_their_columns_in_slices(zip_of, read_zip, tmp_path):
    n, users = 200, 20
    lines = table(
        ("user", lambda row: f"u{row % users}"), ("item", lambda row: f"i{(row * 7) % 25}"),
        ("age", lambda row: 20 + row % users % 3), ("shelf", lambda row: "AB"[(row * 7) % 25 % 2]), n=n,
    )  # fmt: skip
    dataset = read_zip("recommendation", zip_of(tmp_path / "lent.zip", {"lent.csv": lines}))
    assert of_interactions.of_users(dataset.folder)["age"].astype(str).tolist()[:4] == ["20", "21", "22", "20"]
    assert dict(zip(dataset.samples["name"], dataset.metadata["shelf"].astype(str), strict=True))["i7"] == "B"
    answers = pd.DataFrame({"before": [3, 4], "wanted": [[1], [0, 2]]}, index=pd.Index([0, 1], name="id"))
    traits = cases.get("recommendation").traits_of(dataset, answers, paths.cache(), QUIET)
    assert traits[f"{OF_USER}age"].tolist() == ["20", "21"] and f"{OF_ITEM}shelf" in traits
    assert traits["history"].tolist() == [3, 4]


@pytest.mark.parametrize("grown", [True, False])
def test_the_columns_of_a_version_that_grew_follow_those_of_the_first(tmp_path, counting_model, grown):
    from cases.base import UploadedFile, WorkDirs

    def read(name, columns, before):
        (tmp_path / f"{name}.csv").write_bytes(table(*columns))
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


def test_the_sample_books_tell_genre_and_year_of_what_was_held_out(tmp_path):
    dataset = made_items.write(tmp_path / "data")
    answers = pd.DataFrame({"before": [3], "wanted": [[0]]}, index=pd.Index([0], name="id"))
    traits = cases.get("recommendation").traits_of(dataset, answers, paths.cache(), QUIET)
    assert set(cases.get("recommendation").traits) <= set(traits.columns)
