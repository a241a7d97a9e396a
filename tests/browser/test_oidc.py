"""Logging in with a real OpenID Connect provider, which runs on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .serving import Server, free_port

PROVIDER = Path(__file__).parents[1] / "oidc"
SECRETS = """[auth]
redirect_uri = "{url}/oauth2callback"
cookie_secret = "a long secret of this test"
client_id = "casebook"
client_secret = "a-secret-of-this-test"
client_kwargs = {{ prompt = "login" }}
server_metadata_url = "http://127.0.0.1:{port}/.well-known/openid-configuration"
"""


@pytest.fixture(scope="module")
def provider_files(tmp_path_factory):
    """The provider with its packages, installed as the lock file has them."""
    if shutil.which("npm") is None:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up("There is no npm to install the provider with.")
    folder = tmp_path_factory.mktemp("provider")
    for name in ("package.json", "package-lock.json", "provider.js"):
        shutil.copy(PROVIDER / name, folder)
    subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True, capture_output=True
    )
    return folder


@pytest.fixture(scope="module")
def hosted(provider_files, browser_type_launch_args, tmp_path_factory):
    """An app whose people come from the provider, of which `ann` is the host and `eve` is not welcome."""
    home, port = tmp_path_factory.mktemp("hosted") / "home", free_port()
    secrets = home.parent / "secrets.toml"
    app = Server(
        home, options=["--secrets.files", str(secrets)], CASEBOOK_LOGIN="oidc", CASEBOOK_HOSTS="ann@example.org",
        CASEBOOK_PEOPLE="ann@example.org, b*@example.org", CASEBOOK_AGENT="elsewhere",
    )  # fmt: skip
    secrets.write_text(SECRETS.format(url=app.url, port=port))
    callback = f"{app.url}/oauth2callback"
    with subprocess.Popen(
        ["node", "provider.js", str(port), callback], cwd=provider_files, stdout=subprocess.PIPE, text=True
    ) as provider:
        assert provider.stdout.readline() == "ready\n"
        app.start()
        yield app
        app.kill()
        provider.kill()


@pytest.fixture
def log_in(browser, hosted):
    """Come to the app as somebody new to this browser, and log in at the provider as `name`."""
    contexts = []

    def go(name):
        contexts.append(browser.new_context(locale="en-US"))
        page = contexts[-1].new_page()
        page.goto(f"{hosted.url}/runs")
        page.get_by_role("button", name="Log in with your provider").click()
        page.locator("[name=login]").fill(name)
        page.locator("[name=password]").fill("any")
        page.locator("[type=submit]").click()
        expect(page.locator("[name=login]")).to_have_count(0)
        page.locator("[type=submit]").click()  # the provider asks whether the app may know
        return page

    yield go
    for context in contexts:
        context.close()


def test_who_logs_in_at_the_provider_has_runs_of_their_own_and_comes_back_by_logging_in_alone(log_in, hosted):
    ann = log_in("ann")
    expect(ann.get_by_text("ann of the provider")).to_be_visible()
    expect(ann.get_by_role("link", name="Host")).to_be_visible()
    bob = log_in("bob")
    expect(bob.get_by_text("bob of the provider")).to_be_visible()
    expect(bob.get_by_role("link", name="Host")).to_have_count(0)
    cookies = bob.context.cookies()  # of the provider, too
    bob.get_by_role("button", name="Log out").click()
    expect(bob.get_by_role("button", name="Log in with your provider")).to_be_visible()
    bob.context.add_cookies(cookies)
    bob.goto(hosted.url)
    expect(bob.get_by_text("Your session has ended.")).to_be_visible()


def test_who_is_not_welcome_sees_no_page_and_can_log_out(log_in):
    page = log_in("eve")
    expect(page.get_by_text("who has no access here")).to_be_visible()
    expect(page.get_by_role("link", name="All runs")).to_have_count(0)
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Log in with your provider")).to_be_visible()
