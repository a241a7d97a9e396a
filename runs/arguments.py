"""The command line of `runs.fine_tune`: what was given, as files, settings and edits."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cases
from cases import stored_settings
from cases.base import Case, UploadedFile
from cases.dataset import SPLITS
from cases.ingest.tables import CLASS_FOLDER, ENCODING, LABELS
from models.errors import N_, InputError
from runs import run_record
from runs.cluster import LAUNCHER, jobs, nodes
from runs.run_record import RunRecord
from runs.search import journal
from runs.worker import launchers
from runs.worker.launchers import torchrun


def read(about: str) -> argparse.Namespace:
    """The arguments; ends the process where something is missing."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("case", choices=cases.NAMES)
    parser.add_argument(
        "--data", type=Path, nargs="+", action="extend", default=[], metavar="FILE",
        help="what to learn from: a zip, a tar or a table; a table beside a zip gives the classes of the files in it",
    )  # fmt: skip
    parser.add_argument("--items", type=Path, help="for recommendation: a table that describes the items")
    parser.add_argument("--test", type=Path, help="a file of the same form, only to test on")
    parser.add_argument(
        "--part",
        nargs=3,
        action="append",
        default=[],
        metavar=("PART", "CLASS", "FILE"),
        help="another file, with the part of the data and the class it is for; both may be empty",
    )
    parser.add_argument(
        "--added",
        nargs=4,
        action="append",
        default=[],
        metavar=("STEP", "PART", "CLASS", "FILE"),
        help="a file that is added to the others in step 2, 3 and so on: what came before keeps its part of the data",
    )
    parser.add_argument(
        "--like", type=Path, metavar="RUN.JSON", help="the settings, columns and edits of another run's bundle"
    )
    parser.add_argument("--model", help="a name of the catalogue, a hub id, or a folder")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the case; for texts also text, label or part: a column of the table, and encoding",
    )
    parser.add_argument("--seed")
    parser.add_argument(
        "--search", metavar="TIME", help="find the best way to train within this time, for instance 90s, 10m or 8h"
    )
    parser.add_argument(
        "--processes", type=int, default=1, metavar="N",
        help="processes that train the network together, one for each graphics card; usually 1",
    )  # fmt: skip
    parser.add_argument(
        "--launcher", choices=("local", LAUNCHER), default="local",
        help="where it is trained: local, on this machine; ray, on the Ray cluster that CASEBOOK_RAY names",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    args = parser.parse_args()
    if not args.data and not args.part:
        parser.error("the following arguments are required: --data")
    return args


def parts(args: argparse.Namespace) -> list[UploadedFile]:
    learnt = [*args.data, *([args.items] if args.items else [])]
    given = [(path, "train" if args.test else "", "") for path in learnt] + [(args.test, "test", "")]
    given += [(Path(path), _known_part(split), label) for split, label, path in args.part]
    return [_found(UploadedFile(path, path.name, split, label)) for path, split, label in given if path]


def later(args: argparse.Namespace, like: RunRecord) -> list[tuple[list[UploadedFile], Mapping[str, str]]]:
    """The files of each step after the first, with their columns."""
    steps: dict[str, list[UploadedFile]] = {}
    for step, split, label, path in args.added:
        part = UploadedFile(Path(path), Path(path).name, _known_part(split), label)
        steps.setdefault(step, []).append(_found(part))
    columns = [*like["later_columns"], *({} for _ in steps)]
    return [(steps[step], columns[place]) for place, step in enumerate(sorted(steps, key=lambda step: step.zfill(9)))]


def _found(part: UploadedFile) -> UploadedFile:
    if not part.path.is_file():
        raise InputError(
            found=N_("There is no file “{path}”."),
            expected=N_("The data must be a file on this machine."),
            remedy=N_("Correct the path."),
            path=str(part.path),
        )
    return part


def _known_part(name: str) -> str:
    if name and name not in SPLITS:
        raise InputError(
            found=N_("Unknown split “{name}”."),
            expected=N_("Supported splits: {parts}."),
            remedy=N_("Correct it, or leave it empty for an automatic split."),
            name=name,
            parts=", ".join(SPLITS),
        )
    return name


def settings(args: argparse.Namespace, like: RunRecord) -> Any:
    """What is given one by one goes before what another run had."""
    case = cases.get(args.case)
    pairs = {name: value for name, value in _pairs(args).items() if name not in _of_tables(case)}
    named = {"model": args.model, "seed": args.seed}
    pairs |= {name: value for name, value in named.items() if value is not None}
    kind = case.Settings
    pairs = stored_settings.renamed(kind, pairs)
    given = stored_settings.from_text(kind, pairs)
    known = stored_settings.from_json(kind, like["settings"])
    return replace(known, **{name: getattr(given, name) for name in pairs})


def search(args: argparse.Namespace) -> float | None:
    """Seconds of the search that is asked for; None for a single training.

    Raises:
        InputError: it is no time.
    """
    if args.search is None:
        return None
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([smh]?)", args.search.strip())
    seconds = float(found[1]) * {"": 60, "s": 1, "m": 60, "h": 3600}[found[2]] if found else 0.0
    if not journal.LEAST <= seconds <= journal.MOST:
        raise InputError(
            found=N_("“{time}” is no time for a search."),
            expected=N_("It lies between {least:g} seconds and {most:g} hours."),
            remedy=N_("Write for instance 90s, 10m or 8h."),
            time=args.search[:50],
            least=journal.LEAST,
            most=journal.MOST / 3600,
        )
    return seconds


def launcher(args: argparse.Namespace) -> str | None:
    """As `runs.worker.launchers.chosen` tells it.

    Raises:
        InputError: there is no cluster.
    """
    if args.launcher not in launchers.offered():
        raise jobs.no_cluster()
    return launchers.chosen(args.launcher)


def processes(args: argparse.Namespace) -> int:
    """
    Raises:
        InputError: this machine, or the cluster, cannot train with so many together.
    """
    there = launcher(args)
    most = _most_on_cluster() if there else torchrun.most()
    if not 1 <= args.processes <= most:
        raise InputError(
            found=N_("{n} processes were asked for."),
            expected=N_("On the Ray cluster 1 to {most} can train together.") if there
            else N_("On this machine 1 to {most} can train together."),
            remedy=N_("Choose a number in this range."),
            n=args.processes,
            most=most,
        )  # fmt: skip
    return args.processes


def _most_on_cluster() -> int:
    try:
        return nodes.most(nodes.alive())
    except jobs.NoAnswer as error:
        raise jobs.does_not_answer() from error


def columns(args: argparse.Namespace, like: RunRecord) -> dict[str, str]:
    """The columns of tables that were chosen, their encoding and how labels are read, as `Case.read` takes them."""
    known = _of_tables(cases.get(args.case))
    return {**like["columns"], **{name: value for name, value in _pairs(args).items() if name in known}}


def _of_tables(case: Case) -> set[str]:
    """What may be said of the tables of a case, and of the folders that name classes."""
    classes = {LABELS, CLASS_FOLDER} if any(task.task_type.has_classes for task in case.tasks) else set()
    return {*case.columns, ENCODING, *classes} if case.columns else classes


def _pairs(args: argparse.Namespace) -> dict[str, str]:
    for pair in args.set:
        if "=" not in pair:
            raise InputError(
                found=N_("“{pair}” has no equals sign."),
                expected=N_("A setting is given as NAME=VALUE."),
                remedy=N_("Write NAME=VALUE; the value may be empty."),
                pair=pair,
            )
    return dict(pair.partition("=")[::2] for pair in args.set)


def out(args: argparse.Namespace) -> Path:
    """
    Raises:
        InputError: the result could not be written there after all the work.
    """
    place = args.out.absolute()
    nearest = next(path for path in (place, *place.parents) if path.exists())
    taken = [(place / "bundle").is_file(), (place / "result.json").is_dir()]
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK) or any(taken):
        raise InputError(
            found=N_("The folder “{path}” cannot be created."),
            expected=N_("The result is written to a folder, which is created if missing."),
            remedy=N_("Choose another folder."),
            path=str(args.out),
        )
    return args.out


def like(args: argparse.Namespace) -> RunRecord:
    """The settings, edits and columns of the run to be repeated, else none."""
    if args.like and not args.like.is_file():
        raise InputError(
            found=N_("--like names “{path}”, which is no file."),
            expected=N_("A bundle's run.json holds settings and edits."),
            remedy=N_("Name the run.json in the folder of a bundle."),
            path=str(args.like),
        )
    return run_record.read(args.like) if args.like else run_record.empty()
