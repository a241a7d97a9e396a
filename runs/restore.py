"""Make a home out of a backup: `python -m runs.restore FILE.tar --home DIR`; see `runs.backup`.

The folder must be empty, and so must the database of `DATABASE_URL`, where one is set.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from models.errors import InputError
from runs import outages
from runs.backup import unpack


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m runs.restore", description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, metavar="FILE.tar", help="what “python -m runs.backup” has written")
    parser.add_argument("--home", type=Path, required=True, metavar="DIR", help="an empty folder, or a new one")
    asked = parser.parse_args()
    os.environ["CASEBOOK_HOME"] = str(asked.home.absolute())
    try:
        with asked.file.open("rb"):  # before a folder is made for it
            count = unpack.unpack(asked.file)
    except (InputError, OSError, SQLAlchemyError) as error:
        print(f"error: {outages.told(error) or outages.cause(error)}", file=sys.stderr)
        return 2
    print(f"{asked.home}: {count['runs']:,} runs, {count['datasets']:,} data sets, {count['shares']:,} links")
    return 0


if __name__ == "__main__":
    sys.exit(main())
