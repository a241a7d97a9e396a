"""Guesses at passwords and at links: they are slowed down, and nobody else is."""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from hostile.conftest import PASSWORD, log_in
from runs import tokens
from runs.api.account import turns
from runs.api.account.cookies import DEVICE
from runs.identity import invitations, passwords, people
from runs.limits import wrong_links, wrong_passwords
from runs.store.database import engine
from runs.store.tables import guesses

pytestmark = pytest.mark.slow


def test_unknown_and_known_names_take_the_same_work(comes_from, ann, monkeypatch):
    people.named_elsewhere("oidc", "7", "Eve")
    made = []

    class Counting(PasswordHasher):
        def verify(self, kept, password):
            made.append(kept.split("$")[3])
            return super().verify(kept, password)

    monkeypatch.setattr(passwords, "_hasher", Counting(time_cost=1, memory_cost=1024, parallelism=1))
    names = ("Ann", "nobody", "Eve", "a\0b")
    answers = [log_in(comes_from(f"203.0.113.{n}"), name, "a wrong one") for n, name in enumerate(names)]
    assert len(made) == len(names) and len(set(made)) == 1
    bodies = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
    assert len(bodies) == 1 and {answer.status_code for answer in answers} == {401}


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """So many guesses at one account, for a test that makes them all."""
    monkeypatch.setattr(wrong_passwords, "OF_ACCOUNT", 8)


def test_a_class_behind_one_address_mistypes_and_comes_in(comes_from, ann):
    token = invitations.create(ann, places=5)
    for n in range(5):
        invitations.accept(token, f"pupil {n}", PASSWORD)
    one = comes_from("198.51.100.1")
    for n in range(5):
        one.cookies.clear()
        statuses = [log_in(one, f"pupil {n}", "a slip").status_code for _ in range(3)]
        assert statuses == [401] * 3 and log_in(one, f"pupil {n}").status_code == 303, n


def test_who_guesses_waits_and_keeps_nobody_out_who_was_here_before(comes_from, ann):
    hers = comes_from("198.51.100.1")
    assert log_in(hers).status_code == 303
    mark = hers.cookies[DEVICE]
    guesser = comes_from("198.51.100.1")
    statuses = [log_in(guesser, password=f"guess {n}").status_code for n in range(wrong_passwords.OF_ONE + 2)]
    assert statuses == [401] * wrong_passwords.OF_ONE + [429] * 2
    assert log_in(guesser).status_code == 429  # nor is the right one looked at
    for n in range(wrong_passwords.OF_ACCOUNT):
        log_in(comes_from(f"192.0.2.{n}"), password="a guess")
    assert log_in(comes_from("192.0.2.200")).status_code == 429
    assert log_in(hers).status_code == 303
    forged = comes_from("198.51.100.1")
    for other in (tokens.sign("run", accounts=["ann"]), mark[:-2] + "xx", tokens.sign("device", accounts=["bob"])):
        forged.cookies.set(DEVICE, other, domain="localhost.local", path="/")
        assert log_in(forged).status_code == 429


@pytest.fixture
def slowly(monkeypatch):
    """Passwords that are looked at when they are let go; how many are at work at once."""
    at_work, most, go = [], [], threading.Event()

    class Watched(PasswordHasher):
        def verify(self, kept, password):
            at_work.append(password)
            most.append(len(at_work))
            assert go.wait(60)
            at_work.remove(password)
            return super().verify(kept, password)

    monkeypatch.setattr(passwords, "_hasher", Watched(time_cost=1, memory_cost=1024, parallelism=1))
    return most, go


def test_as_many_passwords_are_looked_at_as_there_are_cores_and_beyond_a_queue_one_comes_back(
    comes_from, ann, slowly, monkeypatch
):
    for n in range(14):
        people.register(f"pupil {n}", PASSWORD)
    most, go = slowly
    monkeypatch.setattr(turns, "OF_ONE_ADDRESS", 14)
    with comes_from("198.51.100.1") as class_, ThreadPoolExecutor(14) as pool:
        waiting = [pool.submit(log_in, class_, f"pupil {n}") for n in range(14)]
        while turns._here[""] < 14:
            time.sleep(0.01)
        crowded = log_in(class_, "Ann")
        assert (crowded.status_code, crowded.headers["retry-after"]) == (503, turns.RETRY)
        assert "Too many people are logging in at this moment." in crowded.text
        go.set()
        assert [one.result().status_code for one in waiting] == [303] * 14
        assert log_in(class_, "Ann").status_code == 303
    assert max(most) <= turns.workers()
    assert not turns._here and not turns._limiters


def test_ten_thousand_guesses_at_links_take_hours_and_fill_nothing(monkeypatch):
    waited = []
    monkeypatch.setattr(time, "sleep", waited.append)
    tried = 500
    assert all(wrong_links.answered("203.0.113.7") for _ in range(tried))
    assert len(waited) == tried - wrong_links.FREE and 10_000 / tried * sum(waited) > 5 * 3600
    with engine().connect() as db:
        assert len(list(db.execute(select(guesses)))) == wrong_links.FREE
    del waited[:]
    assert wrong_links.answered("198.51.100.1") and waited == []  # somebody else


def test_of_many_wrong_links_at_once_a_few_wait_one_after_the_other_and_the_others_get_no_answer(monkeypatch):
    at_once, most, sleep = [], [], time.sleep

    def pause(seconds):
        at_once.append(seconds)
        most.append(len(at_once))
        sleep(0.05)
        at_once.remove(seconds)

    for _ in range(wrong_links.FREE):
        wrong_links.answered("203.0.113.7")
    monkeypatch.setattr(time, "sleep", pause)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(wrong_links.answered, ["203.0.113.7"] * 20))
    assert answers.count(True) == len(most) >= wrong_links.MOST_WAITING and max(most) == 1
    assert not wrong_links._waiting and not wrong_links._turns


def test_a_right_link_is_opened_at_once_while_wrong_ones_wait(house):
    done = []

    def opens(link):
        raw, _drawn = house.stranger.opens("demo", f"t={link}")
        done.append(link)
        return raw

    for n in range(wrong_links.FREE):
        assert b"This link does not work" in opens(f"wrong {n}")
    del done[:]
    with ThreadPoolExecutor(4) as pool:
        slow = [pool.submit(opens, f"another {n}") for n in range(2)]
        time.sleep(0.5)
        assert b"Passcode" in opens(house.hers.link)
    assert done[0] == house.hers.link and all(b"This link does not work" in one.result() for one in slow)
