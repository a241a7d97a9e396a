"""Links to a demo: unguessable, expiring, revocable, and good for nothing but asking one model."""

from __future__ import annotations

import os
import re
import time

import pytest
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from models.errors import InputError
from runs import database, files, items_to_try, shares, store, tokens, tries
from runs.answer_refusals import MOST_BYTES
from runs.routes import ROUTES


@pytest.fixture
def web():
    return TestClient(Starlette(routes=ROUTES))


@pytest.fixture
def run():
    """The row of a run that is done, without files."""
    return store.run(store.create_run("local", "fine_tune", "image_recognition", "r", status="done", result={"x": 1}),
                     "local")  # fmt: skip


@pytest.fixture
def model(at_station):
    return at_station.unbroken


def open_share(run, **values):
    token = shares.create(run, **{"days": 7, **values})
    return token, shares.by_token(token)


def test_a_link_is_unguessable_and_only_its_hash_is_kept(run):
    token, share = open_share(run)
    assert re.fullmatch(r"[\w-]{32}", token)  # 192 bits
    assert token != open_share(run)[0]
    kept = (files.home() / "casebook.db").read_bytes() + b"".join(p.read_bytes() for p in files.home().glob("*-wal"))
    assert token.encode() not in kept and share.token_hash.encode() in kept
    assert shares.by_token(token[:-1]) is None and shares.by_token("") is None


def test_a_link_opens_its_run_until_it_expires_is_revoked_or_the_run_is_gone(run):
    token, share = open_share(run, days=1)
    assert (share.state, shares.run_of(share)) == ("open", run)
    assert share.expires == pytest.approx(time.time() + 24 * 3600, abs=60)
    assert open_share(run, days=None)[1].expires is None

    with database.engine().begin() as db:
        db.execute(update(database.shares).where(database.shares.c.id == share.id).values(expires=time.time() - 1))
    expired = shares.by_token(token)
    assert (expired.state, shares.run_of(expired)) == ("expired", None)

    token, share = open_share(run)
    shares.revoke(share.id, "someone else")
    assert shares.by_token(token).state == "open"
    shares.revoke(share.id, "local")
    assert (shares.by_token(token).state, shares.run_of(shares.by_token(token))) == ("revoked", None)

    token, share = open_share(run)
    store.discard(run.id, "local")
    assert shares.run_of(share) is None
    store.forget(run.id)
    assert shares.by_token(token) is None


def test_the_links_of_a_run_are_listed_for_its_owner(run):
    made = [open_share(run)[1], open_share(run, passcode="x")[1]]
    assert {share.id for share in shares.of(run)} == {share.id for share in made}
    assert [bool(share.passcode_hash) for share in shares.of(run)] == [True, False]


def test_a_passcode_is_asked_for_and_guesses_are_few(run):
    share = open_share(run, passcode="open sesame")[1]
    assert "sesame" not in share.passcode_hash
    assert shares.unlock(share, "open sesame ") and not shares.unlock(share, "Open sesame")
    for _ in range(shares.MOST_GUESSES - 1):
        assert not shares.unlock(share, "guess")
    with pytest.raises(InputError) as refused:
        shares.unlock(share, "open sesame")
    assert str(refused.value) == (
        "The passcode was wrong 5 times. Whoever gave you the link knows it. Wait a quarter of an hour and try again."
    )
    assert shares.unlock(open_share(run, passcode="other")[1], "other")  # another link is not held up


def ask(web, token, content=b"", **query):
    return web.put("/api/answer", params=query, content=content, headers={"X-Answer-Token": token})


def test_who_may_ask_gets_the_five_best_and_what_was_seen(web, model, pictures):
    token = tokens.sign("answer", run=model.id, owner="local", rows=[])
    told = ask(web, token, next(iter(pictures(1).values())), name="../../etc/moss.PNG").json()
    assert set(told) == {"labels", "probabilities", "shown", "key", "file"}
    assert len(told["labels"]) == 3 and told["probabilities"][0] == max(told["probabilities"])
    assert re.fullmatch(r"tries/[0-9a-f]{32}\.png", told["file"]) and (files.home() / told["file"]).is_file()


def test_what_was_tried_goes_after_a_day_with_what_was_explained_of_it(model):
    tried = tries.new("moss.png")
    tried.write_bytes(b"a picture")
    explained = files.run(model.id) / "explanations" / tried.stem
    explained.mkdir(parents=True)
    assert tries.new("rust.png") != tried and tried.exists() and explained.exists()
    yesterday = time.time() - 25 * 3600
    os.utime(tried, (yesterday, yesterday))
    tries.new("rust.png")
    assert not tried.exists() and not explained.exists()


def test_what_a_visitor_gives_is_not_kept(web, model, pictures):
    token = tokens.sign("answer", share=open_share(model)[1].id, rows=[])
    tried = files.home() / "tries"
    before = set(tried.iterdir()) if tried.exists() else set()
    told = ask(web, token, next(iter(pictures(1).values())), name="moss.png").json()
    assert set(told) == {"labels", "probabilities", "shown"}
    assert ask(web, token, b"Dear Sir", name="moss.png").status_code == 422
    assert set(tried.iterdir()) == before


def test_what_cannot_be_read_is_explained_in_the_readers_language(web, model):
    token = tokens.sign("answer", share=open_share(model)[1].id, rows=[])
    told = ask(web, token, b"Dear Sir", name="a.png").json()["message"]
    assert told.startswith("It is not a picture, whatever its name says.")
    assert ask(web, token, b"Dear Sir", name="a.png", lang="zh").json()["message"] != told


def test_a_file_that_is_too_large_is_refused_and_not_kept(web, model):
    token = tokens.sign("answer", run=model.id, owner="local", rows=[])
    before = set((files.home() / "tries").glob("*"))
    refused = ask(web, token, bytes(MOST_BYTES + 1), name="a.png")
    assert (refused.status_code, refused.json()["message"]) == (
        422, "The file has more than 20 MB. Larger ones are not tried one by one. Reduce it and try again."
    )  # fmt: skip
    assert set((files.home() / "tries").glob("*")) == before


def test_a_closed_link_asks_nothing_even_with_a_token_made_while_it_was_open(web, model, pictures):
    share = open_share(model, pictures=True)[1]
    token = tokens.sign("answer", share=share.id, rows=list(items_to_try.rows(model)))
    row = next(iter(items_to_try.rows(model)))
    assert ask(web, token, row=row).status_code == 200
    assert web.get("/api/example", params={"token": token, "row": row}).status_code == 200
    shares.revoke(share.id, "local")
    refused = ask(web, token, row=row)
    assert (refused.status_code, refused.json()["message"]) == (
        403, "This page is no longer valid. Reload it, or ask for a new link."
    )  # fmt: skip
    assert web.get("/api/example", params={"token": token, "row": row}).status_code == 404


def test_a_token_opens_no_other_route_and_no_other_row(web, model):
    rows = list(items_to_try.rows(model))
    token = tokens.sign("answer", share=open_share(model, pictures=True)[1].id, rows=rows)
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
    rows = list(items_to_try.rows(model))
    token = tokens.sign("answer", share=open_share(model, pictures=False)[1].id, rows=rows)
    assert ask(web, token, row=rows[0]).status_code == 404
    assert web.get("/api/example", params={"token": token, "row": rows[0]}).status_code == 404


def test_the_examples_are_of_the_test_part_and_of_every_class(model):
    import pandas as pd

    test = pd.read_parquet(files.run(model.id) / "predictions.parquet").set_index("id")
    rows = items_to_try.rows(model)
    assert len(rows) == items_to_try.MOST and rows == test.loc[list(rows), "label"].to_dict()
    assert set(list(rows.values())[:3]) == {"moss", "rust", "slate"}
