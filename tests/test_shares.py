"""Links to a demo: unguessable, expiring, revocable, and good for nothing but asking one model."""

from __future__ import annotations

import io
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pandas as pd
import pytest
from PIL import Image
from sqlalchemy import select, update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from models.errors import InputError
from runs import paths, tokens
from runs.api import visitors
from runs.api.routes import ROUTES
from runs.inference import inputs
from runs.inference.errors import MOST_BYTES
from runs.limits import attempts, passcodes
from runs.results import test_examples
from runs.store import database, lifecycle, records, shares, tables

on_each_database = pytest.mark.parametrize("database_url", ("sqlite", "postgres"), indirect=True)


@pytest.fixture
def web():
    return TestClient(Starlette(routes=ROUTES))


@pytest.fixture
def run():
    """The row of a run that is done, without files."""
    return records.run(
        records.create_run("local", "fine_tune", "image_recognition", "r", status="done", result={"x": 1}), "local"
    )


@pytest.fixture
def model(at_station):
    return at_station.unbroken


def open_share(run, **values):
    token = shares.create(run, **{"days": 7, **values})
    return token, shares.by_token(token)


@on_each_database
def test_a_link_is_unguessable_and_only_its_hash_is_kept(run):
    token, share = open_share(run)
    assert re.fullmatch(r"[\w-]{32}", token)  # 192 bits
    assert token != open_share(run)[0]
    with database.engine().connect() as db:
        kept = repr([db.execute(select(table)).all() for table in tables.metadata.sorted_tables])
    kept += "".join(path.read_bytes().decode("latin-1") for path in paths.home().glob("casebook.db*"))
    assert token not in kept and share.token_hash in kept
    assert shares.by_token(token[:-1]) is None and shares.by_token("") is None


@on_each_database
def test_a_link_opens_its_run_until_it_expires_is_revoked_or_the_run_is_gone(run):
    token, share = open_share(run, days=1)
    assert (share.state, shares.run_of(share)) == ("open", run)
    assert share.expires == pytest.approx(time.time() + 24 * 3600, abs=60)
    assert open_share(run, days=None)[1].expires is None

    with database.engine().begin() as db:
        db.execute(update(tables.shares).where(tables.shares.c.id == share.id).values(expires=time.time() - 1))
    expired = shares.by_token(token)
    assert (expired.state, shares.run_of(expired)) == ("expired", None)

    token, share = open_share(run)
    shares.revoke(share.id, "someone else")
    assert shares.by_token(token).state == "open"
    shares.revoke(share.id, "local")
    assert (shares.by_token(token).state, shares.run_of(shares.by_token(token))) == ("revoked", None)

    token, share = open_share(run)
    lifecycle.discard(run.id, "local")
    assert shares.run_of(share) is None
    lifecycle.forget(run.id)
    assert shares.by_token(token) is None


def guess_wrong(share, address="", times=passcodes.MOST):
    for _ in range(times):
        assert not shares.unlock(share, "guess", address)


@on_each_database
def test_a_passcode_is_asked_for_and_guesses_are_few(run):
    share = open_share(run, passcode="open sesame")[1]
    assert "sesame" not in share.passcode_hash
    assert not shares.unlock(share, "Open sesame")
    assert shares.unlock(share, "open sesame ")  # and what was guessed before is forgotten
    guess_wrong(share)
    for given in ("open sesame", "guess", "open sesame"):
        with pytest.raises(InputError) as refused:
            shares.unlock(share, given)
        assert str(refused.value) == (
            "The passcode was wrong 5 times. The person who shared the link knows it. Wait 15 minutes and try again."
        )
    assert shares.unlock(open_share(run, passcode="other")[1], "other")  # another link is not held up


def test_who_guesses_holds_up_nobody_at_another_address(run):
    share = open_share(run, passcode="open sesame")[1]
    guess_wrong(share, "203.0.113.7")
    assert shares.unlock(share, "open sesame", "203.0.113.8") and shares.unlock(share, "open sesame")
    for same in ("203.0.113.7", "::ffff:203.0.113.7"):
        with pytest.raises(InputError):
            shares.unlock(share, "open sesame", same)
    guess_wrong(share, "2001:db8:0:1::1", 3)
    guess_wrong(share, "2001:db8:0:1:ffff::2", 2)  # one subscriber has all of these
    with pytest.raises(InputError):
        shares.unlock(share, "open sesame", "2001:db8:0:1::3")
    assert shares.unlock(share, "open sesame", "2001:db8:0:2::1")


@on_each_database
def test_guesses_are_counted_by_every_process_forgotten_in_time_and_tell_no_address(run):
    share = open_share(run, passcode="open sesame")[1]
    guess_wrong(share, "203.0.113.7")
    database._engine.cache_clear()  # as in a process that has just started
    with pytest.raises(InputError):
        shares.unlock(shares.by_id(share.id), "open sesame", "203.0.113.7")
    with database.engine().begin() as db:
        kept = db.execute(select(tables.guesses)).all()
        db.execute(update(tables.guesses).values(created=time.time() - attempts.WINDOW - 1))
    assert len(kept) == passcodes.MOST and "203.0.113" not in str(kept)
    assert shares.unlock(share, "open sesame", "203.0.113.7")
    with database.engine().begin() as db:
        assert db.execute(select(tables.guesses)).all() == []


@on_each_database
def test_many_guesses_at_once_are_no_way_around(run):
    share = open_share(run, passcode="open sesame")[1]

    def guess(_number):
        try:
            return shares.unlock(share, "guess", "203.0.113.7")
        except InputError:
            return None

    with ThreadPoolExecutor(8) as pool:
        looked_at = [answer for answer in pool.map(guess, range(12)) if answer is not None]
    assert len(looked_at) <= passcodes.MOST


def ask(web, token, content=b"", **query):
    return web.put("/api/answer", params=query, content=content, headers={"X-Answer-Token": token})


def test_what_was_tried_goes_after_a_day_with_what_was_explained_of_it(model):
    tried = inputs.new("local", "moss.png")
    tried.write_bytes(b"a picture")
    explained = paths.run(model.id) / "explanations" / tried.stem
    explained.mkdir(parents=True)
    assert inputs.new("local", "rust.png") != tried and tried.exists() and explained.exists()
    yesterday = time.time() - 25 * 3600
    os.utime(tried, (yesterday, yesterday))
    inputs.new("local", "rust.png")
    assert not tried.exists() and not explained.exists()


def tried():
    """The files that were given to be tried."""
    return {path for path in (paths.home() / "tries").rglob("*") if path.is_file()}


def test_what_a_visitor_gives_is_not_kept_and_what_cannot_be_read_or_is_too_large_is_explained(web, model, pictures):
    token = tokens.sign("answer", share=open_share(model)[1].id, rows=[])
    before = tried()
    told = ask(web, token, next(iter(pictures(1).values())), name="moss.png").json()
    assert set(told) == {"labels", "probabilities", "shown"}
    refused = ask(web, token, b"Dear Sir", name="moss.png")
    assert refused.status_code == 422 and refused.json()["message"].startswith("Not a picture, despite its name.")
    assert ask(web, token, b"Dear Sir", name="a.png", lang="zh").json() != refused.json()  # in the reader's language
    refused = ask(web, token, bytes(MOST_BYTES + 1), name="a.png")
    assert (refused.status_code, refused.json()["message"]) == (
        422, "The file is larger than 20 MB. Larger files are not accepted here. Reduce it and try again."
    )  # fmt: skip
    assert tried() == before


def test_many_visitors_of_one_link_keep_neither_the_owner_waiting_nor_who_has_another_link(model, pictures):
    def signed(**bearer):
        return tokens.sign("answer", **bearer, rows=[])

    one, other = (signed(share=open_share(model)[1].id) for _ in range(2))
    many_pixels = io.BytesIO()
    Image.new("1", (5000, 5000)).save(many_pixels, "PNG")
    content, small, done, all_ = many_pixels.getvalue(), next(iter(pictures(1).values())), [], 8

    def put(who, token, given):
        done.append((who, ask(app, token, given, name="a.png").status_code))

    def meanwhile():
        put("owner", signed(run=model.id, owner="local"), small)
        put("other", other, small)

    with TestClient(Starlette(routes=ROUTES)) as app:  # one loop for all
        meanwhile()  # both processes are there
        with ThreadPoolExecutor(all_) as crowd:
            for _ in range(all_):
                crowd.submit(put, "one", one, content)
            while not any(who == "one" for who, _ in done):  # the others arrive or wait by now
                time.sleep(0.01)
            meanwhile()
    assert [code for who, code in done if who == "one"] == [200] * all_
    last = [n for n, (who, _) in enumerate(done) if who == "one"][-1]
    assert [code for who, code in done[:last] if who != "one"] == [200] * 4


@contextmanager
def crowd(*places):
    """Those who ask a link at this moment."""
    with ExitStack() as here:
        yield [here.enter_context(visitors.visit(*place)) for place in places]


@pytest.mark.parametrize("before", ["all addresses", "his address", "himself"])
def test_who_comes_when_a_link_is_crowded_is_asked_to_wait(web, model, pictures, before):
    share, of_address = open_share(model)[1].id, attempts.visitors_of_an_address()
    there = {
        "all addresses": [(share, f"192.0.2.{n}") for n in range(visitors.CROWD * of_address)],
        "his address": [(share, "testclient", f"another {n}") for n in range(of_address)],
        "himself": [(share, f"192.0.2.{n}", "ann") for n in range(visitors.OF_ONE_VISITOR)],  # wherever he is
    }
    token = tokens.sign("answer", share=share, rows=[], visitor="ann")
    with crowd(*there[before]) as found:
        assert all(found)
        refused = ask(web, token, next(iter(pictures(1).values())), name="a.png")
        assert (refused.status_code, refused.json()["message"]) == (
            429, "Too many requests for this model. Try again in a moment."
        )  # fmt: skip
        assert int(refused.headers["retry-after"]) > 0
    assert ask(web, token, next(iter(pictures(1).values())), name="a.png").status_code == 200


def test_who_comes_as_another_visitor_each_time_meets_the_bound_of_his_address(monkeypatch):
    monkeypatch.setenv("CASEBOOK_VISITORS_PER_ADDRESS", "3")
    for one, other in (("203.0.113.7", "203.0.113.8"), ("2001:db8:0:1::%d", "2001:db8:0:2::1")):
        guises = [("a link", one.replace("%d", str(n)), f"visitor {n}") for n in range(5)]
        with crowd(*guises, ("a link", other, "visitor 9")) as found:
            assert found == [True] * 3 + [False] * 2 + [True]


def test_a_class_behind_one_address_mistypes_a_passcode_and_comes_in(run, monkeypatch):
    assert attempts.visitors_of_an_address() >= 40
    monkeypatch.setenv("CASEBOOK_VISITORS_PER_ADDRESS", "20")
    share, pupils = open_share(run, passcode="open sesame")[1], [f"pupil {n}" for n in range(8)]
    for pupil in pupils:
        assert not shares.unlock(share, "a slip", "198.51.100.1", pupil)
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda one: shares.unlock(share, "open sesame", "198.51.100.1", one), pupils[:5]))
    for _ in range(passcodes.MOST):
        assert not shares.unlock(share, "guess", "198.51.100.1", "one of them")
    with pytest.raises(InputError, match="The passcode was wrong 5 times"):
        shares.unlock(share, "open sesame", "198.51.100.1", "one of them")
    assert shares.unlock(share, "open sesame", "198.51.100.1", pupils[-1])


def test_a_closed_link_asks_nothing_even_with_a_token_made_while_it_was_open(web, model, pictures):
    share = open_share(model, examples=True)[1]
    token = tokens.sign("answer", share=share.id, rows=list(test_examples.rows(model)))
    row = next(iter(test_examples.rows(model)))
    assert ask(web, token, row=row).status_code == 200
    assert web.get("/api/example", params={"token": token, "row": row}).status_code == 200
    shares.revoke(share.id, "local")
    refused = ask(web, token, row=row)
    assert (refused.status_code, refused.json()["message"]) == (
        403, "This page is no longer valid. Reload it, or ask for a new link."
    )  # fmt: skip
    assert web.get("/api/example", params={"token": token, "row": row}).status_code == 404


def test_a_token_opens_no_other_route_and_no_other_row(web, model):
    rows = list(test_examples.rows(model))
    token = tokens.sign("answer", share=open_share(model, examples=True)[1].id, rows=rows)
    for address in ("/api/item", "/api/metrics", "/api/bundle", "/api/predictions", "/api/explanation"):
        assert web.get(address, params={"token": token, "row": rows[0], "key": "a"}).status_code == 404, address
    assert web.put("/api/upload", content=b"x", headers={"X-Upload-Token": token}).status_code == 403
    training = next(row for row in range(1000) if row not in rows)
    for row in (training, -1, "x", 10**9):
        assert ask(web, token, row=row).status_code == 404
        assert web.get("/api/example", params={"token": token, "row": row}).status_code == 404
    for wrong in ("", "x", tokens.sign("run", run=model.id, owner="local")):
        assert ask(web, wrong, row=rows[0]).status_code == 403


def test_pictures_of_the_test_part_are_shown_only_where_it_was_allowed(web, model):
    rows = test_examples.rows(model)
    token = tokens.sign("answer", share=open_share(model, examples=False)[1].id, rows=list(rows))
    row = next(iter(rows))
    assert ask(web, token, row=row).status_code == 404
    assert web.get("/api/example", params={"token": token, "row": row}).status_code == 404
    test = pd.read_parquet(paths.run(model.id) / "predictions.parquet").set_index("id")
    assert len(rows) == test_examples.MOST and rows == test.loc[list(rows), "label"].to_dict()
    assert set(list(rows.values())[:3]) == {"moss", "rust", "slate"}  # of every class
