"""One file that holds a home, its rows included, made while the app works; and a home out of such a file.

The archive is an uncompressed tar: `backup.json`, which says what it is; `files/`, as in the home; `rows.db`, an SQLite
database whatever the home's is, so that a home may also move from one to the other; and `checksums.json`.

**Rows first, then files.** Whatever comes into being is written before its row, and never changed after that: a data
set and a bundle are renamed into place, an upload has all its bytes. So all that the rows name was on the disk when
they were copied, and is there still, unless somebody deleted it since; such rows are taken out of the copy at the end.
The other way round every data set that is read meanwhile would be a row without files. What is made after the rows were
copied is not in the backup: an import that ends just then has to be repeated, and a training goes on from its last
whole checkpoint, as after a power failure.

Where there is object storage, all that lies there alone is fetched first: a backup is whole by itself.
"""

from __future__ import annotations

from models.errors import N_, InputError

HEADER, ROWS, CHECKSUMS = "backup.json", "rows.db", "checksums.json"
FILES = ("uploads", "datasets", "runs")  # folders of the home; all else is made again, or belongs to this machine
VERSION = 1


def damaged() -> InputError:
    return InputError(
        found=N_("The backup is damaged, or was changed."),
        expected=N_("Every file must be exactly as it was backed up."),
        remedy=N_("Take another backup, or copy this one again from where it is kept."),
    )
