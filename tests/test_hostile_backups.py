"""A backup that was made to do harm, was changed or is of a later version is refused whole and leaves nothing."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from backups import archive, into, small

from models.errors import InputError
from runs import restore
from runs.backup import CHECKSUMS, HEADER, ROWS, unpack

__all__ = ["archive", "into", "small"]  # fixtures


def rewritten(archive, change):
    """The same backup with other members, and the checksums that belong to them."""
    with tarfile.open(archive) as tar:
        members = [(member, tar.extractfile(member).read()) for member in tar]
    told = json.loads(members.pop()[1])
    members = change(members, told) or members
    hashed = {member.name: hashlib.sha256(content).hexdigest() for member, content in members if member.isreg()}
    told["sha256"] = {name: known for name, known in hashed.items() if name != HEADER}
    content = json.dumps(told).encode()
    members.append((plain(CHECKSUMS, content), content))
    changed = archive.with_name("changed.tar")
    with tarfile.open(changed, "w") as tar:
        for member, content in members:
            member.size = len(content) if member.isreg() else 0
            tar.addfile(member, io.BytesIO(content) if member.isreg() else None)
    return changed


def plain(name, content=b"x", kind=tarfile.REGTYPE, target=""):
    member = tarfile.TarInfo(name)
    member.size, member.type, member.linkname = len(content), kind, target
    return member


def of_rows(statement):
    """The rows of a backup after this statement."""

    def change(members, told):
        at = next(number for number, (member, _) in enumerate(members) if member.name == ROWS)
        with tempfile.TemporaryDirectory() as folder:
            (path := Path(folder) / ROWS).write_bytes(members[at][1])
            with closing(sqlite3.connect(path)) as db:
                db.executescript(statement)
            members[at] = (members[at][0], path.read_bytes())

    return change


def adding(*added):
    return lambda members, told: [*members[:-1], *((member, b"x") for member in added), members[-1]]


def linking(links):
    return lambda members, told: told["links"].update(links)


def replaced(name, content):
    return lambda members, told: [(one, content if one.name == name else had) for one, had in members]


def sparse(name, **headers):
    """A file whose PAX headers say what its holes are."""
    member = plain(name)
    member.pax_headers = headers
    return adding(member)


DEEP = "[" * 100_000 + "]" * 100_000
NO_DATABASE = b"SQLite format 3\0" * 99
HOSTILE = {
    "a name above": adding(plain("../evil")),
    "a name far above": adding(plain("files/runs/../../../../evil")),
    "an absolute name": adding(plain("/tmp/evil")),
    "a drive": adding(plain("files/runs/c:evil")),
    "a backslash": adding(plain("files\\runs\\..\\evil")),
    "a dot": adding(plain("files/runs/./evil")),
    "a database": adding(plain("casebook.db")),
    "a folder of ours": adding(plain("files/cache/models/evil")),
    "a file in place of a folder": adding(plain("files/runs")),
    "a link away": adding(plain("files/runs/evil", kind=tarfile.SYMTYPE, target="/etc")),
    "a link and what goes through it": adding(plain("files/runs/evil", kind=tarfile.SYMTYPE, target="/tmp"),
                                              plain("files/runs/evil/evil")),
    "a hard link": adding(plain("files/runs/evil", kind=tarfile.LNKTYPE, target="/etc/hostname")),
    "a device": adding(plain("files/runs/evil", kind=tarfile.CHRTYPE)),
    "a pipe": adding(plain("files/runs/evil", kind=tarfile.FIFOTYPE)),
    "the same name twice": adding(plain("files/runs/evil"), plain("files/runs/evil")),
    "a file below a file": adding(plain("files/runs/evil"), plain("files/runs/evil/more")),
    "a second name above": linking({"../evil": ROWS}),
    "a second name of what lies elsewhere": linking({"files/runs/evil": "../../../../../../etc/hostname"}),
    "a second name of nothing": linking({"files/runs/evil": "files/runs/nothing"}),
    "a second name that is no name": linking({"files/runs/evil": 7}),
    "a run that lies above": of_rows("UPDATE runs SET id = '../../evil' WHERE name = 'a'"),
    "an upload that lies above": of_rows("UPDATE runs SET parts = '[{\"upload\": \"../evil\"}]'"),
    "a trigger": of_rows("CREATE TRIGGER evil AFTER INSERT ON runs BEGIN DELETE FROM runs; END"),
    "a view": of_rows("ALTER TABLE shares RENAME TO other; CREATE VIEW shares AS SELECT * FROM other"),
    "a table that is lacking": of_rows("DROP TABLE edits"),
    "a column that is lacking": of_rows("ALTER TABLE edits DROP COLUMN label"),
    "a list that is none": of_rows("UPDATE runs SET parts = '[7]'"),
    "JSON that is none": of_rows("UPDATE runs SET result = '{'"),
    "rows that are no database": lambda members, told: [(one, NO_DATABASE if one.name == ROWS else content)
                                                        for one, content in members],
    "brackets in brackets that say what it is": replaced(HEADER, f'{{"casebook": {DEEP}}}'.encode()),
    "brackets in brackets in a row": of_rows(f"UPDATE runs SET result = '{DEEP}'"),
    "brackets in brackets that can be read": of_rows(f"UPDATE runs SET result = '{'[' * 500 + ']' * 500}'"),
    "a map of holes that is none": sparse("files/runs/evil", **{
        "GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.map": "x,y", "GNU.sparse.size": "9"}),
    "a map of holes without an end": sparse("files/runs/evil", **{
        "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "e", "GNU.sparse.realsize": "z"}),
    "a size that is none": sparse("files/runs/evil", size="-1"),
    "two thousand folders": adding(plain("files/runs/" + "a/" * 1950 + "evil")),
    "a name longer than a disk has": adding(plain("files/runs/" + "a" * 400)),
    "no version of its tables": of_rows("DROP TABLE alembic_version"),
    "a version that is none": of_rows("DELETE FROM alembic_version"),
    "two versions": of_rows("INSERT INTO alembic_version VALUES ('0001')"),
    "an unknown launcher": of_rows("UPDATE runs SET launcher = 'slurm'"),
    "no rows": lambda members, told: [pair for pair in members if pair[0].name != ROWS],
}  # fmt: skip


@pytest.mark.slow
def test_a_hostile_backup_is_refused_and_leaves_nothing(archive, tmp_path, into, capsys, monkeypatch):
    for number, (what, change) in enumerate(HOSTILE.items()):
        changed, place = rewritten(archive, change), tmp_path / f"restored {number}"
        before = set(tmp_path.rglob("*"))
        monkeypatch.setattr(sys, "argv", ["restore", str(changed), "--home", str(place)])
        monkeypatch.setenv("CASEBOOK_HOME", str(place))
        assert restore.main() == 2, what
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("error: "), what
        assert set(tmp_path.rglob("*")) - before <= {place, place / "migrate.lock"}, what
        assert not os.path.exists("/tmp/evil"), what
        if what in ("a trigger", "no rows"):
            into(archive, place.name)  # what is true can be restored there now


def test_a_backup_that_was_changed_or_cut_off_is_refused(archive, home, tmp_path, monkeypatch):
    whole = archive.read_bytes()
    weights, half = whole.index(b"w" * 5000), len(whole) // 2
    monkeypatch.setenv("CASEBOOK_HOME", str(tmp_path / "restored"))
    for content in (whole[:weights] + b"v" + whole[weights + 1 :], whole[:half], whole[: half // 512 * 512]):
        archive.write_bytes(content)
        with pytest.raises(InputError) as refused:
            unpack.unpack(archive)
        assert str(refused.value).startswith("The backup is damaged, or was changed.")
        assert {path.name for path in (tmp_path / "restored").iterdir()} <= {"migrate.lock"}
    for other in (b"", b"PK of a zip" * 99):
        archive.write_bytes(other)
        with pytest.raises(InputError, match="not a backup"):
            unpack.unpack(archive)


def test_a_backup_of_a_later_version_is_refused(archive, tmp_path, monkeypatch):
    def later(members, told):
        return [(member, b'{"casebook": 99}' if member.name == HEADER else content) for member, content in members]

    monkeypatch.setenv("CASEBOOK_HOME", str(tmp_path / "restored"))
    for change in (later, of_rows("UPDATE alembic_version SET version_num = '9999'")):
        with pytest.raises(InputError, match="newer version of Casebook"):
            unpack.unpack(rewritten(archive, change))
        assert {path.name for path in (tmp_path / "restored").iterdir()} <= {"migrate.lock"}
