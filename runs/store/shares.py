"""Links to a run: who has one may ask its model, or watch it learn, until the link expires or is taken back.

Of a link only the SHA-256 is kept, of a passcode only what scrypt makes of it; neither can be read out again.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass

from sqlalchemy import ColumnElement, insert, select, update

from runs.limits import passcodes
from runs.store import records
from runs.store.database import engine
from runs.store.records import Run
from runs.store.tables import shares

DAY = 24 * 3600
DEMO, WATCH = "demo", "watch"  # to try the model; to see the training as it happens
KINDS = (DEMO, WATCH)
LONGEST = {"title": 200, "description": 1000, "audience": 200}  # characters


@dataclass(frozen=True)
class Share:
    """A row of the table of shares; `examples`: visitors may try items of the test part, or see those that are watched.

    `title` and `description` are for the visitors, `audience` tells the owner for whom it was made.
    """

    id: str
    owner: str
    run: str
    token_hash: str
    passcode_hash: str | None
    examples: int
    created: float
    expires: float | None
    revoked: float | None
    kind: str
    title: str
    description: str
    audience: str
    visits: int
    tries: int
    used: float | None

    @property
    def state(self) -> str:
        if self.revoked:
            return "revoked"
        return "expired" if self.expires and self.expires <= time.time() else "open"


def create(
    run: Run, *, days: float | None, passcode: str = "", examples: bool = False, kind: str = DEMO, title: str = "",
    description: str = "", audience: str = "",
) -> str:  # fmt: skip
    """The secret part of the link, which is told this once. `days`: None never expires."""
    token, now = secrets.token_urlsafe(24), time.time()
    words = {"title": title, "description": description, "audience": audience}
    row = dict(
        **{name: " ".join(text.split())[: LONGEST[name]] for name, text in words.items()}, kind=kind,
        id=secrets.token_hex(8), owner=run.owner, run=run.id, token_hash=_digest(token), created=now,
        passcode_hash=_scrypt(passcode, secrets.token_bytes(16)) if passcode else None,
        examples=int(examples), expires=now + days * DAY if days else None,
    )  # fmt: skip
    with engine().begin() as db:
        db.execute(insert(shares).values(row))
    return token


def of(run: Run) -> list[Share]:
    """The links of a run, the newest first."""
    wanted = select(shares).where(shares.c.owner == run.owner, shares.c.run == run.id)
    with engine().connect() as db:
        return [Share(**row._mapping) for row in db.execute(wanted.order_by(shares.c.created.desc()))]


def revoke(identity: str, owner: str) -> None:
    mine = (shares.c.id == identity) & (shares.c.owner == owner) & shares.c.revoked.is_(None)
    with engine().begin() as db:
        db.execute(update(shares).where(mine).values(revoked=time.time()))


def by_token(token: str) -> Share | None:
    return _one(shares.c.token_hash == _digest(token))


def by_id(identity: str) -> Share | None:
    return _one(shares.c.id == identity)


def run_of(share: Share) -> Run | None:
    """The run whose model visitors may ask; None when the share is not open or only to watch, or its run is gone or
    has no model."""
    run = records.run(share.run, share.owner) if share.state == "open" and share.kind == DEMO else None
    return run if run and run.packed else None


def watched(share: Share) -> Run | None:
    """The run that visitors may watch; None when the share is not open or only to try, or its run is gone."""
    return records.run(share.run, share.owner) if share.state == "open" and share.kind == WATCH else None


def note_visit(identity: str) -> None:
    """Somebody has opened the link."""
    _count(identity, visits=shares.c.visits + 1)


def note_try(identity: str) -> None:
    """Somebody has asked the model."""
    _count(identity, tries=shares.c.tries + 1)


def unlock(share: Share, passcode: str, address: str = "", visitor: str = "") -> bool:
    """Whether this is the passcode; without one any will do. `address` and `visitor`: see `passcodes.count`.

    Raises:
        InputError: too many others were tried from there; also the right one is not looked at for a while.
    """
    if share.passcode_hash is None:
        return True
    passcodes.count(share.id, address, visitor)
    salt = bytes.fromhex(share.passcode_hash.partition("$")[0])
    right = hmac.compare_digest(_scrypt(passcode, salt), share.passcode_hash)
    if right:
        passcodes.forget(share.id, address, visitor)
    return right


def _count(identity: str, **counts: ColumnElement[int]) -> None:
    with engine().begin() as db:
        db.execute(update(shares).where(shares.c.id == identity).values(used=time.time(), **counts))


def _one(wanted: ColumnElement[bool]) -> Share | None:
    with engine().connect() as db:
        row = db.execute(select(shares).where(wanted)).first()
    return Share(**row._mapping) if row else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _scrypt(passcode: str, salt: bytes) -> str:
    """About 50 ms and 16 MB."""
    made = hashlib.scrypt(passcode.strip().encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
    return f"{salt.hex()}${made.hex()}"
