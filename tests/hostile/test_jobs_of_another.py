"""Every kind of work: nobody lists, reads, changes or makes use of another's, whatever their own is made to name."""

from __future__ import annotations

import pytest

from hostile import belongings
from hostile.belongings import IMAGES, seen, told
from runs import paths
from runs.inference import inputs
from runs.kinds import KINDS
from runs.store import lifecycle, queue, records
from runs.worker import worker

BOB = "b0b0b0b0b0b0b0b0"


@pytest.fixture(scope="module")
def furnished(tmp_path_factory, pictures, zip_of):
    """A home in which one person has everything; no test leaves it changed."""
    folder = tmp_path_factory.mktemp("furnished")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(folder / "home"))
        return folder / "home", belongings.give("a1a1a1a1a1a1a1a1", folder, pictures, zip_of)


@pytest.fixture
def hers(furnished, monkeypatch):
    home, has = furnished
    monkeypatch.setenv("CASEBOOK_HOME", str(home))
    return has


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_lists_or_changes_the_work_of_another(hers, kind):
    job, before = hers.jobs[kind], seen()
    subject = records.run(job, hers.owner).subject
    assert records.run(job, BOB) is None and records.run_list(BOB, kind=kind) == []
    assert subject is None or records.latest(kind, subject, BOB) is None
    for change in (lifecycle.ask_to_stop, lifecycle.discard, lifecycle.resume):
        change(job, BOB)
    records.rename(job, BOB, "his")
    records.describe(job, BOB, "his", ["his"])
    assert seen() == before


@pytest.mark.parametrize("kind", KINDS)
def test_work_that_names_what_is_anothers_finds_nothing(hers, kind):
    """As if a page of his had a fault and let him name anything; with the same end as what is not there at all."""
    file = inputs.new(hers.owner, "a.png")
    file.write_bytes(b"zibeline")
    ends = []
    for data, run, upload in ((hers.data[IMAGES], hers.run, hers.upload), ("nothing", "nothing", "nothing")):
        for settings in ({"key": "k", "row": 3}, {"key": "k", "file": inputs.named(file)}):
            kept = seen()
            job = records.create_run(BOB, kind, IMAGES, "his", dataset=data, subject=run, settings=settings,
                                     parts=[{"upload": upload, "split": ""}])  # fmt: skip
            worker.work(queue.claim_here(job))
            done = records.run(job, BOB)
            assert done.status == "failed" and told(repr(done).encode()) == []
            ends.append(str(done.error).replace(upload, "UPLOAD"))
            written = [path.read_bytes() for path in paths.run(job).rglob("*") if path.is_file()]
            assert told(b"".join(written)) == []
            lifecycle.forget(job)
            assert seen() == kept
    assert all(end == ends[0] for end in ends)


def test_an_explanation_is_of_what_its_owner_gave(hers):
    """A browser says which file it has tried; of another's it has no more than the name."""
    given = inputs.new(hers.owner, "a.png")
    given.write_bytes(b"zibeline")
    assert inputs.key_of(hers.owner, inputs.named(given)) == given.stem
    assert inputs.key_of(BOB, inputs.named(given)) is None
