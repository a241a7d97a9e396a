"""Fine-tune without a browser, through the same code as the page.

    python -m runs.fine_tune image_recognition --data train.zip --test test.zip --set epochs=5 --out DIR
    python -m runs.fine_tune text_analysis --data train.csv --set text=review --set label=stars --out DIR
    python -m runs.fine_tune recommendation --data ratings.csv --items items.csv --out DIR

Writes the bundle and `result.json` into DIR. On failure one line on standard error and a status that is not zero.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # its own reserves a gigabyte, which would count as held
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # both before torch is imported
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # large tensors lie in large pages: a tenth less time a step

from sqlalchemy.exc import SQLAlchemyError

import cases
from cases import language_fit, tasks
from cases import settings as case_settings
from cases.base import Case, UploadedFile
from cases.dataset import Dataset
from models.errors import N_, InputError
from runs import arguments, outages, paths
from runs.cluster import LAUNCHER
from runs.inference.errors import gone
from runs.jobs import data_import
from runs.limits import processes
from runs.search import journal
from runs.store import database, dataset_rows, deaths, folders, queue, records
from runs.store.deaths import Death
from runs.store.records import Run
from runs.terminal import Terminal
from runs.uploads import provenance
from runs.worker import job_watch, shortage, worker
from runs.worker.launchers import torchrun
from runs.worker.reporter import StoreReporter

OWNER = paths.LOCAL


def fine_tune(
    case_name: str,
    parts: list[UploadedFile],
    settings: Any,
    out: Path,
    edits: Mapping[int, str | None],
    columns: Mapping[str, str] = {},
    later: Sequence[tuple[list[UploadedFile], Mapping[str, str]]] = (),
    search: float | None = None,
    processes: int = 1,
    launcher: str | None = None,
) -> dict[str, Any]:
    """Read, train, evaluate and export; the result as it stands in `result.json`.

    `settings` are the case's, `columns` as `Case.read` takes them; `edits`: row of the data set → the label it has now,
    None where it is left out. `later`: the files that are added to these, step by step, and their columns. `search`:
    seconds in which the best way to train is looked for, with these settings as the default. `processes`: so many of
    this machine train together; a search trains in one. `launcher`: as `runs.worker.launchers.chosen` tells it.

    Raises:
        InputError: the data, the settings or the training cannot be used; nothing is written into `out`.
    """
    dataset = _read(case_name, parts, columns, None)
    for some, chosen in later:
        dataset = _read(case_name, some, chosen, dataset)
    _require_rows(dataset, edits)
    case, digest = cases.get(case_name), dataset.digest
    decided = tasks.decided(case, dataset, case_settings.as_json(settings))
    _require_language(case, dataset, decided)
    stored = {str(row): label for row, label in edits.items()}
    wanted = case_settings.as_json(replace(settings, **decided))
    if search is None:
        identity = records.create_run(OWNER, "fine_tune", case_name, dataset.name, status="running", dataset=digest,
                                      settings=wanted, edits=stored, processes=processes,
                                      launcher=launcher)  # fmt: skip
    else:
        identity = journal.begin(OWNER, case_name, dataset.name, digest, wanted, search, stored, status="running",
                                 launcher=launcher)  # fmt: skip
    run = queue.claim_here(identity)
    try:
        if run.launcher == LAUNCHER:
            _on_cluster(run)
        elif run.processes > 1:
            _together(run)
        else:
            worker.work(run, StoreReporter(run, beside=Terminal()))
    except KeyboardInterrupt:
        queue.end(identity, "stopped")
        raise
    return _deliver(records.run(identity, OWNER), out)


def _together(run: Run) -> None:
    """Several processes train it; where one of them is lost, all begin anew from the last checkpoint."""
    short = shortage.times(run.id)
    while (status := torchrun.wait(run.id, run.processes, "--tell")) and _is_unfinished(run):
        death = _death(run, short, f"exit status {status}")
        if run.attempt >= queue.MOST_ATTEMPTS:
            return queue.died(run, death)
        run, short = queue.claim_here(run.id, after=death), shortage.times(run.id)


def _on_cluster(run: Run) -> None:
    """The Ray cluster does it; where its job ends and the run does not, it is submitted again."""
    look = job_watch.Retold(run, Terminal())
    try:
        short = shortage.times(run.id)
        job = job_watch.follow(run, look)
        while _is_unfinished(run):
            death = _death(run, short, f"Ray: {job.status}")
            if run.attempt >= queue.MOST_ATTEMPTS:
                return queue.died(run, death)
            run, short = queue.claim_here(run.id, after=death), shortage.times(run.id)
            job = job_watch.follow(run, look)
    except KeyboardInterrupt:
        job_watch.stop(run.id)
        raise
    except InputError as error:
        queue.end(run.id, "failed", error=error.as_json())


def _death(run: Run, short: int, how: str) -> Death:
    """How an attempt ended before which memory had run out so many times."""
    return Death(deaths.MEMORY) if shortage.times(run.id) > short else Death(deaths.CRASHED, how)


def _is_unfinished(run: Run) -> bool:
    known = records.run(run.id, run.owner)
    return known is not None and not known.ended_already


def _read(case: str, parts: list[UploadedFile], columns: Mapping[str, str], before: Dataset | None) -> Dataset:
    contents = [(data_import.sha256_of(part.path), part.split, part.label) for part in parts]
    onto = before.digest if before else None
    content = data_import.digest_of(case, contents, [part.name for part in parts], columns, onto)
    digest, parts = data_import.named(OWNER, content, parts)

    def keep(dataset: Dataset) -> None:
        provenance.note(OWNER, digest, parts, contents, columns, onto)
        dataset_rows.add_version(OWNER, digest, case, dataset.name, onto, content=content)

    with processes.bounded():
        return data_import.into_dataset(case, parts, digest, Terminal(), columns, before, owner=OWNER, then=keep)


def _require_rows(dataset: Dataset, edits: Mapping[int, str | None]) -> None:
    """
    Raises:
        InputError: some edits are of rows that the data have not.
    """
    rows = len(dataset.as_read)
    if missing := [row for row in edits if not -len(dataset.classes) <= row < rows]:
        raise InputError(
            found=N_("The data lacks the rows {missing}, which were edited in the original run."),
            expected=N_("It has {rows} rows, counted from 0."),
            remedy=N_("Use the files of the original run, or remove these edits from its record."),
            missing=", ".join(map(str, missing[:10])),
            rows=rows,
        )


def _require_language(case: Case, dataset: Dataset, settings: Mapping[str, Any]) -> None:
    """
    Raises:
        InputError: training would be in vain, since the model does not know the language of the data.
    """
    task = tasks.of(case, settings)
    misfit = language_fit.misfit(case, task, dataset.meant_as(task.task_type), settings, paths.cache() / "models")
    if misfit and misfit.refused:
        raise misfit.problem


def _deliver(run: records.Run | None, out: Path) -> dict[str, Any]:
    if run is None:  # discarded in the browser
        raise gone()
    if run.status != "done":
        raise InputError.from_json(run.error) if run.error else KeyboardInterrupt
    out.mkdir(parents=True, exist_ok=True)
    shutil.copytree(paths.run(run.id) / "bundle", out / "bundle", dirs_exist_ok=True)
    result = {**(run.result or {}), "bundle": str(out / "bundle")}
    (out / "result.json").write_text(json.dumps(result, ensure_ascii=False, indent=1), "utf-8")
    return result


def main() -> int:
    args = arguments.read(__doc__.splitlines()[0])
    logging.basicConfig(level=logging.ERROR)
    try:
        like = arguments.like(args)
        settings, columns = arguments.settings(args, like), arguments.columns(args, like)
        parts, later, out = arguments.parts(args), arguments.later(args, like), arguments.out(args)
        if lacking := database.lacking() or folders.lacking():
            raise lacking
        wanted = arguments.search(args)
        processes, launcher = arguments.processes(args), arguments.launcher(args)
        result = fine_tune(args.case, parts, settings, out, like["edits"], columns, later, wanted, processes, launcher)
    except (InputError, OSError, SQLAlchemyError) as error:
        print(f"error: {outages.told(error) or outages.cause(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("error: stopped; the run can be resumed in the browser.", file=sys.stderr)
        return 130
    print(json.dumps(result["test"]), result["bundle"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
