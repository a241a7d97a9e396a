"""Remove what the rules say, as agents do by themselves: `python -m runs.retention --show`.

The rules are those of `CASEBOOK_KEEP_DAYS` and of the page for hosts.

With `--show` nothing is removed.
"""

from __future__ import annotations

import argparse
import sys

from sqlalchemy.exc import SQLAlchemyError

from models.errors import InputError
from runs import outages
from runs.retention import rules
from runs.store import database


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m runs.retention", description=__doc__.splitlines()[0])
    parser.add_argument("--show", action="store_true", help="only say what would be removed")
    asked = parser.parse_args()
    many = size = 0
    try:
        if lacking := database.lacking():
            raise lacking
        if not (days := rules.wanted()):
            print(f"Nothing is removed by itself. Rules that {rules.VARIABLE} can name: {', '.join(rules.RULES)}.")
        for one in rules.found():
            many, size = many + 1, size + one.leftover.bytes
            print(f"{one.rule}={days[one.rule]:g}\t{one.leftover.name}\t{one.days:.1f} days", end="\t")
            print(f"{one.leftover.bytes / 10**6:,.1f} MB")
            if not asked.show:
                one.leftover.remove()
    except (InputError, OSError, SQLAlchemyError) as error:
        print(f"error: {outages.told(error) or outages.cause(error)}", file=sys.stderr)
        return 1
    print(f"{'Would be removed' if asked.show else 'Removed'}: {many}, {size / 10**6:,.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
