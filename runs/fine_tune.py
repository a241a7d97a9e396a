"""Fine-tune without a browser, through the same code as the page.

    python -m runs.fine_tune image_recognition --data train.zip --test test.zip --set epochs=5 --out DIR

Writes the bundle and `result.json` into DIR. On failure one line on standard error and a status that is not zero.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch is imported

import cases
from cases import settings as case_settings
from cases.base import Part
from models.errors import N_, InputError
from runs import files, origin, queue, reading, store, worker
from runs.reporting import Reporting

OWNER = "local"


class Terminal:
    """A report that a person reads on the terminal."""

    line = ""

    def phase(self, name: str) -> None:
        self._say(name, end="\n")

    def progress(self, what: str, done: int, total: int, **more: Any) -> None:
        if sys.stderr.isatty() or done == total:
            self._say(f"  {what} {done}/{total}", end="\n" if done == total else "\r")

    def metrics(self, split: str, step: int, values: Mapping[str, Any]) -> None:
        if split == "validation":
            told = ", ".join(f"{name} {value:.4f}" for name, value in values.items() if name != "epoch")
            self._say(f"  epoch {values['epoch']:g}: {told}", end="\n")

    def note(self, message: str, **args: Any) -> None:
        self._say(message.format(**args), end="\n")

    def flush(self) -> None: ...
    def check(self) -> None: ...

    def _say(self, text: str, end: str) -> None:
        if text != self.line:
            self.line = text
            print(text, end=end, file=sys.stderr, flush=True)


def fine_tune(
    case_name: str, parts: list[Part], settings: Any, out: Path, edits: Mapping[str, str | None]
) -> dict[str, Any]:
    """Read, train, evaluate and export; the result as it stands in `result.json`.

    `settings` are the case's; `edits`: row of the data set → the label it has now, None where it is left out.

    Raises:
        InputError: the data, the settings or the training cannot be used; nothing is written into `out`.
    """
    contents = [(reading.sha256_of(part.path), part.split, part.label) for part in parts]
    digest = reading.digest_of(contents, [part.name for part in parts])
    dataset = reading.into_dataset(case_name, parts, digest, Terminal())
    origin.note(digest, parts, contents)
    store.add_dataset(OWNER, digest, case_name, dataset.name, sample=False)
    identity = store.create_run(
        OWNER, "fine_tune", case_name, dataset.name, status="running", dataset=digest,
        settings=case_settings.as_json(settings), edits=dict(edits),
    )  # fmt: skip
    run = queue.claim_here(identity)
    try:
        worker.work(run, Reporting(run, beside=Terminal()))
    except KeyboardInterrupt:
        queue.end(identity, "stopped")
        raise
    return _deliver(store.run(identity, OWNER), out)


def _deliver(run: store.Run, out: Path) -> dict[str, Any]:
    if run.status != "done":
        raise InputError.from_json(run.error) if run.error else KeyboardInterrupt
    out.mkdir(parents=True, exist_ok=True)
    shutil.copytree(files.run(run.id) / "bundle", out / "bundle", dirs_exist_ok=True)
    result = {**run.result, "bundle": str(out / "bundle")}
    (out / "result.json").write_text(json.dumps(result, ensure_ascii=False, indent=1), "utf-8")
    return result


def _parts(args: argparse.Namespace) -> list[Part]:
    given = [(path, "train" if args.test else "", "") for path in args.data] + [(args.test, "test", "")]
    given += [(Path(path), split, label) for split, label, path in args.part]
    parts = [Part(path, path.name, split, label) for path, split, label in given if path]
    for part in parts:
        if not part.path.is_file():
            raise InputError(
                found=N_("There is no file “{path}”."),
                expected=N_("The data is a file on this machine."),
                remedy=N_("Correct the path."),
                path=str(part.path),
            )
    return parts


def _settings(args: argparse.Namespace, like: Mapping[str, Any]) -> Any:
    """What is given one by one goes before what another run had."""
    pairs = dict(pair.partition("=")[::2] for pair in args.set)
    named = {"model": args.model, "seed": args.seed}
    pairs |= {name: value for name, value in named.items() if value is not None}
    kind = cases.get(args.case).Settings
    given = case_settings.from_text(kind, pairs)
    return replace(kind(**like["settings"]), **{name: getattr(given, name) for name in pairs})


def _like(args: argparse.Namespace) -> Mapping[str, Any]:
    return json.loads(args.like.read_text("utf-8")) if args.like else {"settings": {}, "edits": {}}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("case", choices=cases.NAMES)
    parser.add_argument(
        "--data", type=Path, nargs="+", action="extend", default=[], metavar="FILE",
        help="what to learn from: a zip or a tar, and a table of its classes where they are not its folders",
    )  # fmt: skip
    parser.add_argument("--test", type=Path, help="a file of the same form, only to test on")
    parser.add_argument(
        "--part",
        nargs=3,
        action="append",
        default=[],
        metavar=("PART", "CLASS", "FILE"),
        help="another file, with the part of the data and the class it is for; both may be empty",
    )
    parser.add_argument("--like", type=Path, metavar="RUN.JSON", help="the settings and edits of another run's bundle")
    parser.add_argument("--model", help="a name of the catalogue, a hub id, or a folder")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the case")
    parser.add_argument("--seed")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    args = parser.parse_args()
    if not args.data and not args.part:
        parser.error("the following arguments are required: --data")
    logging.basicConfig(level=logging.ERROR)
    try:
        like = _like(args)
        result = fine_tune(args.case, _parts(args), _settings(args, like), args.out, like["edits"])
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("error: stopped; the run can be resumed in the browser.", file=sys.stderr)
        return 130
    print(json.dumps(result["test"]), result["bundle"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
