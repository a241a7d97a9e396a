"""The way in, as somebody tries it who should not come in."""

from __future__ import annotations

import re
import time
from html import unescape
from html.parser import HTMLParser
from urllib.parse import quote

import pytest

from hostile.conftest import PASSWORD, log_in
from runs.identity import invitations, login, new_passwords, people, removal, sessions

NEW = "another sentence of mine"


def test_the_right_password_opens_a_session_of_this_browser(comes_from):
    one, other = comes_from(), comes_from()
    assert one.get("/home").status_code == 303
    answer = log_in(one)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    for cookie in answer.headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
    assert one.get("/home").text == one.get("/api/whose").text == "Ann"
    assert other.get("/api/whose").text == "nobody"


def test_only_who_knows_the_password_is_told_that_the_account_is_suspended(comes_from, ann):
    people.register("Bob", PASSWORD, host=True)
    removal.suspend(ann)
    right = log_in(comes_from())
    assert right.status_code == 403 and "This account is suspended." in right.text
    assert "set-cookie" not in right.headers or login.COOKIE not in right.headers["set-cookie"]
    wrong = comes_from().post("/account/login", data={"name": "Ann", "password": "no such sentence"})
    assert wrong.status_code == 401 and "suspended" not in wrong.text


def test_each_refused_login_leaves_one_line_with_its_reason_and_no_secret(comes_from, ann, caplog):
    bob = people.register("Bob", PASSWORD)
    removal.suspend(bob)
    one = comes_from("203.0.113.9")
    for name, password in (("Ann", "a wrong sentence"), ("my secret sentence", "Ann"), ("Bob", PASSWORD)):
        log_in(one, name, password)
    for n in range(5):
        log_in(one, "Carl", f"guess {n}")
    assert log_in(one, "Carl", "guess 6").status_code == 429
    lines = [line.getMessage() for line in caplog.records if "Login refused" in line.getMessage()]
    assert lines == [f"Login refused: {why}; from 203.0.113.9" for why in (
        "wrong password of 'ann'", "no account has this name", "'Bob' is suspended",
        *["no account has this name"] * 5, "too many wrong passwords")]  # fmt: skip
    assert "sentence" not in caplog.text and "guess" not in caplog.text


def test_a_forged_cookie_opens_nothing(comes_from):
    for secret in ("", "forged", "A" * 43, "é", "a;b", "x" * 5000):
        raw = f"{login.COOKIE}={secret}".encode("latin-1")
        assert comes_from().get("/api/whose", headers={"Cookie": raw}).text == "nobody"
        assert comes_from().get("/home", headers={"Cookie": raw}).status_code == 303


@pytest.mark.parametrize("how", ["ended", "old", "of another home", "its id", "with its id beside it"])
def test_a_cookie_that_no_longer_holds_opens_nothing(comes_from, ann, how, monkeypatch, tmp_path):
    secret = sessions.begin(ann)
    assert comes_from().get("/api/whose", headers={"Cookie": f"{login.COOKIE}={secret}"}).text == "Ann"
    headers = {"Cookie": f"{login.COOKIE}={secret}"}
    if how == "ended":
        sessions.end(sessions.digest(secret), ann)
    elif how == "old":
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + 91 * 24 * 3600)
    elif how == "of another home":
        monkeypatch.setenv("CASEBOOK_HOME", str(tmp_path / "another"))
    elif how == "its id":
        headers = {"Cookie": f"{login.COOKIE}={sessions.digest(secret)}"}
    else:  # what the server itself puts there, and a client may not
        headers = {login.HEADER: sessions.digest(secret)}
    assert comes_from().get("/api/whose", headers=headers).text == "nobody"
    assert comes_from().get("/home", headers=headers).status_code == 303


def test_where_the_database_is_away_a_page_is_let_through_to_say_so(comes_from, home):
    known = comes_from()
    log_in(known)
    (home / "casebook.db").rename(home / "away.db")
    assert known.get("/plain").text == "a page" and comes_from().get("/plain").status_code == 303
    (home / "away.db").rename(home / "casebook.db")
    known.cookies.set(login.COOKIE, "forged", domain="localhost.local", path="/")
    assert known.get("/plain").status_code == 303


def test_a_form_of_another_site_is_not_heard_nor_a_name_that_was_made_to_point_here(comes_from, ann):
    token = invitations.create(ann)
    one = comes_from()
    log_in(one)
    before, known = people.everyone(), sessions.of(ann)
    posts = [
        ("/account/login", {"name": "Ann", "password": PASSWORD}), ("/account", {"end": "others"}),
        ("/account", {"end": "this"}), ("/account", {"old": PASSWORD, "new": NEW, "again": NEW}),
        (f"/account/invitation?i={token}", {"name": "Eve", "password": NEW, "again": NEW}),
        (f"/account/password?p={new_passwords.create(ann)}", {"password": NEW, "again": NEW}),
    ]  # fmt: skip
    for origin in ("http://evil.example", "null", "http://localhost:9000", "http://localhost:8501.evil.example"):
        for path, form in posts:
            answer = one.post(path, data=form, headers={"Origin": origin})
            assert answer.status_code == 403 and "set-cookie" not in answer.headers
    assert (people.everyone(), [one.id for one in sessions.of(ann)]) == (before, [one.id for one in known])
    assert people.with_password("Ann", PASSWORD) and invitations.find(token).taken == 0
    for path in ("/account", "/account/login", "/account/invitation", "/account/password", "/home"):
        assert comes_from().get(path, headers={"Host": "evil.example:8501"}).status_code == 403


def test_what_a_cookie_was_before_a_login_it_is_not_after(comes_from, ann):
    eve = people.register("Eve", PASSWORD)
    for planted in ("chosen by eve", sessions.begin(eve), sessions.begin(ann)):
        one = comes_from()
        one.cookies.set(login.COOKIE, planted, domain="localhost.local", path="/")
        answer = log_in(one)
        [given] = re.findall(rf"{login.COOKIE}=([^;]+)", str(answer.headers.get_list("set-cookie")))
        assert given != planted and sessions.find(sessions.digest(given)).person.name == "Ann"
        assert sessions.find(sessions.digest(planted)) is None
    token = invitations.create(ann, name='Bob "&"')
    one = comes_from()
    assert 'value="Bob &#34;&amp;&#34;"' in one.get(f"/account/invitation?i={token}&name=Eve").text
    one.cookies.set(login.COOKIE, planted, domain="localhost.local", path="/")
    answer = one.post(f"/account/invitation?i={token}", data={"name": "Bob", "password": NEW, "again": NEW})
    [given] = re.findall(rf"{login.COOKIE}=([^;]+)", str(answer.headers.get_list("set-cookie")))
    assert given != planted and sessions.find(sessions.digest(given)).person.name == "Bob"


ELSEWHERE = ["//evil.example", "https://evil.example", "https:evil.example", "javascript:alert(1)", "/\\evil.example",
             "\\\\evil.example", "/\tevil.example", "/\n/evil.example", "/\r\nSet-Cookie: a=b", "//[", "/\0", "",
             "evil.example", "%2F%2Fevil.example", "/\u2028/evil", "///evil.example", " //evil.example"]  # fmt: skip


def test_a_login_leads_nowhere_else(comes_from):
    for target in ELSEWHERE:
        for written in (quote(target, safe=""), quote(quote(target, safe=""), safe="")):
            form = {"name": "Ann", "password": PASSWORD}
            answer = comes_from().post(f"/account/login?next={written}", data=form)
            where = answer.headers["location"]
            assert answer.status_code == 303 and re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", where), where
            assert "set-cookie: a=b" not in str(answer.headers).lower()
            page = comes_from().get(f"/account/login?next={written}")
            assert page.status_code == 200 and "evil.example" not in re.sub(r"next=[^&\"]*", "", page.text)


NAMES = ["<img src=x onerror=alert(1)>", '"><script>alert(1)</script>', "[a](javascript:alert(1))", "{{ 7 * 7 }}",
         "'; DROP TABLE people; --", "**bold** `code` :material/home:"]  # fmt: skip


class Shown(HTMLParser):
    """The tags of a page, its text, and what stands in its fields."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text, self.values = set(), "", []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.values += [value for name, value in attrs if name == "value"]

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_as_it_is_written(comes_from, ann, name):
    token, one = invitations.create(ann, places=2), comes_from()
    plain = (one.get(path).text for path in ("/account/login", f"/account/invitation?i={token}"))
    usual = {tag for page in plain for tag in Shown(page).tags} | {"p"}
    join = {"name": name, "password": NEW, "again": NEW}
    refused = [log_in(one, name), one.post(f"/account/invitation?i={token}", data={**join, "again": "x"})]
    for page in map(Shown, (answer.text for answer in refused)):
        assert page.values[0] == name and page.tags <= usual
    one.post(f"/account/invitation?i={token}", data=join)
    log_in(one, name, NEW, headers={"User-Agent": name})
    account = Shown(one.get("/account").text)
    assert f"You are logged in as {name}." in account.text and account.text.count(name) == 2  # and as a browser
    assert not account.tags & {"img", "script", "b", "code"} and one.get("/api/whose").text == name


def test_a_new_password_is_chosen_by_the_host_s_link_and_opens_a_session(comes_from, ann):
    one, link = comes_from(), f"/account/password?p={new_passwords.create(ann)}"
    assert "Ann" in one.get(link).text
    assert "differ" in one.post(link, data={"password": NEW, "again": NEW + "!"}).text
    answer = one.post(link, data={"password": NEW, "again": NEW})
    assert answer.status_code == 303 and login.COOKIE in str(answer.headers.get_list("set-cookie"))
    for page in (link, "/account/password", "/account/password?p=made+up"):
        answer = comes_from().get(page)
        assert answer.status_code == 404 and "does not work any more" in answer.text
        assert "Ann" not in re.sub(r"\?p=[\w.-]+", "", answer.text)  # by chance, the link could say it


def test_no_page_of_accounts_is_a_dead_end_and_each_can_be_read_in_the_other_language(comes_from, ann):
    one = comes_from()
    invitation, link = invitations.create(ann), new_passwords.create(ann)
    for path in ("/account/login?next=/runs", f"/account/invitation?i={invitation}", f"/account/password?p={link}",
                 "/account/invitation?i=used", "/account/password?p=used"):  # fmt: skip
        page = one.get(path).text
        [turned] = re.findall(r'<a href="(\?[^"]+lang=zh)" hreflang="zh">', page)
        chinese = one.get(f"{path.partition('?')[0]}{unescape(turned)}").text
        assert '<html lang="zh">' in chinese
        assert ('name="password"' in page) == ('name="password"' in chinese)
    for path in (f"/account/invitation?i={invitation}", "/account/invitation?i=used", "/account/password?p=used"):
        assert '<a href="/account/login?lang=en">Log in</a>' in one.get(path).text


def test_a_password_is_changed_to_what_was_typed_twice(comes_from, ann):
    one, form = comes_from(), {"old": PASSWORD, "new": NEW}
    log_in(one)
    page = one.get("/account").text
    assert "At least 8 characters." in page and 'name="again"' in page
    for again in ("", f"{NEW}!"):
        answer = one.post("/account", data={**form, "again": again})
        assert answer.status_code == 422 and "The two passwords differ." in answer.text
    assert "The password was changed." in one.post("/account", data={**form, "again": NEW}).text
    assert log_in(comes_from(), "Ann", NEW).status_code == 303
