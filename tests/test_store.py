"""What a person sees and changes is theirs alone."""

from __future__ import annotations

import pytest

from runs import paths
from runs.store import dataset_rows, lifecycle, metric_rows, queue, records, upload_rows

DATABASES = ("sqlite", "postgres")  # on each


def finish(identity, status="done", **values):
    queue.claim_here(identity)
    queue.end(identity, status, **values)


@pytest.fixture
def mine():
    return records.create_run("ann", "fine_tune", "image_recognition", "cats", dataset="d1", settings={"seed": 1})


def test_no_two_of_very_many_runs_get_the_same_id_and_a_kind_nobody_knows_is_a_bug():
    assert len({records.new_id() for _ in range(300_000)}) == 300_000
    with pytest.raises(KeyError, match=r"No kind of run called 'dance'. Kinds: fine_tune, read, keep."):
        records.create_run("ann", "dance", "image_recognition", "cats")


def test_nobody_sees_or_changes_what_belongs_to_someone_else(mine):
    upload_rows.add("ann", "u1", "cats.zip", 9, "ab")
    dataset_rows.add("ann", "d1", "image_recognition", "cats", sample=False)
    records.create_run("ann", "keep", "image_recognition", "cats", subject=mine)
    assert records.run(mine, "bob") is None
    assert upload_rows.by_id("u1", "bob") is None
    assert dataset_rows.by_id("d1", "bob") is None
    assert dataset_rows.of_case("bob", "image_recognition") == []
    assert records.run_list("bob") == []
    assert records.latest("keep", mine, "bob") is None
    before = records.run(mine, "ann")
    lifecycle.ask_to_stop(mine, "bob")
    lifecycle.discard(mine, "bob")
    records.describe(mine, "bob", "hers", ["hers"])
    assert records.run(mine, "ann") == before
    finish(mine, "failed")
    lifecycle.resume(mine, "bob")
    assert records.run(mine, "ann").status == "failed"


def test_what_is_written_beside_a_run_stays_with_it_and_is_bounded(mine):
    records.describe(mine, "ann", " the best ", ["final", " ", "final", "x" * 99, *map(str, range(20))])
    run = records.run(mine, "ann")
    assert (run.remark, run.tags[:3], len(run.tags)) == ("the best", ["final", "x" * 40, "0"], 12)
    records.describe(mine, "ann", " ", [])
    assert (records.run(mine, "ann").remark, records.run(mine, "ann").tags) == (None, [])


def test_a_waiting_run_is_stopped_at_once_and_a_running_one_is_asked(mine):
    lifecycle.ask_to_stop(mine, "ann")
    assert (records.run(mine, "ann").status, records.run(mine, "ann").stop) == ("stopped", "stop")
    other = records.create_run("ann", "fine_tune", "image_recognition", "dogs")
    queue.claim_here(other)
    lifecycle.ask_to_stop(other, "ann")
    run = records.run(other, "ann")
    assert (run.status, run.stop) == ("running", "stop")
    assert run.stop_asked > run.created
    assert queue.beat(other) == "stop"


def test_a_resumed_run_waits_as_if_nothing_had_happened_but_keeps_its_time(mine):
    finish(mine, "failed", error={"found": "x", "expected": "y", "remedy": "z", "args": {}}, seconds={"train": 7.5})
    keeping = records.create_run("ann", "keep", "image_recognition", "cats", subject=mine)
    lifecycle.resume(mine, "ann")
    run = records.run(mine, "ann")
    assert (run.status, run.attempt, run.seconds) == ("queued", 0, {"train": 7.5})
    assert (run.stop, run.error, run.result, run.ended) == (None,) * 4
    assert records.run(keeping, "ann").status == "stopped"  # its evaluation


def test_a_discarded_run_is_gone_for_its_owner_at_once_and_for_good_soon(mine, home):
    (paths.run(mine) / "checkpoint-1").mkdir()
    (paths.logs() / f"{mine}.log").write_text("…")
    keeping = records.create_run("ann", "keep", "image_recognition", "cats", subject=mine)
    metric_rows.add([{"run": mine, "split": "train", "step": 1, "written": 1, "values": {"loss": 1}}])
    other = records.create_run("ann", "fine_tune", "image_recognition", "dogs")
    lifecycle.discard(mine, "ann")
    assert records.run(mine, "ann") is None
    assert [run.id for run in records.run_list("ann")] == [other]
    [run] = queue.discarded()
    assert run.id == mine
    lifecycle.forget(mine)
    assert queue.discarded() == []
    assert records.run(keeping, "ann") is None
    assert metric_rows.after(run, 0) == []
    assert not (home / "runs" / mine).exists() and not (home / "logs" / f"{mine}.log").exists()


def test_metrics_come_in_the_order_they_were_written_and_the_same_step_is_overwritten(mine):
    def row(split, step, written, loss):
        return {"run": mine, "split": split, "step": step, "written": written, "values": {"loss": loss}}

    metric_rows.add([row("train", 1, 1, 3.0), row("train", 2, 2, 2.0), row("validation", 2, 3, 2.5)])
    metric_rows.add([row("train", 2, 4, 1.5)])  # measured once more after a kill
    run = records.run(mine, "ann")
    told = metric_rows.after(run, 0)
    assert [(r["split"], r["step"], r["written"], r["values"]) for r in told] == [
        ("train", 1, 1, {"loss": 3.0}), ("validation", 2, 3, {"loss": 2.5}), ("train", 2, 4, {"loss": 1.5})
    ]  # fmt: skip
    assert [r["written"] for r in metric_rows.after(run, 3)] == [4]
    assert [r["written"] for r in metric_rows.after(run, 0, most=2)] == [1, 3]
    assert metric_rows.last_written(mine) == 4 and metric_rows.last_written("nobody") == 0


def test_a_home_made_anew_is_migrated_and_one_that_exists_is_opened(mine, monkeypatch, tmp_path):
    from sqlalchemy import inspect

    from runs.store import database, tables

    assert {"uploads", "datasets", "runs", "metrics"} <= set(inspect(database.engine()).get_table_names())
    for table in tables.metadata.sorted_tables:  # the migrations make what the tables say
        made = {column["name"]: column["nullable"] for column in inspect(database.engine()).get_columns(table.name)}
        assert made == {column.name: column.nullable for column in table.columns}
    database._engine.cache_clear()
    assert records.run(mine, "ann").name == "cats"
    if database.engine().dialect.name == "sqlite":  # a server has the same database for every home
        monkeypatch.setenv("CASEBOOK_HOME", str(tmp_path / "another"))
        assert records.run(mine, "ann") is None
