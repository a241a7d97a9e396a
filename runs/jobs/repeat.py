"""Train this model again, from the file it was trained from.

    python repeat.py                         says how this model came about
    python repeat.py DATA [MORE ...] DIR     trains it again with Casebook and writes the result into DIR

Start it where Casebook's `app.py` lies, or with that folder in PYTHONPATH. The data is known by its content, so a
file may have another name now; only files that a table names must keep theirs.
"""

import hashlib
import importlib.util
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path


def tell(run: dict) -> None:
    """Print how the model came about: case, seed, settings, files and edits."""
    print(f"Case      {run['case']}")
    print(f"Seed      {run['settings']['seed']}")
    for name, value in run["settings"].items():
        print(f"Setting   {name} = {value}" + (" (chosen by Casebook)" if name in run.get("chosen", ()) else ""))
    for name, value in run.get("trained", {}).items():
        print(f"Trained   {name} = {value}")
    for part in run["data"]:
        place = "".join(f", {word} “{part[word]}”" for word in ("part", "class") if part[word])
        place += f", added in step {part['step']}" if part.get("step", 1) > 1 else ""
        print(f"Data      {part['name']}, SHA-256 {part['sha256']}{place}")
    for columns in [run["columns"], *run.get("later_columns", [])]:
        for role, column in columns.items():
            print(f"Column    {role}: “{column}”")
    for item, label in run["edits"].items():
        edited = f"class {-int(item)} in order" if int(item) < 0 else f"item {item}"
        print(f"Edit      {edited}: " + ("left out" if label is None else f"now “{label}”"))
    for name, version in run["versions"].items():
        print(f"Version   {name} {version}")


def originals(run: dict, given: list[str]) -> list[str]:
    """The file of each part of the data, known by its SHA-256."""
    by_content = {}
    for path in given:
        with open(path, "rb") as file:
            by_content[hashlib.file_digest(file, "sha256").hexdigest()] = path
    missing = [part["name"] for part in run["data"] if part["sha256"] not in by_content]
    if missing or not run["data"]:
        sys.exit(f"error: none of these files is the original {', '.join(missing) or 'data of this run'}.")
    return [by_content[part["sha256"]] for part in run["data"]]


def command(run: dict, files: list[str], out: str) -> list[str]:
    """Return the command line that trains the model again from these files."""
    made = [sys.executable, "-m", "runs.fine_tune", run["case"]]
    for path, part in zip(files, run["data"], strict=True):
        step = part.get("step", 1)
        made += ["--added", str(step)] if step > 1 else ["--part"]
        made += [part["part"], part["class"], str(Path(path).resolve())]
    return [*made, "--like", str(Path(__file__).resolve().with_name("run.json")), "--out", str(Path(out).resolve())]


def main(given: list[str]) -> None:
    run = json.loads((Path(__file__).parent / "run.json").read_text("utf-8"))
    tell(run)
    if len(given) < 2:
        return print("\nTo train it again: python repeat.py DATA [MORE ...] DIR")
    made = command(run, originals(run, given[:-1]), given[-1])
    print(f"\n{shlex.join(made)}\n", flush=True)
    sys.path.insert(0, os.getcwd())
    if importlib.util.find_spec("runs") is None or importlib.util.find_spec("runs.fine_tune") is None:
        sys.exit("error: Casebook was not found. Start this where its app.py lies, or run the line above there.")
    if status := subprocess.run(made, check=False).returncode:
        sys.exit(status)
    again = json.loads((Path(given[-1]) / "result.json").read_text("utf-8"))["test"]
    print("The same figures." if again == run["test"] else f"Other figures: {again} in place of {run['test']}.")


if __name__ == "__main__":
    main(sys.argv[1:])
