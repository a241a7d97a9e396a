"""The home is nobody's but its owner's."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from runs import paths, tokens
from runs.store import database

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no such rights")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_home_can_be_looked_into_by_its_owner_only(home):
    before = os.umask(0)
    try:
        paths.uploads()
        database.engine()
    finally:
        os.umask(before)
    assert mode(home) == 0o700


@pytest.mark.parametrize("found", [0o755, 0o777, 0o2770, 0o711, 0o701])
def test_an_old_home_is_closed_and_keeps_what_is_in_it(home, found):
    home.mkdir()
    (home / "secret").write_text("s")
    home.chmod(found)
    paths.home()
    assert mode(home) == 0o700 and (home / "secret").read_text() == "s"


def test_a_folder_that_everyone_shares_is_left_as_it_is(home):
    home.mkdir()
    home.chmod(0o1777)
    paths.home()
    assert mode(home) == 0o1777


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give a folder away")
def test_a_home_of_another_is_left_as_it_is(home):
    home.mkdir(mode=0o755)
    os.chown(home, 65534, 65534)
    paths.home()
    assert mode(home) == 0o755


def test_many_threads_that_begin_at_once_agree_on_one_secret(home):
    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(lambda _: tokens.key("any"), range(64)))) == 1
    assert [path.name for path in home.iterdir()] == ["secret"]
    assert mode(home / "secret") == 0o600
