"""Many things at once: what a run's model says of each file in an upload, as a table to download."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import cases
from cases import task_types, tasks
from cases.base import Case, Prediction, Predictor, Task, UploadedFile
from cases.ingest.archives import Member, SetAside
from models.errors import N_, InputError
from models.evaluation import decision
from models.evaluation.decision import Decision
from models.progress import ProgressReporter
from models.storage import checksums
from runs import integrity, paths
from runs.inference.errors import gone
from runs.jobs import doubts
from runs.jobs.doubts import Doubted
from runs.kinds import JobResult
from runs.language import say
from runs.store import datasets, records, upload_rows
from runs.store.records import Run

FILE = "predictions.csv"
BATCH = 32
MOST_TOLD = 200  # problems, on the page; the table has them all
ANSWERS = 3  # that a table has at most
VERDICT, UNSURE = N_("Verdict"), N_("not sure")  # the column before the problem, where the run has a threshold
CUT_OFF = N_("Only the first ten minutes were used. Cut longer recordings.")
OWN = "table:"  # before the heading of a column that the person's table had
LONGEST = 32_767  # characters that a cell of a spreadsheet holds
FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run what begins so


def predict(run: Run, report: ProgressReporter) -> JobResult:
    """`parts` names the upload, `subject` the run whose model answers; the table is written into the job's folder."""
    report.phase("preparing")
    asked = run.parts[0]["upload"]
    upload = upload_rows.by_ids(run.owner, [asked])[asked]
    part, subject = UploadedFile(paths.uploads() / upload.id, upload.name), records.subject(run)
    try:
        bundle = paths.run(subject.id) / "bundle" if subject else None
        if subject is None or bundle is None or not bundle.is_dir():
            raise gone()
        integrity.require_model(subject.id)
        case = cases.get(run.case)
        task = tasks.of_bundle(case, bundle)
        opened = partial(task.predictor, bundle, datasets.folder(str(subject.dataset)))
        chosen = decision.read(bundle)
        result = _write(paths.run(run.id), case, task, part, opened, chosen, report)
    finally:
        part.path.unlink(missing_ok=True)  # the person has the original; a process that was killed finds it again
    return JobResult({"result": result})


def _write(
    folder: Path, case: Case, task: Task, part: UploadedFile, opened: Callable[[], Predictor], chosen: Decision,
    report: ProgressReporter,
) -> dict[str, Any]:  # fmt: skip
    """The table, in message ids, and how many things it answers, with notes or not at all, the first problems, and
    message → how many answers it is told of together. `opened`: opens the model. Where a threshold was `chosen`, what
    is “not sure” is counted apart from the classes."""
    unfinished = folder / f"{FILE}.partial"
    with (
        tempfile.TemporaryDirectory(dir=folder) as unpacked,
        unfinished.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file)
        named, unsure = Counter[str](), 0
        batch = case.batch(part, Path(unpacked))
        first, answers = _from_first(_answers(opened(), batch.members, report))
        aside, columns = list(batch.set_aside), _columns(batch.members, task, chosen, first)
        writer.writerow(columns)
        noted, with_notes, doubted = [], 0, Doubted(columns[1] == task.task_type.given)
        counted: Counter[str] = Counter()
        for member, answer in answers:
            if isinstance(answer, InputError):
                aside.append(SetAside(member.name, answer.found, answer.args_))
            else:
                notes = _notes(answer)
                counted.update(note["counted"] for note in answer.notes if "counted" in note)
                is_unsure = bool(answer.probabilities) and chosen.is_unsure(answer.probabilities[0])
                writer.writerow(_row(member, answer, columns, is_unsure, notes))
                noted += [SetAside(member.name, note["message"], note["args"]) for note in notes]
                with_notes += bool(notes)
                doubted.add(member, answer)
                named[answer.labels[0] if task.task_type.has_classes and not is_unsure else ""] += 1
                unsure += is_unsure
        for one in aside:
            problem = _problem([{"message": one.reason, "args": one.args}])
            writer.writerow([plain(one.path), *[""] * (len(columns) - 2), problem])
        doubts.write(folder, doubted.told(case, ANSWERS))
    checksums.settle(unfinished, folder / FILE)
    told = [{"name": one.path, "reason": one.reason, "args": dict(one.args)} for one in [*aside, *noted][:MOST_TOLD]]
    items = named.total()
    del named[""]
    decided: dict[str, Any] = {"decision": asdict(chosen)} if chosen != Decision() else {}
    decided |= {"unsure": unsure} if chosen.threshold is not None else {}
    return {"items": items, "named": dict(named.most_common()), "aside": len(aside), "noted": with_notes, "told": told,
            "counted": dict(counted), **decided}  # fmt: skip


def _answers(
    predictor: Predictor, members: list[Member], report: ProgressReporter
) -> Iterator[tuple[Member, Prediction | InputError]]:
    for start in range(0, len(members), BATCH):
        report.check()
        report.progress("predicted", start, len(members))
        batch = members[start : start + BATCH]
        yield from zip(batch, predictor([member.file for member in batch]), strict=True)
    report.progress("predicted", len(members), len(members))


def _from_first(
    answers: Iterator[tuple[Member, Prediction | InputError]],
) -> tuple[int, Iterator[tuple[Member, Prediction | InputError]]]:
    """How many labels the first answer has that is one, at most as many as are told; and all of them."""
    seen, most = [], ANSWERS
    for one in answers:
        seen.append(one)
        if isinstance(one[1], Prediction):
            most = min(ANSWERS, len(one[1].labels))
            break
    return most, chain(seen, answers)


def _columns(members: list[Member], task: Task, chosen: Decision, most: int) -> list[str]:
    """`most`: labels of an answer; each has a column, and one for its probability. What a table of the person says
    besides stands there, too."""
    name, *others, problem = task.task_type.columns
    given = [task.task_type.given] if any(member.text for member in members) else []
    own = [f"{OWN}{heading}" for heading in (members[0].row if members else ())]
    return [name, *given, *own, *others[: 2 * most], *([VERDICT] if chosen.threshold is not None else []), problem]


def _notes(answer: Prediction) -> list[Mapping[str, Any]]:
    """What is told of this answer alone."""
    own = [note for note in answer.notes if "counted" not in note]
    return [*([{"message": CUT_OFF, "args": {}}] if answer.unheard else []), *own]


def _row(
    member: Member, answer: Prediction, columns: list[str], is_unsure: bool, notes: Sequence[Mapping[str, Any]]
) -> list[str]:
    given = [plain(member.text[:LONGEST])] if columns[1] in {one.given for one in task_types.ALL} else []
    cells = [plain(member.name), *given, *(plain(cell) for cell in member.row.values())]
    for label, probability in list(zip(answer.labels, answer.probabilities, strict=True))[:ANSWERS]:
        cells += [plain(label), f"{probability:.4f}"]
    verdict = [UNSURE if is_unsure else ""] if VERDICT in columns else []
    return [*cells, *[""] * (len(columns) - len(cells) - len(verdict) - 1), *verdict, _problem(notes)]


def _problem(notes: Sequence[Mapping[str, Any]]) -> str:
    """Messages with their args as a cell, which `table` puts into the reader's language."""
    return json.dumps([dict(note) for note in notes], ensure_ascii=False) if notes else ""


def table(path: Path, language: str) -> bytes:
    """The table in the reader's language; with a mark, or spreadsheets garble Chinese."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    told = io.StringIO(newline="")
    writer = csv.writer(told)
    writer.writerow([plain(name.removeprefix(OWN)) if name.startswith(OWN) else say(language, name) for name in header])
    verdict = header.index(VERDICT) if VERDICT in header else None
    for row in rows:
        if verdict is not None:
            row[verdict] = say(language, row[verdict]) if row[verdict] else ""
        writer.writerow([*row[:-1], _said(language, row[-1])])
    return told.getvalue().encode("utf-8-sig")


def _said(language: str, problem: str) -> str:
    if not problem.startswith("["):  # none, or a message alone as older tables have it
        return say(language, problem)
    gap = "" if language == "zh" else " "
    return plain(gap.join(say(language, note["message"], **note["args"]) for note in json.loads(problem)))


def plain(text: str) -> str:
    """Quoted where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULAS) else text
