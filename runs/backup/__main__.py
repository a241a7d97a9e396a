"""Back up the home while the app works: `python -m runs.backup FILE.tar`; see `runs.backup`.

The home is that of `CASEBOOK_HOME`, its database that of `DATABASE_URL`.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
import time
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from models.errors import N_, InputError
from runs import outages, paths
from runs.backup import pack
from runs.store import database


def _no_home() -> InputError:
    return InputError(
        found=N_("The folder “{folder}” does not exist."),
        expected=N_("A backup is taken of a home that is in use."),
        remedy=N_("Set CASEBOOK_HOME to the folder that the app uses."),
        folder=str(paths.place()),
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m runs.backup", description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, metavar="FILE.tar", help="a new file; its folder must be there")
    asked, begun = parser.parse_args(), time.monotonic()
    try:
        if not paths.place().is_dir():
            raise _no_home()
        if lacking := database.lacking():
            raise lacking
        packed = pack.pack(asked.file)
    except (InputError, OSError, SQLAlchemyError, sqlite3.Error) as error:
        full = outages.is_full_disk(error)
        told = pack.full(asked.file.absolute().parent, pack.size()) if full else outages.told(error)
        print(f"error: {told or outages.cause(error)}", file=sys.stderr)
        return 1
    many, took = len(packed.sha256) + len(packed.links), time.monotonic() - begun
    print(f"{asked.file}: {many:,} files, {packed.bytes / 10**6:,.1f} MB, in {took:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
