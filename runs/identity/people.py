"""Who may work here: accounts with a password, and people whom a provider or a proxy names."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from models.errors import N_, InputError
from runs.identity import passwords
from runs.identity.tables import people
from runs.store.database import engine

LONGEST = 64  # characters of a name
_BLANK = {*"\u115f\u1160\u2800\u3164\uffa0"}  # letters to Unicode, and nothing to the eye
# Letters and digits that look like a Latin one after NFKC and without capitals, out of confusables.txt of Unicode's
# technical standard 39 (© Unicode, Inc., Unicode License v3); and those of kana that look like a Chinese character.
_LOOKALIKES = {
    letter: one
    for one, letters in {
        "2": "ƨϩᒿꙅꛯꝛ", "3": "ȝɜʒзӡⳍꝫ", "4": "Ꮞ", "5": "ƽ", "6": "бᏮⳓ", "8": "ȣ৪੪", "9": "৭੧୨൭ⳋꝯ", "a": "ɑαаᎪᗅꓮ",
        "b": "ƅβвьᏏᏴᑲᖯᗷꓐꞵ", "c": "Ꮯᴄсⲥꓚ", "d": "ԁᎠᏧᑯᗞᗪꓒꓓ", "e": "εеҽᎬⴹꓰꬲ", "f": "ϝքᖴẝꓝꞙꬵ", "g": "ƍɡԍցᏀᏳᶃꓖ",
        "h": "ηнһհᎻᏂᕼⲏꓧ", "j": "ʝϳјᎫᒍꓙ", "k": "κкᏦᛕⲕꓗ", "l": "1iıǀɩɪιіӏ۱ᎥᏞᒪᛁⲓⳑⵏꓡꓲꙇ", "m": "μϻмᎷᗰᛖⲙꓟ", "n": "νոռⲛꓠ",
        "o": "0οσоօ۵०০੦૦ଠ୦௦౦೦ഠ൦๐໐ဝ၀ჿዐᴏᴑⲟⵔ〇ꓳꬽ", "p": "ρрᏢᑭⲣꓑ", "q": "ԛգզⵕ", "r": "ʀгᎡᎱᏒᖇᴦⲅꓣꭇꭈ", "s": "ѕտᏕᏚꓢꜱ",
        "t": "τтᎢⲧꓔ", "u": "ʋսሀᑌᴜꓴꞟꭎꭒ", "v": "ѵ۷Ꮩᐯᴠⴸꓦꛟ", "w": "ɯѡԝաᎳᏔᴡꓪ", "x": "χхᕁᕽᚷⲭⵝꓫꭓ",
        "y": "ɣʏγυуүყᎩᎽᶌỿⲩꓬꭚ", "z": "ζᏃᴢꓜ",
        "一": "ー―—–─━", "二": "ニ", "八": "ハ", "力": "カ", "千": "チ", "卜": "ト", "口": "ロ囗", "夕": "タ",
        "工": "エ",
    }.items()
    for letter in letters
}  # fmt: skip
_SELECTORS = re.compile("[\u034f\u180b-\u180d\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # printable, and nothing to the eye


@dataclass(frozen=True)
class Person:
    """Somebody who may log in; `id` is the owner of what they bring. `host`: may look after the others."""

    id: str
    name: str
    source: str
    host: bool
    created: float
    suspended: float | None

    @property
    def has_password(self) -> bool:
        """Whether they log in with one of this server."""
        return self.source == "password"


def folded(name: str) -> str:
    """What two names have in common that are the same to a reader: compatibility forms, capitals and how much room is
    between words do not count."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())


def _looks(name: str) -> str:
    """What two names have in common that a reader takes for each other, whatever letters they are written with."""
    letters = (_LOOKALIKES.get(one, one) for one in folded(_SELECTORS.sub("", name)))
    return "".join(letters).replace("rn", "m")


def checked_name(name: str) -> str:
    """
    Raises:
        InputError: it is empty or too long, or holds what cannot be seen.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST or not name.isprintable() or _BLANK & {*name}:
        raise InputError(
            found=N_("“{name}” cannot be a user name."),
            expected=N_("A user name has 1 to {most} characters that can be seen."),
            remedy=N_("Choose another one."),
            name=name[:LONGEST], most=LONGEST,
        )  # fmt: skip
    return name


def checked_names(lines: Iterable[str], most: int) -> list[str]:
    """The names of a list, each once; empty lines are none.

    Raises:
        InputError: one cannot be a name or is taken, or they are more than `most`.
    """
    found = {folded(name): name for name in map(checked_name, filter(str.strip, lines))}
    if len(found) > most:
        raise InputError(
            found=N_("The list has {n:,} names."),
            expected=N_("At most {most:,} people are invited at once."),
            remedy=N_("Paste a shorter list."),
            n=len(found), most=most,
        )  # fmt: skip
    for name in found.values():
        if is_account(name):
            raise _taken(name)
    return [*found.values()]


def register(name: str, password: str, *, host: bool = False) -> Person:
    """Make an account.

    Raises:
        InputError: the name is taken, looks like one that is, or cannot be one, or the password cannot be one.
    """
    name = checked_name(name)
    _require_own_look(name)
    kept = passwords.hashed(passwords.checked(password, name))
    try:
        return _add(name, folded(name), source="password", password=kept, host=int(host))
    except IntegrityError as error:
        raise _taken(name) from error


def _taken(name: str) -> InputError:
    return InputError(
        found=N_("The user name “{name}” is taken."),
        expected=N_("Each person has a name of their own."),
        remedy=N_("Choose another one."),
        name=name,
    )


def _require_own_look(name: str) -> None:
    """That the very same name is taken, the database says."""
    with engine().connect() as db:
        others = [other for other in db.execute(select(people.c.name)).scalars() if folded(other) != folded(name)]
    if _looks(name) in map(_looks, others):
        raise InputError(
            found=N_("The user name “{name}” looks like one that is taken."),
            expected=N_("Nobody can be mistaken for somebody else."),
            remedy=N_("Choose another one."),
            name=name,
        )


def named_elsewhere(source: str, subject: str, name: str, *, host: bool | None = None) -> Person:
    """The person whom a provider or a proxy calls `subject`; made at the first visit.

    Args:
        subject: never changes and belongs to one person, such as issuer and subject of OpenID Connect.
        name: as it is shown; may be any.
        host: whether the settings name this person as one; None where they name nobody, and the very first is one.
            Who is named becomes one later only while there is none.
    """
    known = hashlib.sha256(f"{source}\0{subject}".encode()).hexdigest()
    if found := _one(people.c.subject == known):
        return _look_after_all(found) if host and not any_host() else found
    shown, first = " ".join(name.split())[:LONGEST] or "?", host is None and not any_host()
    try:
        return _add(shown, f"{source}:{known}", source=source, subject=known, host=int(host or first))
    except IntegrityError:  # at the same time by another request
        found = _one(people.c.subject == known)
        if found is None:
            raise
        return found


def _look_after_all(person: Person) -> Person:
    with engine().begin() as db:
        db.execute(update(people).where(people.c.id == person.id).values(host=1))
    return replace(person, host=True)


def with_password(name: str, password: str) -> Person | None:
    """The person with this name and password; takes as long where there is none."""
    row = _account(name)
    right = passwords.fits(row.password if row else None, password)
    return _person(row) if row and right else None


def is_account(name: str) -> bool:
    """Whether somebody logs in with a password under this name."""
    return _account(name) is not None


def _account(name: str) -> Row[Any] | None:
    key = folded(name) if folded(name).isprintable() else ""  # databases take no NUL
    with engine().connect() as db:
        return db.execute(select(people).where(people.c.folded == key, people.c.source == "password")).first()


def change_password(person: Person, old: str, new: str) -> bool:
    """Whether `old` was right; then `new` is the password.

    Raises:
        InputError: `new` cannot be one.
    """
    if with_password(person.name, old) is None:
        return False
    kept = passwords.hashed(passwords.checked(new, person.name))
    with engine().begin() as db:
        db.execute(update(people).where(people.c.id == person.id).values(password=kept))
    return True


def by_id(identity: str) -> Person | None:
    return _one(people.c.id == identity)


def everyone() -> list[Person]:
    with engine().connect() as db:
        return [_person(row) for row in db.execute(select(people).order_by(people.c.created))]


def any_host() -> bool:
    with engine().connect() as db:
        return bool(db.execute(select(func.count()).select_from(people).where(people.c.host == 1)).scalar_one())


def _add(name: str, key: str, **values: Any) -> Person:
    row = {"id": secrets.token_hex(8), "name": name, "folded": key, "created": time.time(), **values}
    with engine().begin() as db:
        return _person(db.execute(insert(people).values(row).returning(people)).one())


def _one(wanted: ColumnElement[bool]) -> Person | None:
    with engine().connect() as db:
        row = db.execute(select(people).where(wanted)).first()
    return _person(row) if row else None


def _person(row: Any) -> Person:
    return Person(row.id, row.name, row.source, bool(row.host), row.created, row.suspended)
