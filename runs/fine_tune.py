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
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch is imported

import cases
from cases import settings as case_settings
from cases.base import Part
from models.errors import N_, InputError
from runs import files, queue, reading, store, worker
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

    def metrics(self, split: str, step: int, values: Mapping[str, float]) -> None:
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


def fine_tune(case_name: str, parts: list[Part], settings: dict[str, str], out: Path) -> dict[str, Any]:
    """Read, train, evaluate and export; the result as it stands in `result.json`.

    Raises:
        InputError: the data, the settings or the training cannot be used; nothing is written into `out`.
    """
    case = cases.get(case_name)
    chosen = case_settings.from_text(case.Settings, settings)
    digest = reading.digest_of([(reading.sha256_of(part.path), part.split, part.label) for part in parts])
    dataset = reading.into_dataset(case_name, parts, digest, Terminal())
    store.add_dataset(OWNER, digest, case_name, dataset.name, sample=False)
    identity = store.create_run(
        OWNER, "fine_tune", case_name, dataset.name, status="running", dataset=digest,
        settings=case_settings.as_json(chosen),
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
    given = [(args.data, "train" if args.test else ""), (args.test, "test")]
    parts = [Part(path, path.name, split) for path, split in given if path]
    for part in parts:
        if not part.path.is_file():
            raise InputError(
                found=N_("There is no file “{path}”."),
                expected=N_("The data is a file on this machine."),
                remedy=N_("Correct the path."),
                path=str(part.path),
            )
    return parts


def _settings(args: argparse.Namespace) -> dict[str, str]:
    pairs = dict(pair.partition("=")[::2] for pair in args.set)
    named = {"model": args.model, "seed": args.seed}
    return {**pairs, **{name: value for name, value in named.items() if value is not None}}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("case", choices=cases.NAMES)
    parser.add_argument("--data", type=Path, required=True, help="the file to learn from")
    parser.add_argument("--test", type=Path, help="a file of the same form, only to test on")
    parser.add_argument("--model", help="a name of the catalogue, a hub id, or a folder")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the case")
    parser.add_argument("--seed")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    args = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    try:
        result = fine_tune(args.case, _parts(args), _settings(args), args.out)
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
