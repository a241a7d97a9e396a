"""From where a link can be opened, and who is told what to do about it."""

from __future__ import annotations

import shlex
from types import SimpleNamespace

import pytest
from streamlit.runtime import context
from streamlit.testing.v1 import AppTest

from runs.identity import login, people, sessions

TOLD = "This link opens on the server only. Ask the host for an address that others can reach."


@pytest.fixture
def come(monkeypatch):
    """Log a person in; the browser of every page is theirs from then on."""

    def coming(*, host):
        monkeypatch.setenv("CASEBOOK_LOGIN", "oidc")
        session = sessions.digest(sessions.begin(people.named_elsewhere("oidc", "ann", "ann", host=host)))
        browser = SimpleNamespace(headers=[(login.HEADER, session)], cookies={}, remote_ip=None)
        monkeypatch.setattr(context, "_get_client_context", lambda: browser)

    return coming


def told():
    """What is said where links open on this machine only."""

    def page():
        from pages.shared.reach import HERE, Reach
        from pages.steps.export import reach

        reach.tell(Reach("http://localhost:8501/", HERE))

    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    return app


def variables(command):
    """Those that are set before a command."""
    words = shlex.split(command)
    return dict(word.split("=", 1) for word in words[: next(n for n, word in enumerate(words) if "=" not in word)])


def test_who_is_no_host_is_sent_to_one_and_sees_neither_paths_nor_addresses_of_the_server(come):
    come(host=False)
    app = told()
    assert [one.value for one in app.warning] == [TOLD] and not app.code and not app.caption


def test_a_host_sees_commands_that_start_the_same_studio(come, home):
    come(host=True)
    demos, studio = map(variables, told().code[0].value.splitlines())
    assert demos == {"CASEBOOK_HOME": str(home), "CASEBOOK_LOGIN": "oidc", "CASEBOOK_SURFACE": "demos"}
    assert studio.pop("CASEBOOK_DEMO_URL").endswith(":8502")
    assert studio == {"CASEBOOK_HOME": str(home), "CASEBOOK_LOGIN": "oidc"}


def test_without_a_login_the_commands_name_only_what_is_set(monkeypatch, tmp_path):
    monkeypatch.delenv("CASEBOOK_LOGIN", raising=False)
    monkeypatch.setenv("CASEBOOK_HOME", str(tmp_path / "my home"))
    for command in told().code[0].value.splitlines():
        assert "CASEBOOK_LOGIN" not in command and variables(command)["CASEBOOK_HOME"] == str(tmp_path / "my home")
