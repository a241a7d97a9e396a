"""Where people log in: accounts, the host's page, and what is over a limit."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import expect

import cases
from cases.base import UploadedFile
from cases.image_recognition import sample
from cases.settings import as_json
from models.progress import QUIET
from runs import paths
from runs.identity import invitations, people, server_settings, sessions
from runs.jobs import data_import
from runs.language import say
from runs.limits import allowances, wrong_passwords
from runs.limits.allowances import EVERYONE, GB, Allowance
from runs.store import agents, dataset_rows, queue, records

from .. import steps
from ..serving import Server
from . import shots

PASSWORD = "correct horse battery"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
          "Version/18.5 Mobile/15E148 Safari/604.1")  # fmt: skip


@pytest.fixture(scope="module")
def server(browser_type_launch_args, tmp_path_factory):
    made = Server(tmp_path_factory.mktemp("people") / "home", CASEBOOK_LOGIN="password", CASEBOOK_AGENT="elsewhere")
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def house(server, tmp_path_factory):
    """The home of a class with a host, and what they have brought and trained."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        ann, ben, chen = (people.register(name, PASSWORD, host=name == "Ann") for name in ("Ann", "Ben", "陈晨"))
        given = sample.digits(tmp_path_factory.mktemp("digits"), each=12)
        read = data_import.into_dataset("image_recognition", [UploadedFile(given.path, given.name)], "d1", QUIET)
        for owner in ("local", ann.id, ben.id):
            dataset_rows.add(owner, "d1", "image_recognition", read.name, sample=False)
        at_work, bens, *_waiting = (_run(owner) for owner in (ann.id, ben.id, ben.id, chen.id, "local"))
        queue.claim_here(at_work)
        allowances.allow(EVERYONE, Allowance(storage=5 * GB, upload=GB // 5, at_once=3))
        allowances.allow(ben.id, Allowance(storage=2 * GB, upload=GB, at_once=2))
        with (paths.run(bens) / "weights").open("wb") as file:
            file.truncate(round(1.6 * GB))
        server_settings.settle(server_settings.NOTICE, "On Saturday the server is updated at 9.")
        yield ann


def _run(owner):
    settings = as_json(cases.get("image_recognition").Settings())
    return records.create_run(owner, "fine_tune", "image_recognition", "digits", dataset="d1", settings=settings)


@pytest.fixture
def login(server, house, monkeypatch):
    """The page that leads on to the address behind it; from two other browsers Ann is logged in already."""
    monkeypatch.setenv("CASEBOOK_HOME", str(server.home))
    agents.beat([], {"training": 1})
    for address in ("", "127.0.0.1"):
        wrong_passwords.forget("ben", address)
    sessions.end_all(house)
    for browser, address in ((FIREFOX, "192.168.1.20"), (SAFARI, "192.168.1.31")):
        sessions.begin(house, browser=browser, address=address)
    return "/account/login?next="


@pytest.fixture(scope="module")
def invite(server, house):
    def making(by, **more):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CASEBOOK_HOME", str(server.home))
            return f"/account/invitation?i={invitations.create(by, **more)}"

    return making


@pytest.fixture(scope="module")
def first_account(invite):
    return invite(None, days=1, host=True)


@pytest.fixture(scope="module")
def invitation(invite, house):
    return invite(house, places=30)


def log_in(name, *acts):
    """Log in and be led on; then do these."""

    def act(page, language):
        page.get_by_label(say(language, "User name")).fill(name)
        page.get_by_label(say(language, "Password")).fill(PASSWORD)
        page.get_by_role("button", name=say(language, "Log in")).click()
        page.wait_for_url(lambda url: "/account/login" not in url)
        expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=30_000)
        shots.settled(page)
        for one in acts:
            one(page, language)

    return act


def guess(page, language):
    page.get_by_label(say(language, "User name")).fill("Ben")
    page.get_by_label(say(language, "Password")).fill("a guess")
    page.get_by_role("button", name=say(language, "Log in")).click()
    expect(page.get_by_role("alert")).to_be_visible()


def look_at(part):
    def act(page, language):
        page.get_by_role("radio", name=say(language, part)).click()
        shots.settled(page)

    return act


def upload_too_much(page, _language):
    steps.awake(page.locator(".cb-upload"))
    with TemporaryDirectory() as folder:
        leaves = Path(folder) / "leaves.zip"
        with leaves.open("wb") as file:
            file.truncate(GB // 2)
        page.locator(".cb-upload input[type=file]").first.set_input_files(leaves)
        expect(page.locator(".cb-upload")).to_have_attribute("data-state", "refused")
    shots.settled(page)


test_screen = shots.of({
    "first-account": ("first_account", "", None),
    "invitation": ("invitation", "", None),
    "invitation-used": ("/account/invitation?i=used", "", None),
    "login": ("login", "/", None),
    "login-wrong": ("login", "/", guess),
    "account": ("login", "/account", log_in("Ann")),
    "host-people": ("login", "/host", log_in("Ann")),
    "host-queue": ("login", "/host", log_in("Ann", look_at("Queue and machines"))),
    "host-limits": ("login", "/host", log_in("Ann", look_at("Limits"))),
    "host-notice": ("login", "/host", log_in("Ann", look_at("Notice"))),
    "over-upload": ("login", "/image_recognition", log_in("Ben", upload_too_much)),
    "over-start": ("login", "/image_recognition%3Fdata=d1", log_in("Ben")),
})  # fmt: skip
