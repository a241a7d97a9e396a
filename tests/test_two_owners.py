"""Two people who bring the same: it is kept once, and neither learns of the other."""

from __future__ import annotations

import pytest

import cases
from cases.dataset import Dataset
from models.errors import InputError
from models.pretrained import catalog
from models.progress import NullReporter
from runs import paths
from runs.api import arrivals
from runs.jobs import data_import, fine_tune
from runs.store import dataset_deletion, dataset_rows, datasets, edits, queue, records, upload_rows
from runs.uploads import drafts, originals, provenance
from runs.uploads.draft_files import DraftFile

PICTURES, ITEMS = "image_recognition", "recommendation"
HAD = "user,item,rating\n" + "".join(f"u{u},i{(u + i) % 9},{1 + i}\n" for u in range(8) for i in range(5))


class Heard(NullReporter):
    """Everything that a page would show while it waits."""

    def __init__(self):
        self.said = []

    def phase(self, name):
        self.said.append(name)

    def progress(self, what, done, total, **more):
        self.said.append((what, done, total, more))

    def note(self, message, **args):
        self.said.append((message, args))


def collected(owner, case, files, onto=None):
    """A collection of (name, label, content)."""
    draft = drafts.begin(owner, case, onto)
    for name, label, content in files:
        upload = records.new_id()
        path = paths.uploads() / upload
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        piece = DraftFile(upload, name, path.stat().st_size, label)
        assert drafts.add(owner, draft, piece, data_import.sha256_of(path))
    return draft


def bring(owner, case, files, onto=None):
    """The run that has read them, and what was heard meanwhile."""
    draft = collected(owner, case, files, onto)
    drafts.read(owner, draft)
    run, heard = queue.claim_here(draft), Heard()
    done = data_import.read(run, heard)
    queue.end(run.id, "done", **done.values)
    done.then()
    return records.run(run.id, owner), heard.said


@pytest.fixture
def loose(pictures):
    """Pictures with the class that was typed, each called as `name` says."""

    def naming(name, each=2, seed=0):
        given = enumerate(pictures(each, classes=("moss", "rust"), seed=seed).items())
        return [(name.format(number), where.split("/")[0], content) for number, (where, content) in given]

    return naming


def words_of(owner, run):
    """All words that the owner's data set, its folder and its row have."""
    row = dataset_rows.by_id(run.dataset, owner)
    dataset = datasets.opened(row)
    shown = [row, dataset, provenance.of(owner, row.id), originals.of(owner, row.id), dataset.notes, run.notes,
             dataset.samples.to_dict(), dataset.set_aside.to_dict()]  # fmt: skip
    return " ".join(map(str, shown))


def test_the_same_content_under_other_names_tells_none_of_them_and_who_brings_it_again_has_it_already(loose):
    anns, _ = bring("ann", PICTURES, [*loose("Frau Abel {}.png"), ("letter of Abel.txt", "moss", b"Dear Sir")])
    bobs, _ = bring("bob", PICTURES, [*loose("Herr Berg {}.png"), ("letter of Berg.txt", "moss", b"Dear Sir")])
    assert "Abel" in words_of("ann", anns) and "Berg" not in words_of("ann", anns)
    assert "Berg" in words_of("bob", bobs) and "Abel" not in words_of("bob", bobs)
    again, _ = bring("ann", PICTURES, [*loose("copy {}.png"), ("copy.txt", "moss", b"Dear Sir")])
    assert again.dataset == anns.dataset and "copy" not in words_of("ann", again)


@pytest.mark.parametrize("case", [PICTURES, ITEMS])
def test_the_same_under_the_same_names_is_kept_once_and_reads_as_if_it_was_the_first(loose, case):
    files = loose("{}.png") if case == PICTURES else [("had.csv", "", HAD)]
    first, heard = bring("ann", case, files)
    folder = paths.datasets() / first.dataset
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in folder.rglob("*") if path.is_file()}
    second, same = bring("bob", case, files)
    assert second.dataset == first.dataset and same == heard and len(heard) > 2
    assert {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in before} == before
    assert [path.name for path in paths.datasets().iterdir()] == [first.dataset]
    third, known = bring("ann", case, files)
    assert third.dataset == first.dataset and len(known) < len(heard)


def test_names_versions_and_edits_are_each_ones_own(loose):
    anns, _ = bring("ann", PICTURES, loose("{}.png"))
    edits.add("ann", anns.dataset, 0, "rust")
    dataset_rows.rename("ann", anns.dataset, "Ann’s walls")
    grown, _ = bring("ann", PICTURES, loose("more {}.png", seed=1), anns.dataset)
    assert dataset_rows.by_id(grown.dataset, "ann").version == 2
    bobs, _ = bring("bob", PICTURES, loose("{}.png"))
    row = dataset_rows.by_id(bobs.dataset, "bob")
    assert "Ann" not in row.name and row.version == 1
    assert len(dataset_rows.versions("bob", row.lineage)) == 1 and edits.history("bob", row.id) == []


def test_deleting_neither_takes_nor_tells_what_another_has(loose):
    anns, _ = bring("ann", PICTURES, loose("{}.png"))
    bobs, _ = bring("bob", PICTURES, loose("{}.png"))
    edits.add("bob", bobs.dataset, 0, "rust")
    run = records.run(records.create_run("ann", "fine_tune", PICTURES, "walls", dataset=anns.dataset), "ann")
    dataset_deletion.remove("ann", anns.dataset, at_work=True)
    with pytest.raises(InputError, match=r"The data set of this run no longer exists\."):
        data_import.dataset_of(run)  # as where nobody has it any more
    assert datasets.common("ann", anns.dataset, bobs.dataset) is None
    assert not datasets.is_there(anns.dataset, "ann") and not originals.are_there("ann", anns.dataset)
    assert data_import.dataset_of(bobs).samples["label"].iloc[0] and len(edits.history("bob", bobs.dataset)) == 1
    assert Dataset.open(paths.datasets() / bobs.dataset).is_whole


def test_what_is_kept_of_the_data_is_kept_for_each_alone(monkeypatch, loose, body):
    """How soon a training is prepared would tell that somebody else has trained on the same before."""
    anns, _ = bring("ann", PICTURES, loose("{}.png", each=8))
    bobs, _ = bring("bob", PICTURES, loose("{}.png", each=8))
    places = {}
    for run in (anns, bobs):
        made = records.create_run(run.owner, "fine_tune", PICTURES, "walls", dataset=run.dataset,
                                  settings={"model": str(body), "epochs": 1})  # fmt: skip
        asked = records.run(made, run.owner)
        trainer = fine_tune.build(fine_tune.cases.get(PICTURES), asked, paths.run(made), Heard())
        places[run.owner] = trainer.context.place
    assert places["ann"].kept != places["bob"].kept and places["ann"].cache == places["bob"].cache
    assert [*places["ann"].kept.glob(f"*/{anns.dataset}")] and [*places["bob"].kept.glob(f"*/{bobs.dataset}")]
    dataset_deletion.remove("ann", anns.dataset, at_work=True)
    assert not [*places["ann"].kept.glob(f"*/{anns.dataset}")] and [*places["bob"].kept.glob(f"*/{bobs.dataset}")]


def sampled(owner, sample, folder):
    """The run that has read a sample, queued as its page does."""
    part = sample.write(folder)
    upload = records.new_id()
    part.path.rename(paths.uploads() / upload)
    size, content = (paths.uploads() / upload).stat().st_size, data_import.sha256_of(paths.uploads() / upload)
    upload_rows.add(owner, upload, part.name, size, content)
    run = records.create_run(owner, "read", PICTURES, part.name, parts=[{"upload": upload, "split": part.split}],
                             settings={"sample": sample.name})  # fmt: skip
    done = data_import.read(queue.claim_here(run), Heard())
    queue.end(run, "done", **done.values)
    return records.run(run, owner)


@pytest.mark.slow
def test_what_is_made_of_a_sample_is_kept_once_for_all_while_anyone_has_it(tmp_path, loose):
    """Everyone can have it, so that it tells nothing; and a class of thirty computes its features once."""
    digits = next(one for one in cases.get(PICTURES).samples if one.name == "digits")
    anns, bobs = (sampled(owner, digits, tmp_path) for owner in ("ann", "bob"))
    assert anns.dataset == bobs.dataset
    assert datasets.cache_of("ann", anns.dataset) == datasets.cache_of("bob", anns.dataset) == paths.cache()
    kept = paths.cache() / "features" / anns.dataset
    kept.mkdir(parents=True)
    dataset_deletion.remove("ann", anns.dataset, at_work=True)
    assert kept.exists() and dataset_rows.by_id(anns.dataset, "ann") is None
    dataset_deletion.remove("bob", bobs.dataset, at_work=True)
    assert not kept.exists()


def test_nobody_adds_to_or_asks_about_what_another_has(loose):
    anns, _ = bring("ann", ITEMS, [("ward 7.csv", "", HAD)])
    assert records.run(drafts.begin("bob", ITEMS, anns.dataset), "bob").settings["columns"] == {}
    assert originals.of("bob", anns.dataset) == [] and provenance.of("bob", anns.dataset) == provenance.Origin()
    with pytest.raises(InputError, match=r"no longer exists\."):
        originals.read_again("bob", anns.dataset)
    with arrivals.arriving("bob", "draft of ann"):
        assert arrivals.under_way("ann", "draft of ann") == 0


def test_where_people_log_in_no_folder_of_the_server_is_a_model(monkeypatch, body, tmp_path):
    """Else a model that another has trained could be loaded by its path."""
    assert catalog.folder(str(body), tmp_path) == body.resolve()
    monkeypatch.setenv("CASEBOOK_LOGIN", "password")
    refusals = []
    for path in (body, body / "nothing"):
        with pytest.raises(InputError) as refused:
            catalog.folder(str(path), tmp_path)
        refusals.append(str(refused.value).replace(str(path), ""))
    assert refusals[0] == refusals[1]  # nor does it tell which folders there are
    monkeypatch.setenv("CASEBOOK_MODELS", f"/nowhere, {body.parent}")
    assert catalog.folder(str(body), tmp_path) == body.resolve()
    with pytest.raises(InputError):
        catalog.folder(str(body.parent / ".." / ".."), tmp_path)
