"""Many things at once: what a run's model says of each file in an upload, as a table to download."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cases
from cases import tasks
from cases.archives import Member, SetAside
from cases.base import Answer, Answerer, Case, Part, Task
from models.errors import N_, InputError
from models.report import Report
from runs import files, queue, store
from runs.answer_refusals import gone
from runs.language import say
from runs.store import Run

FILE = "predictions.csv"
BATCH = 32
MOST_TOLD = 200  # problems, on the page; the table has them all
COLUMNS = (
    N_("Name"), N_("Prediction"), N_("Probability"), N_("Second"), N_("Probability of the second"), N_("Third"),
    N_("Probability of the third"), N_("Problem"),
)  # fmt: skip
TABLES = {  # by what a task's labels are: the columns, and what stands in a further one behind the name
    "classes": (COLUMNS, N_("Text")),
    "texts": ((N_("Name"), N_("Transcript"), N_("Probability"), N_("Problem")), N_("Text")),
    "items": (
        (N_("User"), N_("First item"), N_("Score"), N_("Second item"), N_("Score of the second"), N_("Third item"),
         N_("Score of the third"), N_("Problem")),
        N_("Interactions"),
    ),
}  # fmt: skip
ANSWERS = 3  # that a table has at most
CUT_OFF = N_("Only the first ten minutes were listened to. Cut the recording to go on.")
LONGEST = 32_767  # characters that a cell of a spreadsheet holds
FORMULAS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run what begins so


def predict(run: Run, report: Report) -> None:
    """`parts` names the upload, `subject` the run whose model answers; the table is written into the job's folder."""
    report.phase("preparing")
    upload = store.upload(run.parts[0]["upload"], run.owner)
    part = Part(files.uploads() / upload.id, upload.name)
    bundle = files.run(run.subject) / "bundle"
    try:
        if store.run(run.subject, run.owner) is None or not bundle.is_dir():
            raise gone()
        case, settings = cases.get(run.case), json.loads((bundle / "settings.json").read_text("utf-8"))
        result = _write(files.run(run.id), case, tasks.of(case, settings), part, bundle, report)
    finally:
        part.path.unlink(missing_ok=True)  # the person has the original; a process that was killed finds it again
    queue.end(run.id, "done", result=result)


def _write(folder: Path, case: Case, task: Task, part: Part, bundle: Path, report: Report) -> dict[str, Any]:
    """The table, in message ids, and how many things it answers, with notes or not at all, and the first problems."""
    partial = folder / f"{FILE}.partial"
    with (
        tempfile.TemporaryDirectory(dir=folder) as unpacked,
        partial.open("w", encoding="utf-8", newline="") as file,
    ):
        writer, named = csv.writer(file), Counter()
        batch = case.batch(part, Path(unpacked))
        aside, columns = list(batch.set_aside), _columns(batch.members, task)
        writer.writerow(columns)
        noted, with_notes = [], 0
        for member, answer in _answers(case.answerer(bundle), batch.members, report):
            if isinstance(answer, InputError):
                aside.append(SetAside(member.name, answer.found, answer.args_))
            else:
                notes = _notes(answer)
                writer.writerow(_row(member, answer, columns, notes))
                noted += [SetAside(member.name, note["message"], note["args"]) for note in notes]
                with_notes += bool(notes)
                named[answer.labels[0] if task.targets == "classes" else ""] += 1
        for one in aside:
            problem = _problem([{"message": one.reason, "args": one.args}])
            writer.writerow([plain(one.path), *[""] * (len(columns) - 2), problem])
    partial.replace(folder / FILE)
    told = [{"name": one.path, "reason": one.reason, "args": dict(one.args)} for one in [*aside, *noted][:MOST_TOLD]]
    items = named.total()
    del named[""]
    return {"items": items, "named": dict(named.most_common()), "aside": len(aside), "noted": with_notes, "told": told}


def _answers(answerer: Answerer, members: list[Member], report: Report) -> Iterator[tuple[Member, Answer | InputError]]:
    for start in range(0, len(members), BATCH):
        report.check()
        report.progress("predicted", start, len(members))
        batch = members[start : start + BATCH]
        yield from zip(batch, answerer([member.file for member in batch]), strict=True)
    report.progress("predicted", len(members), len(members))


def _columns(members: list[Member], task: Task) -> list[str]:
    (name, *others), text = TABLES[task.targets]
    return [name, *([text] if any(member.text for member in members) else []), *others]


def _notes(answer: Answer) -> list[Mapping[str, Any]]:
    return [*([{"message": CUT_OFF, "args": {}}] if answer.unheard else []), *answer.notes]


def _row(member: Member, answer: Answer, columns: list[str], notes: Sequence[Mapping[str, Any]]) -> list[str]:
    given = [plain(member.text[:LONGEST])] if columns[1] in {text for _columns, text in TABLES.values()} else []
    cells = [plain(member.name), *given]
    for label, probability in list(zip(answer.labels, answer.probabilities, strict=True))[:ANSWERS]:
        cells += [plain(label), f"{probability:.4f}"]
    return [*cells, *[""] * (len(columns) - len(cells) - 1), _problem(notes)]


def _problem(notes: Sequence[Mapping[str, Any]]) -> str:
    """Messages with their args as a cell, which `table` puts into the reader's language."""
    return json.dumps([dict(note) for note in notes], ensure_ascii=False) if notes else ""


def table(path: Path, language: str) -> bytes:
    """The table in the reader's language; with a mark, or spreadsheets garble Chinese."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    told = io.StringIO(newline="")
    writer = csv.writer(told)
    writer.writerow([say(language, name) for name in header])
    writer.writerows([*row[:-1], _said(language, row[-1])] for row in rows)
    return told.getvalue().encode("utf-8-sig")


def _said(language: str, problem: str) -> str:
    if not problem.startswith("["):  # none, or a message alone as older tables have it
        return say(language, problem)
    gap = "" if language == "zh" else " "
    return plain(gap.join(say(language, note["message"], **note["args"]) for note in json.loads(problem)))


def plain(text: str) -> str:
    """Quoted where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULAS) else text
