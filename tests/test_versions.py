"""Data that take more files later: what was there keeps its rows, its parts and its corrections."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sounds import encoded, tone

import cases
from cases import splits
from cases.dataset import Dataset
from cases.ranking import split as recommendation_split
from cases.ranking.interactions import Interactions
from cases.splits import split
from cases.task_types import TRANSCRIPTION
from models.errors import InputError
from runs import arguments, fine_tune, paths
from runs.jobs import data_import, repeat
from runs.results import paired_runs
from runs.store import dataset_rows, datasets, edits, queue, records, upload_rows
from runs.uploads import draft_files, drafts, originals, provenance
from runs.uploads.draft_files import DraftFile
from runs.worker import worker

SHARES = {"validation": 0.2, "test": 0.2}


def bring(case, name, content, onto=None, split="", label=""):
    """The run that has read a file by itself, or onto a data set."""
    draft = drafts.begin("local", case, onto)
    upload = records.new_id()
    path = paths.uploads() / upload
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    upload_rows.add("local", upload, name, path.stat().st_size, data_import.sha256_of(path))
    draft_files.add(draft, DraftFile(upload, name, path.stat().st_size, label, split))
    drafts.read("local", draft)
    return work(draft)


def work(identity):
    worker.work(queue.claim(["read"], 0))
    return records.run(identity, "local")


def done(run):
    assert run.status == "done", run.error
    return Dataset.open(paths.datasets() / run.dataset)


def said(error):
    return str(InputError.from_json(error))


@pytest.fixture
def zipped(zip_of, tmp_path):
    def zipping(name, content):
        return zip_of(tmp_path / name, content).read_bytes()

    return zipping


@pytest.fixture
def grown(zipped, pictures):
    """A data set of pictures, and the one that it grew into: fewer of two classes and one of a new class."""
    first = bring("image_recognition", "walls.zip", zipped("walls.zip", pictures(10)))
    more = pictures(6, seed=1, classes=("moss", "rust")) | {"sand/0.png": pictures(1, seed=2)["moss/000.png"]}
    second = bring("image_recognition", "more.zip", zipped("more.zip", more), first.dataset)
    return first, second


def test_what_was_there_comes_first_and_stays_in_its_part_also_in_a_third_version(grown, zipped, pictures):
    first, second = map(done, grown)
    assert (len(first.samples), len(second.samples)) == (30, 43)
    assert second.samples["name"].iloc[:30].tolist() == first.samples["name"].tolist()
    assert second.classes == ("moss", "rust", "sand", "slate")
    case = cases.get("image_recognition")
    for row in (0, 29):
        assert case.thumbnail(first, row) == case.thumbnail(second, row)
        assert second.file(second.samples.at[row, "file"]).read_bytes() == first.file(
            first.samples.at[row, "file"]).read_bytes()  # fmt: skip
    assert second.file(second.samples.at[42, "file"]).exists()
    for seed in range(5):
        before, now = (splits.assign(one, **SHARES, seed=seed) for one in (first, second))
        assert now.iloc[:30].tolist() == before.tolist()
        assert set(now.iloc[30:42]) == {"train", "validation", "test"}
    third = done(bring("image_recognition", "last.zip", zipped("last.zip", pictures(5, seed=3)), second.digest))
    before, now = (splits.assign(one, **SHARES, seed=1) for one in (second, third))
    assert now.iloc[: len(before)].tolist() == before.tolist()


def test_versions_go_by_one_name_and_keep_what_was_corrected(grown):
    first, second = grown
    rows = dataset_rows.versions("local", dataset_rows.by_id(first.dataset, "local").lineage)
    assert [(row.id, row.version, row.name) for row in rows] == [
        (first.dataset, 1, "walls"), (second.dataset, 2, "walls")]  # fmt: skip
    assert [(row.id, many) for row, many in dataset_rows.newest("local", "image_recognition")] == [(second.dataset, 2)]
    dataset_rows.rename("local", rows[0].lineage, "  old   walls ")
    assert {row.name for row in dataset_rows.versions("local", rows[0].lineage)} == {"old walls"}
    assert datasets.opened(dataset_rows.by_id(second.dataset, "local")).name == "old walls"


def test_corrections_of_an_earlier_version_are_taken_over(zipped, pictures):
    first = bring("image_recognition", "walls.zip", zipped("walls.zip", pictures(6)))
    edits.add("local", first.dataset, 3, "rust")
    edits.add_all("local", first.dataset, {0: None, 7: None})
    second = bring("image_recognition", "more.zip", zipped("more.zip", pictures(3, seed=1)), first.dataset)
    assert edits.current("local", second.dataset) == {3: "rust", 0: None, 7: None}
    edits.undo("local", second.dataset)
    assert edits.current("local", second.dataset) == {3: "rust"}
    assert len(edits.history("local", first.dataset)) == 3


def test_a_class_that_was_renamed_keeps_its_name_and_takes_what_is_added_to_it(zipped, pictures):
    first = bring("image_recognition", "walls.zip", zipped("walls.zip", pictures(6)))
    edits.add_all("local", first.dataset, done(first).renaming({"rust": "iron"}))
    more = pictures(3, seed=1) | {"ash/0.png": pictures(1, seed=2)["moss/000.png"]}  # before the others in order
    second = bring("image_recognition", "more.zip", zipped("more.zip", more), first.dataset)
    renamed = Dataset.open(done(second).folder, edits.current("local", second.dataset))
    assert renamed.classes == ("ash", "moss", "iron", "slate")
    assert (renamed.samples["label"] == "iron").sum() == 9
    assert renamed.before.classes == ("moss", "iron", "slate")


def test_one_class_alone_can_be_added_but_not_nothing_and_not_the_same_again(zipped, pictures):
    content = zipped("walls.zip", pictures(6))
    first = bring("image_recognition", "walls.zip", content)
    one = bring("image_recognition", "0.png", pictures(1, seed=9)["moss/000.png"], first.dataset, label="moss")
    assert len(done(one).samples) == 19
    again = bring("image_recognition", "other.zip", content, first.dataset)
    assert said(again.error).startswith("“walls” already contains everything you added.")
    nothing = bring("image_recognition", "notes.zip", zipped("notes.zip", {"moss/a.png": b"no picture"}), first.dataset)
    assert nothing.status == "failed"


def test_a_copy_of_what_is_tested_is_tested_too_and_nothing_joins_a_test_part_that_came_with_the_data():
    old = pd.DataFrame({"label": ["a"] * 10, "split": "", "alike": -1})
    stood = split(old, **SHARES, seed=0)
    tested = int(np.flatnonzero(stood == "test")[0])
    new = pd.concat([old, old.iloc[:4]], ignore_index=True)
    new.loc[[tested, 10], "alike"] = 0
    now = split(new, **SHARES, seed=0, stood=stood)
    assert now.iloc[:10].tolist() == stood.tolist()
    assert now[10] == "test"
    old = pd.DataFrame({"label": ["a", "b"] * 8, "split": ["train"] * 12 + ["test"] * 4, "alike": -1})
    stood = split(old, **SHARES, seed=0)
    new = pd.concat([old, old.iloc[:10].assign(split="")], ignore_index=True)
    assert "test" not in set(split(new, **SHARES, seed=0, stood=stood).iloc[16:])


HAD = [(u, i, 1_700_000_000 + 1000 * u + 10 * n) for u in range(8) for n, i in enumerate(range(u, u + 6))]
LATER = [(u, i, 1_800_000_000 + 10 * n) for u in (0, 1, 9) for n, i in enumerate(range(20, 24))]


def table(lines, timed=True):
    heading = "user,item,time\n" if timed else "user,item\n"
    return heading + "".join(f"u{u},i{i},{t}\n" if timed else f"u{u},i{i}\n" for u, i, t in lines)


def parts_of(dataset, how):
    division = recommendation_split.divide(Interactions.open(dataset), split=how, validation=0.2, test=0.2, seed=3)
    users = pd.read_parquet(dataset.folder / "users.parquet")["name"]
    items = dataset.as_read["name"]
    whole = division.whole
    return {(users[u], items[i]): part for u, i, part in zip(whole.user, whole.item, division.part, strict=True)}


def test_interactions_that_were_there_stay_in_their_part():
    for timed, ways in ((True, ("last", "moment")), (False, ("last",))):
        first = done(bring("recommendation", "had.csv", table(HAD, timed)))
        second = done(bring("recommendation", "later.csv", table(LATER, timed), first.digest))
        names = [pd.read_parquet(one.folder / "users.parquet")["name"].tolist() for one in (first, second)]
        assert names[1] == [*names[0], "u9"]
        assert second.as_read["name"].tolist()[: len(first.as_read)] == first.as_read["name"].tolist()
        for how in ways:
            before, now = (parts_of(one, how) for one in (first, second))
            assert {pair: now[pair] for pair in before} == before
            new = {pair: part for pair, part in now.items() if pair not in before}
            assert len(new) == 12 and set(new.values()) >= {"train", "test"}


def test_counts_grow_by_those_that_are_added():
    lines = [f"u{u},i{i}" for u in range(4) for i in range(u, u + 6)]
    plays = lambda some, n: "user,item,plays\n" + "".join(f"{line},{n + 40 * (line > 'u2')}\n" for line in some)  # noqa: E731
    first = done(bring("recommendation", "had.csv", plays(lines, 7)))
    second = done(bring("recommendation", "later.csv", plays(lines[:3], 5), first.digest))
    values = pd.read_parquet(second.folder / "interactions.parquet")["value"].tolist()
    assert sorted(values)[:12] == [7] * 9 + [12] * 3


@pytest.mark.usefixtures("tokens_at_hand")
def test_texts_can_be_read_again_with_other_columns_onto_what_was_there():
    lines = [f"a thing that {word} said {n},{'ab'[n % 2]},{'xy'[n % 2]}\n" for n, word in enumerate(["he", "she"] * 6)]
    first = done(bring("text_analysis", "said.csv", "text,mood,place\n" + "".join(lines[:8])))
    second = done(bring("text_analysis", "more.csv", "text,mood,place\n" + "".join(lines[8:]), first.digest))
    assert second.samples["label"].tolist() == list("ab" * 6)
    run = work(originals.read_again("local", second.digest, {"label": "place"}))
    third = done(run)
    assert third.samples["label"].tolist() == [*"ab" * 4, *"xy" * 2]
    assert [(row.id, row.version) for row in dataset_rows.versions("local", first.digest)] == [
        (first.digest, 1), (second.digest, 2), (third.digest, 3)]  # fmt: skip
    assert datasets.common("local", second.digest, third.digest).digest == first.digest
    came = provenance.of("local", third.digest)
    assert [part["step"] for part in came.parts] == [1, 2] and came.onto == first.digest
    assert [dict(one) for one in (*came.earlier, came.columns)] == [{}, {"label": "place"}]


def test_runs_of_two_versions_are_compared_on_the_items_both_tested(grown):
    tested = []
    for run, rows in zip(grown, ([1, 4, 7], [4, 7, 31, 35]), strict=True):
        made = records.create_run("local", "fine_tune", "image_recognition", "walls", dataset=run.dataset, settings={})
        queue.claim_here(made)
        queue.end(made, "done", result={"test": {}})
        predicted = ["moss" if row != 4 or run is grown[1] else "rust" for row in rows]
        told = pd.DataFrame({"id": rows, "label": "moss", "predicted": predicted})
        told.to_parquet(paths.run(made) / "predictions.parquet")
        tested.append(records.run(made, "local"))
    pair = paired_runs.paired(*tested)
    assert (pair.items, pair.only_one, pair.only_other) == (2, 0, 1)


def test_recordings_are_added_to_transcripts_and_to_classes(zip_of, tmp_path):
    def zipped(name, numbers, transcripts):
        sounds = {f"{'ab'[n % 2]}/{n}.wav": encoded(tone(0.3, 200 + 30 * n)) for n in numbers}
        said = "file,transcript\n" + "".join(f"{n},what is said {n}\n" for n in sounds)
        return zip_of(tmp_path / name, sounds | ({"said.csv": said} if transcripts else {})).read_bytes()

    first = done(bring("speech", "one.zip", zipped("one.zip", range(8), True)))
    second = done(bring("speech", "two.zip", zipped("two.zip", range(8, 12), True), first.digest))
    assert (second.task_type, len(second.samples)) == (TRANSCRIPTION, 12)
    case = cases.get("speech")
    assert case.audio(second, 3) == case.audio(first, 3) and case.audio(second, 11)
    classes = done(bring("speech", "three.zip", zipped("three.zip", range(20, 28), False)))
    more = bring("speech", "four.zip", zipped("four.zip", range(30, 34), True), classes.digest)
    assert said(more.error).startswith("The added recordings have transcripts")
    five = bring("speech", "five.zip", zipped("five.zip", range(30, 34), False), classes.digest)
    assert len(done(five).samples) == 12


def test_a_run_on_data_that_grew_is_repeated_step_by_step(tmp_path, zipped, pictures, monkeypatch):
    for name, some in (("walls.zip", pictures(6)), ("more.zip", pictures(3, seed=1))):
        zipped(name, some)
    walls, more = tmp_path / "walls.zip", tmp_path / "more.zip"
    line = ["fine_tune", "image_recognition", "--part", "", "", str(walls), "--added", "2", "", "", str(more)]
    monkeypatch.setattr("sys.argv", [*line, "--out", str(tmp_path / "out")])
    args = arguments.read("")
    [(parts, columns)] = arguments.later(args, arguments.like(args))
    assert ([part.name for part in parts], columns) == (["more.zip"], {})
    first = fine_tune._read("image_recognition", arguments.parts(args), {}, None)
    second = fine_tune._read("image_recognition", parts, {}, first)
    told = {"case": "image_recognition", "data": provenance.of("local", second.digest).parts}
    made = repeat.command(told, [str(walls), str(more)], str(tmp_path / "again"))
    assert made[4:6] == ["--part", ""] and made[8:10] == ["--added", "2"]
    onto = bring("image_recognition", "more.zip", more.read_bytes(),
                 bring("image_recognition", "walls.zip", walls.read_bytes()).dataset)  # fmt: skip
    assert onto.dataset == second.digest
