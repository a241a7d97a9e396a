"""When disk or database fail, said to a person; the statements and paths behind it stay in the log."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from models.errors import N_, InputError
from models.storage.object_store import StoreUnreachable
from runs import paths

FULL = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)
GONE = (errno.EIO, errno.ENODEV, errno.ENXIO, errno.ESTALE, errno.ENOTCONN, errno.ENOTDIR)
FULL_WORDS = ("No space left on device", "database or disk is full")  # SQLite and safetensors give no number


def told(error: BaseException) -> InputError | None:
    """What to tell of an error of the disk or the database; None where it is neither."""
    if isinstance(error, InputError):
        return error
    if is_full_disk(error):
        return _full()
    if isinstance(error, SQLAlchemyError):
        return _of_database(error)
    if isinstance(error, StoreUnreachable):
        return _no_object_storage()
    if isinstance(error, OSError) and _is_ours(error):
        return _of_disk(error)
    return None


def is_full_disk(error: BaseException) -> bool:
    """Only the standard library says it by number; SQLite and safetensors say it in words, and torch not at all."""
    if isinstance(error, OSError) and error.errno in FULL:
        return True
    return any(said in str(error) for said in FULL_WORDS) or 0 <= free() < 2**20


def free() -> int:
    """Bytes on the disk of the home; -1 where it does not answer."""
    try:
        return shutil.disk_usage(paths.place()).free
    except OSError:
        return -1


def is_lost_file(error: BaseException) -> bool:
    """Whether a file that was there is missing; safetensors says so in words only."""
    return isinstance(error, FileNotFoundError) or "No such file or directory" in str(error)


def _is_ours(error: OSError) -> bool:
    named = [Path(str(name)) for name in (error.filename, error.filename2) if name]
    return not named or any(name.is_relative_to(paths.place()) or paths.place().is_relative_to(name) for name in named)


def _of_disk(error: OSError) -> InputError | None:
    if error.errno in FORBIDDEN:
        return _forbidden()
    if error.errno in GONE or not paths.place().is_dir():
        return _gone()
    return None


def cause(error: BaseException) -> str:
    """What an error says in one line, without the statement and the values that SQLAlchemy adds."""
    if isinstance(error, SQLAlchemyError):
        inner = error.orig if isinstance(error, DBAPIError) else None
        return f"{type(error).__name__}: {inner}" if inner else type(error).__name__
    return f"{type(error).__name__}: {error}"


def _of_database(error: SQLAlchemyError) -> InputError | None:
    if isinstance(error, ArgumentError):
        return no_database()
    said = str(error.orig) if isinstance(error, DBAPIError) else ""
    if "locked" in said or "busy" in said:
        return InputError(
            found=N_("The database is locked by another program."),
            expected=N_("Casebook must be able to write to its database."),
            remedy=N_("Try again in a moment, or close the program that is locking it."),
        )
    if "malformed" in said or "not a database" in said:
        return InputError(
            found=N_("The database is damaged: it cannot be read."),
            expected=N_("Casebook needs its database to work."),
            remedy=N_("Restore a copy of casebook.db, or move the file away to start with an empty database."),
        )
    if "readonly" in said or (not os.access(paths.place(), os.W_OK) and paths.place().is_dir()):
        return _forbidden()
    if "unable to open" in said and os.environ.get("DATABASE_URL"):
        return no_database()
    if "unable to open" in said or "disk I/O" in said:
        return _gone()
    if not isinstance(error, (OperationalError, InterfaceError)):
        return None  # a statement of ours is wrong
    return InputError(
        found=N_("The database does not respond."),
        expected=N_("Casebook needs its database to work."),
        remedy=N_("Try again in a moment. The administrator can find details in the log."),
    )


def _no_object_storage() -> InputError:
    return InputError(
        found=N_("The object storage does not respond."),
        expected=N_("Data sets, checkpoints and models are kept there."),
        remedy=N_("Try again in a moment. The administrator can find details in the log."),
    )


def no_database() -> InputError:
    return InputError(
        found=N_("DATABASE_URL is not a supported database address."),
        expected=N_("It must begin with sqlite:/// or postgresql+psycopg://, and its driver must be installed."),
        remedy=N_("Correct it, or unset it to use the database in CASEBOOK_HOME."),
    )


def home_is_code() -> InputError:
    return InputError(
        found=N_("CASEBOOK_HOME is the folder of Casebook's own code."),
        expected=N_("Casebook keeps its files in a folder of their own."),
        remedy=N_("Set CASEBOOK_HOME to another folder, or unset it."),
    )


def later_version() -> InputError:
    return InputError(
        found=N_("The database was written by a newer version of Casebook."),
        expected=N_("A home folder needs the version that wrote it, or a newer one."),
        remedy=N_("Update Casebook, or set CASEBOOK_HOME to another folder."),
    )


def _full() -> InputError:
    return InputError(
        found=N_("Too little disk space: {free} MB free."),
        expected=N_("Casebook needs free space in its folder."),
        remedy=N_("Free some space there, then try again."),
        free=max(free(), 0) // 10**6,
    )


def _forbidden() -> InputError:
    return InputError(
        found=N_("Casebook cannot write to its folder."),
        expected=N_("Casebook must be able to write there."),
        remedy=N_("Make it writable, or set CASEBOOK_HOME to a writable folder, then try again."),
    )


def _gone() -> InputError:
    return InputError(
        found=N_("Casebook's folder is missing, or its disk does not respond."),
        expected=N_("Casebook needs its files while it runs."),
        remedy=N_("Reconnect the disk, then restart Casebook."),
    )
