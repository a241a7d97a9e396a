"""A session that ends while its page is open."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from runs.identity import people
from runs.store import lesson_answers

from . import steps
from .serving import Server

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def own(browser_type_launch_args, tmp_path_factory):
    """A server where Ann, who is the host, and two others have accounts; these have taken a lesson."""
    made = Server(tmp_path_factory.mktemp("accounts") / "home", CASEBOOK_LOGIN="password", CASEBOOK_AGENT="elsewhere")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(made.home))
        people.register("Ann", PASSWORD, host=True)
        for number, name in enumerate(("Bob", "Eve")):
            person = people.register(name, PASSWORD)
            lesson_answers.predict(person.id, f"r{number}", "learning-rate", "digits", "large")
            lesson_answers.note(person.id, f"r{number}", came=True)
            lesson_answers.answer(person.id, f"r{number}", "lower")
        lesson_answers.predict(person.id, "r9", "leakage", "digits", "higher")  # not of the course
    try:
        made.start()
        yield made
    finally:
        made.kill()


@pytest.fixture
def windows(browser):
    context = browser.new_context(locale="en-US")
    yield context
    context.close()


def log_in(context, own, path="/", name="Ann"):
    page = context.new_page()
    page.goto(own.url + path)
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    return page


def test_who_logs_in_is_led_on_and_who_logs_out_elsewhere_is_out_of_every_window(windows, own):
    page = log_in(windows, own, "/image_recognition?task=x")
    expect(page).to_have_url(re.compile("/image_recognition"))
    expect(page.get_by_role("heading", name="Image recognition")).to_be_visible()
    [session] = [cookie for cookie in windows.cookies() if cookie["name"] == "casebook_session"]
    assert session["path"] == "/" and session["httpOnly"]
    other = windows.new_page()
    other.goto(own.url)
    other.get_by_role("link", name="Ann").click()
    expect(other).to_have_url(re.compile("/account$"))
    assert len(windows.pages) == 2  # it opened in the same window
    other.get_by_role("button", name="Log out").first.click()
    expect(other).to_have_url(re.compile("/account/login"))
    page.get_by_role("link", name="All runs").click()
    expect(page).to_have_url(re.compile("/account/login"))
    expect(page.get_by_label("User name")).to_be_visible()


def test_a_page_that_loses_its_connection_goes_on_where_it_was(windows, own):
    lines = []  # both ends of each
    windows.route_web_socket(re.compile("_stcore/stream"), lambda end: lines.append((end, end.connect_to_server())))
    page = log_in(windows, own, "/text_analysis")
    steps.settled(page)
    page.get_by_text("Unlabelled texts: cluster first").click()
    expect(page.get_by_text("Unsupervised learning")).to_be_visible()
    steps.settled(page)
    for end in lines[-1]:
        end.close()
    steps.comes(page, lambda: len(lines), lambda count: count == 2)
    steps.settled(page)
    expect(page.get_by_text("Unsupervised learning")).to_be_visible()
