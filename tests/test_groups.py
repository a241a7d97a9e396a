"""Examples of one source: found in file names, folders and columns, told, and kept in one part where that is chosen."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from evaluation_page import said
from opened_pages import opened
from sounds import encoded, tone
from test_sound_pages import finished

from cases import groups
from cases.base import UploadedFile
from cases.dataset import Dataset
from cases.groups import COPIES, FOLDER, PREFIX
from cases.image_recognition.settings import Settings
from cases.ingest import labeled_files
from cases.ingest.collection import SourceFile
from cases.splits import asked, assign, held_out, together
from cases.training import model_card
from cases.training.model_card_texts import LANGUAGES
from models.errors import InputError
from models.progress import QUIET
from pages.steps.export import report_sections, static_content
from runs.exports.report import document
from runs.jobs import data_import
from runs.store import dataset_rows, shares

ASKED = {"validation": 0.15, "test": 0.15, "seed": 0}
TAKES = [f"{fold}-{211000 + 7 * (source + 12 * label)}-{take}-{label}.wav" for label in range(4) for source in range(12)
         for fold in [1 + source % 5] for take in "ABC"[: 1 + (source + label) % 3]]  # fmt: skip


def classes_of(names):
    return [name.rsplit("-", 1)[1].removesuffix(".wav") for name in names]


@pytest.fixture
def stored(tmp_path):
    """A data set of files with these names, and of a table besides."""

    def save(names, labels, metadata=None, **columns):
        folder = tmp_path / f"stored-{len([*tmp_path.iterdir()])}"
        folder.mkdir()
        dataset = Dataset(folder, "d", "image_recognition", "set", ("a", "b"))
        table = pd.DataFrame({"name": names, "file": names, "label": labels, "split": "", **columns})
        dataset.save(table, pd.DataFrame({"name": [], "reason": []}), metadata=metadata)
        return Dataset.open(dataset.folder)

    return save


HALF = ["a"] * 100 + ["b"] * 100
SOURCES = {
    "takes of recordings": (TAKES, classes_of(TAKES), TAKES[0], "1-211000"),
    "frames of films": ([f"{label}/clip{film:02}_{frame:04}.jpg" for film in range(20) for label in "ab"[film // 10]
                         for frame in range(10)], HALF, "a/clip00_0000.jpg", "clip00"),
    "frames far apart": ([f"video_{film}_{frame * 37 + film:06}.jpg" for film in range(20) for frame in range(10)],
                         HALF, "video_0_000000.jpg", "video_0"),
    "slices": ([f"patient{who}_scan{scan}_slice{cut:03}.png" for who in range(20) for scan in range(2)
                for cut in range(5)], HALF, "patient0_scan0_slice000.png", "patient0"),
    "altered copies": ([f"photo_{n}{what}.jpg" for n in range(50) for what in ("", "_flip", "_rot90", " (1)")], HALF,
                       "photo_0.jpg", "photo_0"),
    "a letter behind the number": ([f"{211000 + n}{take}.wav" for n in range(50) for take in "ABCD"], HALF,
                                   "211000A.wav", "211000"),
}  # fmt: skip
OTHERS = {
    "one beginning for all": [f"img_{n:04}.jpg" for n in range(200)],
    "numbers": [f"{n}.jpg" for n in range(200)],
    "one beginning a class": [f"{label}_{n:03}.jpg" for n, label in enumerate(HALF)],
    "hashes": [f"{Random(n).getrandbits(128):032x}.jpg" for n in range(200)],
    "short hashes": [f"{Random(n).getrandbits(16):04x}.jpg" for n in range(200)],
    "numbers and hashes": [f"{Random(n).randrange(10**8, 10**10)}_{Random(-n).getrandbits(40):010x}_n.jpg"
                           for n in range(200)],
    "days and times": [f"IMG_2023{1 + n % 12:02}{1 + n % 28:02}_{101010 + 37 * n}.jpg" for n in range(200)],
    "number and class": [f"{n:04}_{label}.png" for n, label in enumerate(HALF)],
    "what is seen": [f"{('beagle', 'boxer', 'pug', 'husky')[n % 4]}_{n}.jpg" for n in range(200)],
    "words said": [f"{n % 10}_{label}_{n // 10}.wav" for n, label in enumerate(HALF)],
    "lines of a table": [f"reviews.csv:{n}" for n in range(200)],
}  # fmt: skip


@pytest.mark.parametrize("what", SOURCES)
def test_names_that_begin_alike_in_a_class_are_groups_and_suspected(what, stored):
    names, labels, first, prefix = SOURCES[what]
    dataset = stored(names, labels)
    assert dict(zip(names, groups.values(dataset, PREFIX), strict=True))[first] == prefix
    [found] = groups.findings(dataset)
    assert (found.name, found.settings) == ("group_name_prefix", {"group_by": PREFIX})
    assert found.leak and not found.sure
    assert found.limits({"group_by": COPIES}) and not found.limits({"group_by": PREFIX})


def test_other_names_are_not_suspected(stored):
    for what, names in OTHERS.items():
        assert groups.findings(stored(names, HALF)) == [], what


def test_a_folder_that_is_no_class_and_a_column_that_names_a_source_are_suspected(stored):
    names = [f"{who}/{label}/{n}.wav" for who in ("ann", "bob", "cid") for label in "ab" for n in range(5)]
    dataset = stored(names, [name.split("/")[1] for name in names])
    assert set(groups.values(dataset, FOLDER)) == {"ann", "bob", "cid"}
    assert [found.name for found in groups.findings(dataset)] == ["group_folder"]
    classed = [f"{kind}/{label}/{n}.jpg" for kind, both in (("pets", "ab"), ("cars", "cd"), ("food", "ef"))
               for label in both for n in range(5)]  # fmt: skip
    assert groups.findings(stored(classed, [name.split("/")[1] for name in classed])) == []  # kinds of classes
    table = pd.DataFrame({"Patient ID": [str(n % 7) for n in range(30)], "colour": list("rgb") * 10}, dtype="category")
    dataset = stored([f"{n}.jpg" for n in range(30)], ["a"] * 15 + ["b"] * 15, table)
    [found] = groups.findings(dataset)
    assert (found.name, found.settings) == ("group_table", {"group_by": "table:Patient ID"})
    assert groups.known(dataset, [COPIES, PREFIX]) == [COPIES, "table:Patient ID", "table:colour"]


@pytest.mark.parametrize(("folders", "told"), [
    ("cat/c1 cat/c2 dog/d1 dog/d2", True), ("pets/train/cat/c1 pets/test/cat/c2 pets/dog/d1 pets/train/dog/d2", True),
    ("cat/c1 dog/d1", True), ("cat/web cat/own dog/web dog/own", True),  # each under every one
    ("cat/own dog/own", False), ("cat/cat dog/dog", False), ("pets/cat pets/dog", False),
    ("train/cat test/cat train/dog", False), ("cat dog", False),
])  # fmt: skip
def test_the_upper_folder_is_offered_as_the_class_wherever_there_are_several_upper_and_several_last_ones(folders, told):
    files = [SourceFile(f"{one}/{n}.png", Path("x"), 0, "", "", beside=False) for one in folders.split() for n in "12"]
    assert [note["columns"] for note in labeled_files.folder_notes(files, {})] == [{"class_folder": "upper"}] * told
    if told:
        assert {label for label, _ in labeled_files.of_files(files, {"class_folder": "upper"})} == {"cat", "dog"}


@pytest.mark.parametrize("group_by", [PREFIX, "table:who"])
def test_a_group_is_in_one_part_and_every_class_is_tested(stored, group_by):
    source = [name.rsplit("-", 2)[0] for name in TAKES]
    dataset = stored(TAKES, classes_of(TAKES), pd.DataFrame({"who": source}, dtype="category"))
    parts = assign(dataset, **ASKED, group_by=group_by)
    table = pd.DataFrame({"source": source, "label": classes_of(TAKES), "part": parts})
    assert table.groupby("source")["part"].nunique().max() == 1
    counts = pd.crosstab(table["label"], table["part"])
    assert (counts > 0).all(axis=None) and counts["test"].sum() == pytest.approx(0.15 * len(TAKES), abs=4)
    assert assign(dataset, **ASKED).groupby(source).nunique().max() > 1  # as it was
    fold = held_out(dataset, 0, 3, **ASKED, group_by=group_by)
    assert pd.Series(fold.parts).groupby(source).nunique().max() == 1
    assert len(set(together(dataset, group_by=group_by))) == len(set(source))


def test_groups_that_are_not_there_are_refused(stored):
    dataset = stored(OTHERS["numbers"], HALF)
    assert asked(Settings(group_by="table:who")) == {**ASKED, "group_by": "table:who"}
    with pytest.raises(InputError, match="No example of this data set belongs to a group by “who”"):
        assign(dataset, **ASKED, group_by="table:who")


@pytest.mark.slow
def test_takes_of_one_source_are_told_offered_and_claimed(zip_of, tmp_path):
    takes = [name for name in TAKES if name.endswith(("-0.wav", "-1.wav"))]
    sounds = {f"{name[-5]}/{name}": encoded(tone(0.2, 200 + 40 * n)) for n, name in enumerate(takes)}
    archive = zip_of(tmp_path / "takes.zip", sounds)
    read = data_import.into_dataset("speech", [UploadedFile(archive, "takes.zip")], "d3", QUIET)
    dataset_rows.add("local", "d3", "speech", read.name, sample=False)
    app = opened("speech.py", data="d3")
    told = [text.value for text in (*app.markdown, *app.caption)]
    assert any("**Possibly from one source**" in text and "211035" in text for text in told)
    assert any("no test example, nor a known copy of one, is trained on" in text for text in told)
    assert any(text.startswith("Groups by file name were not kept together, for example") for text in told)
    drawn = [json.loads(e.proto.json) for e in opened("speech.py", data="d3", show="found:group_name_prefix").get(
        "bidi_component") if e.proto.component_name == "casebook_recordings"]  # fmt: skip
    names = [one["note"].partition(" · ")[0] for one in drawn[-1]["recordings"]]
    assert names == sorted(names) and min(Counter(names).values()) > 1  # takes of one source stand side by side
    app = app.button(key="gate_mend_group_name_prefix_0").click().run()
    assert not app.exception and app.selectbox(key="speech_split_group_by_").value == PREFIX
    told = [text.value for text in (*app.markdown, *app.caption)]
    assert not any("not kept together" in text for text in told)
    handled = "**Possibly from one source** · Handled by the data split (Group by: File name prefix)."
    assert any(handled in text for text in told)
    app = app.button(key="unmend_group_name_prefix").click().run()
    assert app.selectbox(key="speech_split_group_by_").value == COPIES
    app = app.button(key="gate_mend_group_name_prefix_0").click().run()
    told = [text.value for text in (*app.markdown, *app.caption)]
    assert any(text.startswith("Split by group (File name prefix)") for text in told)
    outside = "Groups by file name were not kept together"
    apart, kept = finished(read), finished(read, group_by=PREFIX)
    for run, said_there in ((apart, True), (kept, False)):
        assert any(outside in text for text in said(opened("demo.py", t=shares.create(run, days=7)))) == said_there
        assert (outside in document.html(report_sections.of(run, examples=False))) == said_there
        static = static_content.of(run, title="", description="", examples=False)["languages"]["en"]
        assert (outside in str(static)) == said_there
    told = {"leaks": ["group_name_prefix"]}
    assert "groups by file name were not kept together" in model_card.leaks(LANGUAGES["en"], told)
    assert "没有按文件名分组" in model_card.leaks(LANGUAGES["zh"], told)
