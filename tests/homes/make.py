"""Make a home as an earlier revision of Casebook leaves it, and pack it for `tests/test_earlier_homes.py`:

    .venv/bin/python tests/homes/make.py a52a012

writes `tests/homes/a52a012.tar.xz`. The revision's own code does all the work, in a folder of its own, as told by
`filled.py` beside this file; that names the modules as that revision has them, and another revision may need another.

The checkpoint of the stopped run is as transformers writes it, its `.pt` and `.bin` files included: going on reads them
as weights alone, or not at all.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
# A signing key, and locks and logs, which tell of this machine.
LEFT_OUT = ("secret", "ballast", "logs", "locks", "migrate.lock")
MODELS = "cache/models/hub"  # all else in the cache is made again
NEUTRAL = "somewhere"  # in place of the machine's name


def make(revision: str, archive: Path) -> None:
    """Fill a home by the code of `revision` and pack it into `archive`."""
    with tempfile.TemporaryDirectory(prefix="casebook-") as folder:
        tree, home = Path(folder) / "tree", Path(folder) / "home"
        tree.mkdir()
        told = subprocess.run(["git", "archive", revision], cwd=HERE.parents[1], capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(told)) as packed:
            packed.extractall(tree, filter="data")
        environment = {**os.environ, "CASEBOOK_HOME": str(home), "PYTHONPATH": os.pathsep.join(
            map(str, (tree, tree / "tests"))), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}  # fmt: skip
        environment.pop("DATABASE_URL", None)
        subprocess.run([sys.executable, HERE / "filled.py"], cwd=tree, env=environment, check=True)
        tidy(home)
        if telling := tells_of(home, (folder, str(Path.home()), socket.gethostname())):
            print("These files tell of this machine:", *telling, sep="\n  ")
        pack(home, archive)


def tidy(home: Path) -> None:
    """Leave out what says something of this machine or is made again, and make the database one file."""
    for name in LEFT_OUT:
        shutil.rmtree(home / name, ignore_errors=True)
        (home / name).unlink(missing_ok=True)
    for path in [*(home / "cache").iterdir(), *(home / "cache/models").iterdir()]:
        if not (home / MODELS).is_relative_to(path):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    with sqlite3.connect(home / "casebook.db") as database:
        database.execute("UPDATE runs SET host = ? WHERE host IS NOT NULL", (NEUTRAL,))
        database.execute("UPDATE runs SET result = replace(result, ?, ?)", (socket.gethostname(), NEUTRAL))
    database.execute("PRAGMA journal_mode=DELETE")
    database.execute("VACUUM")
    database.close()


def tells_of(home: Path, words: tuple[str, ...]) -> list[str]:
    """The files in which one of these words stands."""
    told = [word.encode() for word in words if len(word) > 1]
    files = [path for path in sorted(home.rglob("*")) if path.is_file()]
    return [f"{path.relative_to(home)}: {word.decode()}" for path in files for word in told
            if word in path.read_bytes()]  # fmt: skip


def pack(home: Path, archive: Path) -> None:
    with tarfile.open(archive, "w:xz", preset=9) as packed:
        for path in sorted(home.rglob("*")):
            entry = packed.gettarinfo(path, path.relative_to(home).as_posix())
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            with path.open("rb") if path.is_file() else io.BytesIO() as content:
                packed.addfile(entry, content if path.is_file() else None)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("revision")
    given = parser.parse_args()
    make(given.revision, HERE / f"{given.revision}.tar.xz")
