"""Accounts, invitations and sessions: who is there, and who is no longer."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from models.errors import InputError
from runs import paths
from runs.identity import adoption, entrance, invitations, new_passwords, passwords, people, removal, sessions
from runs.identity.tables import people as people_table
from runs.identity.tables import sessions as sessions_table
from runs.store import dataset_rows, edits, kept_settings, records, shares, upload_rows
from runs.store.database import engine

on_each_database = pytest.mark.parametrize("database_url", ("sqlite", "postgres"), indirect=True)
GOOD = "correct horse battery"

pytestmark = pytest.mark.usefixtures("cheap")


@pytest.fixture
def later(monkeypatch):
    """Let time pass."""
    now = time.time

    def passing(seconds):
        monkeypatch.setattr(time, "time", lambda: now() + seconds)

    return passing


@pytest.fixture
def ann():
    return people.register("Ann", GOOD)


@on_each_database
def test_names_that_look_the_same_are_one(ann):
    for other in ("ann", " ANN ", "Ａｎｎ", "ａnn", "Ann\u2003", "\tann "):
        with pytest.raises(InputError, match="is taken"):
            people.register(other, GOOD)
        assert people.with_password(other, GOOD) == ann
        assert people.with_password(other, GOOD + "!") is None


ALIKE = {"Ann": ["Аnn", "аnn", "Ann\ufe0f", "Αnn"], "coco": ["сосо", "c0c0"], "Team 1": ["Team l", "Team I", "Теаm 1"],
         "Marnie": ["Mamie"], "王一口": ["王ー口", "王一ロ"], "Ivo": ["lvo", "1vo"]}  # fmt: skip


def test_a_name_that_a_reader_takes_for_another_is_refused():
    token = invitations.create(None, places=50)
    for name, others in ALIKE.items():
        people.register(name, GOOD)
        for other in others:
            with pytest.raises(InputError, match="looks like one that is taken"):
                invitations.accept(token, other, GOOD)
    assert [one.name for one in people.everyone()] == [*ALIKE] and invitations.find(token).taken == 0


def test_a_password_that_cannot_be_one_makes_no_account():
    for password in ("short", "x" * 1001, "frederic"):
        with pytest.raises(InputError):
            people.register("Frederic", password)
    assert people.everyone() == []


@on_each_database
def test_of_a_password_only_what_argon2_makes_of_it_is_kept(ann):
    with engine().connect() as db:
        [kept] = db.execute(people_table.select())
    assert kept.password.startswith("$argon2id$") and GOOD not in str(kept)


@on_each_database
def test_the_first_invitation_makes_a_host_and_is_the_only_one_of_its_kind(later):
    earlier, token = invitations.first_host(), invitations.first_host()
    assert invitations.find(earlier) is None and invitations.find(token).host
    host = invitations.accept(token, "Ann", GOOD)
    assert host.host and invitations.first_host() is None and invitations.find(token) is None
    with pytest.raises(InputError, match=r"This invitation does not work any more\."):
        invitations.accept(token, "Bob", GOOD)
    late = invitations.create(host, places=5, days=1)
    assert invitations.find(late) and not invitations.find(late).host
    later(25 * 3600.0)
    assert invitations.find(late) is None and invitations.listed() == []


@on_each_database
def test_of_two_who_come_for_the_last_place_one_gets_it(ann):
    token = invitations.create(ann, places=3)
    assert invitations.accept(token, "Bob", GOOD).name == "Bob"

    def join(number):
        try:
            return invitations.accept(token, f"pupil {number}", GOOD).name
        except InputError as error:
            return error.found

    with ThreadPoolExecutor(6) as pool:
        joined = list(pool.map(join, range(6)))
    assert sum(name.startswith("pupil") for name in joined) == 2
    assert set(joined) - {f"pupil {n}" for n in range(6)} == {"This invitation does not work any more."}
    assert len(people.everyone()) == 4 and invitations.listed() == []


@on_each_database
def test_the_first_host_takes_over_what_belonged_to_nobody(ann):
    upload_rows.add("local", "u1", "cats.zip", 9, "ab")
    dataset_rows.add("local", "d1", "image_recognition", "cats", sample=False)
    dataset_rows.add("bob", "d1", "image_recognition", "bob’s", sample=False)
    run = records.create_run("local", "fine_tune", "image_recognition", "cats", dataset="d1")
    edits.add("local", "d1", 0, "dog")
    kept_settings.keep("local", "d1", {"epochs": 3})
    link = shares.create(records.run(run, "local"), days=1)
    dataset_rows.add("local", "ours", "image_recognition", "digits", sample=True)
    for one in ("d1", "ours"):
        (paths.cache() / "features" / one).mkdir(parents=True)
    assert adoption.waiting() == 3
    adoption.adopt(ann)
    assert adoption.waiting() == 0 and records.run_list("local") == []
    assert upload_rows.by_id("u1", ann.id) and dataset_rows.by_id("d1", ann.id).name == "cats"
    assert records.run(run, ann.id) and edits.current(ann.id, "d1") == {0: "dog"}
    assert kept_settings.of(ann.id, "d1") == {"epochs": 3} and shares.by_token(link).owner == ann.id
    assert dataset_rows.all_of("bob")["d1"].name == "bob’s" and edits.history("bob", "d1") == []
    assert (paths.cache_of(ann.id) / "features/d1").exists() and not (paths.cache() / "features/d1").exists()
    assert (paths.cache() / "features/ours").exists()  # what is made of a sample stays for all


@on_each_database
def test_what_a_provider_said_of_a_login_begins_one_session_only(ann):
    for cookie in ("first", "in another guise"):
        sessions.admit(cookie, ann, proof="p1")
    assert sessions.find("first").person == ann and sessions.find("in another guise") is None


def test_a_session_holds_until_it_ends_rests_too_long_is_a_quarter_old_or_its_person_is_suspended(ann, later):
    first, second = (sessions.digest(sessions.begin(ann, browser="b" * 999)) for _ in range(2))
    assert sessions.find(first).person == ann and sessions.find("") is None and sessions.find("forged") is None
    sessions.end(first, people.register("Bob", GOOD))
    assert sessions.find(first)  # another's is not ended
    sessions.end(first, ann)
    assert sessions.find(first) is None and [one.id for one in sessions.of(ann)] == [second]
    in_use = sessions.digest(sessions.begin(ann))
    for week in range(1, 13):
        later(week * 7 * 24 * 3600.0)
        assert sessions.find(in_use)
        assert {one.id for one in sessions.of(ann)} == ({in_use, second} if week == 1 else {in_use})
    assert sessions.find(second) is None
    later(91 * 24 * 3600.0)
    assert sessions.find(in_use) is None
    known = sessions.digest(sessions.begin(ann))
    assert sessions.find(known).person == ann
    with engine().begin() as db:
        db.execute(update(people_table).values(suspended=time.time()))
    assert sessions.find(known) is None
    with engine().connect() as db:
        assert len(list(db.execute(sessions_table.select()))) == 1  # the old ones are forgotten with the next


@pytest.mark.parametrize(("spoken", "first", "way"), [
    ("en_GB.UTF-8", "Casebook was told to listen on 0.0.0.0, where others can reach it", "Nobody logs in"),
    ("zh_CN.UTF-8", "Casebook 将监听 0.0.0.0，他人可以访问", "不登录"),
])  # fmt: skip
def test_an_address_that_others_reach_is_opened_with_a_login_only(monkeypatch, spoken, first, way):
    monkeypatch.setenv("LANG", spoken)
    for address in ("0.0.0.0", "::", None, "10.0.0.7", "casebook.example"):
        told = entrance.opened(address, 8501)
        assert told and "CASEBOOK_LOGIN=password" in told and way in told
    assert entrance.opened("0.0.0.0", 8501).startswith(first)
    for address in ("127.0.0.1", "localhost", "::1", "[::1]", "127.0.0.9"):
        assert entrance.opened(address, 8501) is None
    for way_in in ("open", "password", "oidc"):
        monkeypatch.setenv("CASEBOOK_LOGIN", way_in)
        assert entrance.opened("0.0.0.0", 8501) is None


@on_each_database
def test_who_forgot_the_password_chooses_one_by_a_link_that_works_once(ann):
    begun, link = sessions.begin(ann), new_passwords.create(ann)
    with pytest.raises(InputError):
        new_passwords.choose(link, "short")
    assert new_passwords.choose(link, "another good sentence") == ann
    assert people.with_password("Ann", "another good sentence") == ann and people.with_password("Ann", GOOD) is None
    assert sessions.find(sessions.digest(begun)) is None
    assert new_passwords.find(link) is None
    with pytest.raises(InputError, match="does not work any more"):
        new_passwords.choose(link, "a third good sentence")


@on_each_database
def test_a_link_to_a_new_password_ends_with_its_day_with_the_old_password_and_with_the_account(ann, later):
    link = new_passwords.create(ann)
    assert new_passwords.find(link) == ann and new_passwords.find(link[:-2] + "xx") is None
    people.change_password(ann, GOOD, "another good sentence")
    assert new_passwords.find(link) is None
    link = new_passwords.create(ann)
    removal.suspend(ann)
    assert new_passwords.find(link) is None
    removal.let_back(ann)
    assert new_passwords.find(link) == ann
    later(25 * 3600)
    assert new_passwords.find(link) is None


@on_each_database
def test_of_many_who_hold_the_same_link_to_a_new_password_one_is_first(ann, monkeypatch):
    monkeypatch.setattr(passwords, "_hasher", passwords.PasswordHasher())  # so long that all have looked at the link
    link = new_passwords.create(ann)

    def choosing(nth):
        try:
            return new_passwords.choose(link, f"a good sentence, number {nth}")
        except InputError:
            return None

    with ThreadPoolExecutor(6) as threads:
        assert [found for found in threads.map(choosing, range(6)) if found] == [ann]
