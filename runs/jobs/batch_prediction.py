"""Many things at once: what a run's model says of each file in an upload, as a table to download."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import Any

import cases
from cases import task_types, tasks
from cases.base import Case, Prediction, Predictor, Task, UploadedFile
from cases.ingest.archives import Member, SetAside
from cases.ingest.tables.formulas import guarded, unguarded
from cases.task_types import CLASSIFICATION
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
from runs.results import decisions
from runs.store import datasets, records, upload_rows
from runs.store.records import Run

FILE = "predictions.csv"
BATCH = 32
MOST_TOLD = 200  # problems, on the page; the table has them all
ANSWERS = 3  # that a table has at most
MOST_NAMES = 3  # items that are named for each message in `counted`
VERDICT, UNSURE = N_("Verdict"), N_("not sure")  # the column before the problem, where an answer is below the threshold
CUT_OFF = N_("Only the first ten minutes were used. Cut longer recordings.")
OWN = "table:"  # before the heading of a column that the person's table had
SHARES = {name for one in task_types.ALL for name in one.columns[2::2]}  # columns of probabilities and scores
LONGEST = 32_767  # characters that a cell of a spreadsheet holds


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
    """Write the table, in message ids, and return its counts.

    Args:
        opened: opens the model.
        chosen: threshold and temperature of the answers.

    Returns:
        Number of answers, of items without an answer and of answers with notes; the first problems; `counted`:
        message → number of answers that it applies to; `counted_names`: message → names of the first of them.
    """
    unfinished = folder / f"{FILE}.partial"
    with (
        tempfile.TemporaryDirectory(dir=folder) as unpacked,
        unfinished.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file)
        named = Counter[str]()
        batch = case.batch(part, Path(unpacked))
        first, answers = _from_first(_answers(opened(), batch.members, report))
        aside, columns = list(batch.set_aside), _columns(batch.members, task, first)
        writer.writerow(columns)
        noted, with_notes, doubted = [], 0, Doubted(columns[1] == task.task_type.given)
        counted: Counter[str] = Counter()
        names: defaultdict[str, list[str]] = defaultdict(list)
        lines = deque(sorted((one for one in aside if one.before is not None), key=lambda one: one.before or 0))
        others = [one for one in aside if one.before is None]
        for number, (member, answer) in enumerate(answers):
            while lines and (lines[0].before or 0) <= number:
                writer.writerow(_without_answer(lines.popleft(), columns))
            if isinstance(answer, InputError):
                aside.append(SetAside(member.name, answer.found, answer.args_, row=member.row))
                writer.writerow(_without_answer(aside[-1], columns))
            else:
                notes = _notes(answer)
                for message in (note["counted"] for note in answer.notes if "counted" in note):
                    counted[message] += 1
                    if counted[message] <= MOST_NAMES:
                        names[message].append(member.name)
                writer.writerow(_row(member, answer, columns, notes))
                noted += [SetAside(member.name, note["message"], note["args"]) for note in notes]
                with_notes += bool(notes)
                doubted.add(member, answer)
                named[answer.labels[0] if task.task_type.has_classes else ""] += 1
        writer.writerows(_without_answer(one, columns) for one in (*lines, *others))
        doubts.write(folder, doubted.told(case, ANSWERS))
    checksums.settle(unfinished, folder / FILE)
    told = [{"name": one.path, "reason": one.reason, "args": dict(one.args)} for one in [*aside, *noted][:MOST_TOLD]]
    items = named.total()
    del named[""]
    decided: dict[str, Any] = {"decision": asdict(chosen)} if chosen != Decision() else {}
    return {"items": items, "named": dict(named.most_common()), "aside": len(aside), "noted": with_notes, "told": told,
            "counted": dict(counted), "counted_names": dict(names), **decided}  # fmt: skip


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


def _columns(members: list[Member], task: Task, most: int) -> list[str]:
    """`most`: labels of an answer; each has a column, and one for its probability. What a table of the person says
    besides stands there, too."""
    name, *others, problem = task.task_type.columns
    given = [task.task_type.given] if any(member.text for member in members) else []
    own = [f"{OWN}{heading}" for heading in (members[0].row if members else ())]
    return [name, *given, *own, *others[: 2 * most], problem]


def _notes(answer: Prediction) -> list[Mapping[str, Any]]:
    """What is told of this answer alone."""
    own = [note for note in answer.notes if "counted" not in note]
    return [*([{"message": CUT_OFF, "args": {}}] if answer.unheard else []), *own]


def _row(member: Member, answer: Prediction, columns: list[str], notes: Sequence[Mapping[str, Any]]) -> list[str]:
    given = [guarded(member.text[:LONGEST])] if columns[1] in {one.given for one in task_types.ALL} else []
    cells = [guarded(member.name), *given, *(guarded(cell) for cell in member.row.values())]
    for label, probability in list(zip(answer.labels, answer.probabilities, strict=True))[:ANSWERS]:
        cells += [guarded(label), repr(float(probability))]  # in full: thresholds are compared with it
    return [*cells, *[""] * (len(columns) - len(cells) - 1), _problem(notes)]


def _without_answer(one: SetAside, columns: list[str]) -> list[str]:
    """Its name, what else the person's table says of it, and the reason."""
    cells = [one.row.get(name.removeprefix(OWN), "") if name.startswith(OWN) else "" for name in columns[1:-1]]
    problem = _problem([{"message": one.reason, "args": one.args}])
    return [guarded(one.name or one.path), *(guarded(cell) for cell in cells), problem]


def _problem(notes: Sequence[Mapping[str, Any]]) -> str:
    """Messages with their args as a cell, which `table` puts into the reader's language."""
    return json.dumps([dict(note) for note in notes], ensure_ascii=False) if notes else ""


def threshold(run: Run, job: Run) -> float | None:
    """Below which an answer of the `job` for this run is marked, see `decisions.of_answers`; None without classes."""
    if not tasks.of(cases.get(run.case), run.settings).task_type.has_classes:
        return None
    return decisions.of_answers(run, Decision(**(job.result or {}).get("decision", {})))


@lru_cache(maxsize=64)
def named(job: str, least: float) -> tuple[dict[str, int], int] | None:
    """Class → how many answers of a job name it with a probability of `least` or more, the most first; and how many are
    below. None where the table is gone or damaged."""
    path, label = paths.run(job) / FILE, CLASSIFICATION.columns[1]
    header, rows = _read(path) if checksums.intact(path) else ([], [])
    if label not in header:
        return None
    place, below = header.index(label), _below(header, rows, least)
    sure = Counter(unguarded(row[place]) for row, unsure in zip(rows, below, strict=True) if row[place] and not unsure)
    return dict(sure.most_common()), sum(below)


def table(path: Path, language: str, least: float | None = None) -> bytes:
    """The table in the reader's language; with a mark, or spreadsheets garble Chinese. What is less probable than
    `least` is “not sure”."""
    header, rows = _read(path)
    below = _below(header, rows, least)
    verdicts, shares = any(below), [place for place, name in enumerate(header) if name in SHARES]
    told = io.StringIO(newline="")
    writer = csv.writer(told)
    names = [guarded(name.removeprefix(OWN)) if name.startswith(OWN) else say(language, name) for name in header]
    writer.writerow([*names[:-1], *([say(language, VERDICT)] if verdicts else []), names[-1]])
    for row, unsure in zip(rows, below, strict=True):
        for place in shares:
            row[place] = row[place] and f"{float(row[place]):.4f}"
        verdict = [say(language, UNSURE) if unsure else ""] if verdicts else []
        writer.writerow([*row[:-1], *verdict, _said(language, row[-1])])
    return told.getvalue().encode("utf-8-sig")


def _below(header: Sequence[str], rows: Sequence[Sequence[str]], least: float | None) -> list[bool]:
    """Whether the first answer of each row is less probable than `least`."""
    share = CLASSIFICATION.columns[2]
    if least is None or share not in header:
        return [False] * len(rows)
    shares = [row[header.index(share)] for row in rows]
    return [told != "" and float(told) < least for told in shares]


def _read(path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows as they were written; without the verdict of then, which older tables have."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    if VERDICT in header:
        place = header.index(VERDICT)
        for row in (header, *rows):
            del row[place]
    return header, rows


def _said(language: str, problem: str) -> str:
    if not problem.startswith("["):  # none, or a message alone as older tables have it
        return say(language, problem)
    gap = "" if language == "zh" else " "
    return guarded(gap.join(say(language, note["message"], **note["args"]) for note in json.loads(problem)))
