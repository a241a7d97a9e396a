"""The real app, started where others can reach it."""

from __future__ import annotations

import re

import pytest
from browser.serving import Server

from hostile.conftest import Somebody

EVERYWHERE = ["--server.address", "0.0.0.0"]


@pytest.fixture
def served(tmp_path):
    """Start an app; it is gone with the test."""
    made = []

    def starting(*options, **environment):
        made.append(Server(tmp_path / "home", options=options, CASEBOOK_AGENT="elsewhere", **environment))
        made[-1].start()
        return made[-1]

    yield starting
    for server in made:
        server.kill()


SAID = [("en_GB.UTF-8", "Accounts with a password"), ("zh_CN.UTF-8", "用户名和密码登录")]


@pytest.mark.parametrize(("spoken", "told"), SAID)
def test_without_a_login_it_does_not_start_and_says_what_to_do(served, spoken, told):
    with pytest.raises(AssertionError, match="The app did not start") as refused:
        served(*EVERYWHERE, LANG=spoken, CASEBOOK_LOGIN="")
    said = str(refused.value)
    assert told in said and all(f"CASEBOOK_LOGIN={way}" in said for way in ("password", "oidc", "header", "open"))
    assert "Traceback" not in said


def test_where_everyone_may_do_everything_it_starts(served):
    server = served(*EVERYWHERE, CASEBOOK_LOGIN="open")
    raw, _drawn = Somebody(server).opens("image_recognition")
    assert b"Drop your training data here" in raw


def test_with_accounts_it_starts_with_an_address_for_the_first_one_and_shows_nothing_else(served):
    server = served(*EVERYWHERE, CASEBOOK_LOGIN="password")
    [address] = re.findall(r"http://localhost:\d+(/account/invitation\?i=\S+)", server.log())
    status, body = Somebody(server).asks("GET", address)
    assert status == 200 and b"Create your account" in body
    raw, _drawn = Somebody(server).opens("image_recognition")
    assert b"Drop your training data here" not in raw and b"Log in" in raw
