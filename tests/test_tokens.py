"""A token says what the page said, to the one route it was made for."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time

from conftest import ROOT

from runs import tokens


def test_a_token_is_read_for_its_purpose_only():
    token = tokens.sign("run", run="r1", owner="ann")
    assert tokens.read("run", token) == {"run": "r1", "owner": "ann"}
    assert tokens.read("upload", token) is None


def test_a_token_that_was_changed_is_not_believed():
    token = tokens.sign("run", run="r1", owner="ann")
    for spoilt in (token[:-1], f"x{token}", "", token.split(".")[0] + ".a.b"):
        assert tokens.read("run", spoilt) is None


def test_an_old_token_is_not_believed(monkeypatch):
    day, now = 24 * 3600, time.time()
    made = {purpose: tokens.sign(purpose, owner="ann") for purpose in ("run", "upload", "answer", "export")}
    monkeypatch.setattr(time, "time", lambda: now + day + 60)
    assert [purpose for purpose, token in made.items() if tokens.read(purpose, token)] == ["run"]
    monkeypatch.setattr(time, "time", lambda: now + 8 * day)
    assert tokens.read("run", made["run"]) is None


def test_a_token_says_nothing_in_another_session_but_that_of_a_link():
    token = tokens.sign("run", session="s1", run="r1", owner="ann")
    assert tokens.read("run", token, session="s1") == {"run": "r1", "owner": "ann"}
    assert [tokens.read("run", token, session=other) for other in ("", "s2", "s1 ")] == [None] * 3
    assert tokens.read("run", tokens.sign("run", run="r1"), session="s1") is None
    assert tokens.read("answer", tokens.sign("answer", share="x"), session="s2") == {"share": "x"}


def test_the_secret_is_readable_by_its_owner_only_outlives_the_process_and_is_another_in_another_home(
    home, monkeypatch, tmp_path
):
    token = tokens.sign("run", run="r1")
    assert stat.S_IMODE(os.stat(home / "secret").st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["secret"]
    asked = f"from runs import tokens; print(tokens.read('run', {token!r}))"
    assert subprocess.check_output([sys.executable, "-c", asked], cwd=ROOT, text=True) == "{'run': 'r1'}\n"
    monkeypatch.setenv("CASEBOOK_HOME", str(tmp_path / "another"))
    assert tokens.read("run", token) is None
