"""Object storage of any kind that fsspec knows: the few operations that folders need, all below one address."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

FULL = (errno.ENOSPC, errno.EDQUOT)  # of this host's disk: nothing that the storage could help
LOCAL = ("file", "local")  # these make no folders by themselves

log = logging.getLogger(__name__)


class StoreUnreachable(ConnectionError):
    """The object storage does not answer, or refuses; the message says what it said."""


class ObjectMissing(LookupError):
    """There is no object of this key."""


@dataclass(frozen=True)
class ObjectStore:
    """`url` as fsspec takes it, such as `s3://bucket/prefix`; credentials and endpoint come from the environment."""

    url: str

    def put(self, path: Path, key: str) -> None:
        """Copy a file there.

        Raises:
            FileNotFoundError: the file is gone.
            StoreUnreachable: nothing can be said of the object.
        """
        files, root = self._opened()
        try:
            with _asking():
                files.put_file(str(path), f"{root}/{key}")
        except ObjectMissing as error:
            if not path.exists():
                raise FileNotFoundError(path) from error
            raise StoreUnreachable(f"{self.url}: {error}") from error  # no bucket, most likely

    def write(self, key: str, content: bytes) -> None:
        """
        Raises:
            StoreUnreachable: nothing can be said of the object.
        """
        files, root = self._opened()
        try:
            with _asking():
                files.pipe_file(f"{root}/{key}", content)
        except ObjectMissing as error:
            raise StoreUnreachable(f"{self.url}: {error}") from error

    def read(self, key: str) -> bytes:
        """
        Raises:
            ObjectMissing: there is no such object.
            StoreUnreachable: it could not be asked.
        """
        files, root = self._opened()
        with _asking():
            return files.cat_file(f"{root}/{key}")

    def get(self, key: str, path: Path) -> None:
        """Copy an object into a file; raises as `read`."""
        files, root = self._opened()
        with _asking():
            files.get_file(f"{root}/{key}", str(path))

    def remove(self, *keys: str) -> None:
        """Delete these objects; those that are gone already do not matter.

        Raises:
            StoreUnreachable: some may be left.
        """
        files, root = self._opened()
        for key in keys:
            try:
                with _asking():
                    files.rm_file(f"{root}/{key}")
            except ObjectMissing:
                log.debug("%s was gone already.", key)

    def below(self, prefix: str) -> list[str]:
        """The keys of all objects whose key begins with `prefix/`.

        Raises:
            StoreUnreachable: it could not be asked.
        """
        files, root = self._opened()
        try:
            with _asking():
                files.invalidate_cache()
                found = files.find(f"{root}/{prefix}")
        except ObjectMissing:
            return []
        return [f"{prefix}/{name.rpartition(f'/{prefix}/')[2]}" for name in found]

    def _opened(self) -> tuple[Any, str]:
        with _asking():
            files, root = _open(self.url, os.getpid())
        return files, root.rstrip("/")


def unusable(url: str) -> str:
    """Why nothing can be asked of such an address, whether somebody answers there or not; "" where it can."""
    try:
        _open(url, os.getpid())
    except (ValueError, ImportError) as error:
        return str(error)
    return ""


def close() -> None:
    """Forget connections: the environment names another endpoint from now on."""
    _open.cache_clear()


@lru_cache(maxsize=4)
def _open(url: str, process: int) -> tuple[Any, str]:
    """Once for each `process`: connections are not shared with a parent."""
    import fsspec  # only where there is object storage

    options = {"auto_mkdir": True} if url.partition("://")[0] in LOCAL else {}
    return fsspec.core.url_to_fs(url, skip_instance_cache=True, **options)


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ObjectMissing(str(error)) from error
    except Exception as error:  # each file system has errors of its own, of libraries that may not be here
        if isinstance(error, OSError) and error.errno in FULL:
            raise
        raise StoreUnreachable(f"{type(error).__name__}: {error}") from error
