"""A person says in the page where they want to be told of their runs, tries it, and takes it back."""

from __future__ import annotations

import json

import pytest
from opened_pages import create, dataset, image_page, open_page, said, sound  # noqa: F401  fixtures of the pages
from test_webhooks import here, receiver  # noqa: F401  a fixture

from models.errors import InputError
from runs.language import say
from runs.store import webhooks


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_an_address_is_kept_tried_and_taken_back_and_its_secret_is_shown_in_this_session_alone(
    open_page,  # noqa: F811
    here,  # noqa: F811
    locale,
):
    create()
    app = open_page("runs.py", locale=locale)
    with receiver() as (where, came):
        app.text_input(key="runs_webhook_address").set_value(where)
        sound(app.button(key="runs_webhook_save").click().run())
        hook = webhooks.of("local")
        assert (hook.address, hook.language) == (where, locale[:2])
        assert [one.value for one in app.code] == [hook.secret]
        assert not [text for text in said(app) if "TopSecret" in text]  # a part of the address
        sound(app.button(key="runs_webhook_test").click().run())
    assert json.loads(came[0][1])["event"] == "test"
    assert say(locale[:2], "The test was delivered.") in [one.value for one in app.success]
    again = open_page("runs.py", locale=locale)
    assert not again.code
    sound(again.button(key="runs_webhook_remove").click().run())
    assert webhooks.of("local") is None and again.text_input(key="runs_webhook_address").value == ""


def test_what_cannot_be_an_address_is_said_and_not_kept(open_page):  # noqa: F811
    create()
    app = open_page("runs.py")
    for asked, told in (("ftp://example.org", "not the address of"), ("http://127.0.0.1/x", "private or local")):
        app.text_input(key="runs_webhook_address").set_value(asked)
        sound(app.button(key="runs_webhook_save").click().run())
        assert told in app.error[0].value and webhooks.of("local") is None


def test_a_failure_is_told_where_the_run_is(open_page, dataset, here):  # noqa: F811
    hook = webhooks.keep("local", "http://127.0.0.1:9/TopSecret", language="en", page="")
    error = InputError(found="The webhook answered with status {status}.", expected="", remedy="", status=404)
    webhooks.told(hook, error.as_json())
    app = sound(image_page(open_page, run=create()))
    [warned] = [one.value for one in app.warning if "status 404" in one.value]
    assert "TopSecret" not in warned
