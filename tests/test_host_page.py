"""The page for hosts: storage, what is removed after a while, and backups; nobody else has such a page."""

from __future__ import annotations

import os
import time
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from opened_pages import framed, sound
from streamlit.runtime import context
from streamlit.testing.v1 import AppTest
from test_retention import DAY, change, ended, left

from runs import paths, tokens
from runs.backup import kept, work
from runs.identity import invitations, login, people, server_settings, sessions
from runs.limits import allowances
from runs.retention import settled
from runs.store import dataset_rows, queue, records, tables
from runs.worker import worker

ONLY_HERE = "This link opens on the server only. Ask the host for an address that others can reach."


@pytest.fixture
def somebody(monkeypatch):
    """Log a person in, by a provider or with a password; the browser of every page is theirs from then on."""

    def coming(name, *, host, way="oidc"):
        monkeypatch.setenv("CASEBOOK_LOGIN", way)
        person = (people.named_elsewhere("oidc", name, name, host=host) if way == "oidc"
                  else people.register(name, "correct horse battery", host=host))  # fmt: skip
        session = sessions.digest(sessions.begin(person))
        browser = SimpleNamespace(headers=[(login.HEADER, session)], cookies={}, remote_ip=None)
        monkeypatch.setattr(context, "_get_client_context", lambda: browser)
        return person, session

    return coming


def open_part(part, locale="en-GB"):
    """The part of the page under this name."""
    app = framed(locale).run()
    app.session_state["host_part"] = part
    return sound(app.switch_page("host.py").run())


def told(app):
    """All that is read on it."""
    kinds = (app.markdown, app.caption, app.subheader, app.info, app.warning, app.error)
    return "\n".join(str(one.value) for kind in kinds for one in kind)


def links(app):
    return [one.proto.url for one in app.get("link_button")]


def test_a_host_has_a_backup_made_and_downloads_it_and_is_asked_before_it_is_deleted(somebody):
    _ann, session = somebody("Ann", host=True)
    app = open_part("backups")
    assert "0 backups" in told(app) and "free on the disk" in told(app)
    sound(app.button(key="backup_begin").click().run())
    assert work.latest().status == "queued" and "No agent is running" in told(app)
    assert [one.proto.text for one in app.get("progress")] == ["Preparing the backup…"]
    worker.work(queue.claim_here(work.latest().id))
    sound(app.run())
    [one] = kept.listed()
    assert "1 backup" in told(app) and one.name.replace(".tar", "") in told(app).replace("\\", "")
    assert app.code[0].value.startswith("python -m runs.restore") and "To restore one" in told(app)
    [address] = [url for url in links(app) if "/api/backup" in url]
    token = parse_qs(urlsplit(address).query)["token"][0]
    assert tokens.read("backup", token, session=session)["backup"] == one.name
    assert tokens.read("backup", token) is None  # of no use in another browser
    sound(app.button(key=f"backup_delete_{one.name}").click().run())
    assert kept.listed() == [one]  # it asks first
    assert app.button(key="backup_really_delete").label == "Delete permanently"


def test_a_rule_shows_what_it_would_remove_and_removes_nothing_when_it_is_saved(somebody, home):
    somebody("Ann", host=True)
    run = ended("failed")
    app = open_part("storage")
    field = app.number_input(key="retention_failed")
    assert (field.label, field.placeholder) == ("Files of failed runs (days)", "keep")
    assert "Older than 30 days: 1 thing" in told(app)
    sound(app.number_input(key="retention_failed").set_value(60.0).run())
    assert "Would be removed now" not in told(app) and "Not saved yet." in told(app)
    sound(app.number_input(key="retention_failed").set_value(35.0).run())
    assert "Would be removed now: 1 thing · 2 kB" in told(app) and settled.days() == {}
    sound(app.button(key="retention_save").click().run())
    assert settled.days() == {"failed": 35.0} and left(run)
    assert settled.next_time() > time.time() + DAY - 60 and "Next removal" in told(app)
    assert "Not saved yet." not in told(app)


def test_a_rule_of_the_environment_stands_and_cannot_be_changed(somebody, monkeypatch):
    somebody("Ann", host=True)
    settled.settle({"failed": 5})
    monkeypatch.setenv("CASEBOOK_KEEP_DAYS", "failed=0.5")
    app = open_part("storage")
    field = app.number_input(key="retention_failed")
    assert field.disabled and field.value == 0.5 and "Not saved yet." not in told(app)
    monkeypatch.setenv("CASEBOOK_KEEP_DAYS", "failed=soon")
    assert "is not a rule" in told(open_part("storage"))


def test_storage_is_told_of_all_of_each_and_of_what_several_have(somebody, monkeypatch):
    ann, _ = somebody("Ann", host=True)
    bob = people.named_elsewhere("oidc", "bob", "Bob")
    (paths.datasets() / "d1").mkdir()
    (paths.datasets() / "d1/samples").write_bytes(os.urandom(3_000_000))
    for person in (ann, bob):
        dataset_rows.add(person.id, "d1", "speech", "calls", sample=False)
    app = open_part("storage")
    end = time.monotonic() + 30
    while "being measured…" in [metric.value for metric in app.metric] and time.monotonic() < end:
        time.sleep(0.05)
        app.run()
    whole, free = (metric.value for metric in app.metric)
    assert whole.endswith("MB") and free
    by_part, by_person = (table.value for table in app.table)
    assert "3.0 MB" in list(by_part["Size"]) and "Data sets" in list(by_part["Content"])
    assert list(by_person["Uses"]) == ["3.0 MB", "3.0 MB"] and set(by_person["Person"]) == {"Ann", "Bob"}
    assert "Several people have brought the same 3.0 MB." in told(app)
    (paths.datasets() / "d1/samples").write_bytes(os.urandom(30_000_000))
    now = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: now() + 61)
    while (app := open_part("storage")).metric[0].value == "being measured…" and time.monotonic() < end + 61:
        time.sleep(0.05)
    by_part, by_person = (table.value for table in app.table)
    assert list(by_person["Uses"]) == ["30.0 MB", "30.0 MB"] and by_part["Size"].iloc[0] == "30.0 MB"


def create_invitation(app):
    return sound(next(button for button in app.button if button.label == "Create invitation").click().run())


def test_who_is_removed_hands_over_unless_told_otherwise_and_what_is_lost_is_said(somebody):
    bob = people.named_elsewhere("oidc", "bob", "Bob")
    change(tables.runs, ended("failed"), owner=bob.id)
    ann, _ = somebody("Ann", host=True)
    app = sound(open_part("people").button(key=f"remove_{bob.id}").click().run())
    assert app.radio(key=f"removal_way_{bob.id}").value == "hand"
    assert app.selectbox(key=f"removal_to_{bob.id}").value == ann.id and "Deleted permanently" not in told(app)
    app = open_part("people")
    app.session_state[f"removal_way_{bob.id}"] = "delete"
    sound(app.button(key=f"remove_{bob.id}").click().run())
    assert "Deleted permanently: 2 kB · 1 run" in told(app)
    assert not app.button(key=f"removal_really_{bob.id}").disabled


def test_a_host_sees_who_is_at_work_and_who_needs_help_and_when_they_were_last_here(somebody):
    bob = people.named_elsewhere("oidc", "bob", "Bob")
    for _ in range(2):
        made = records.create_run(bob.id, "fine_tune", "image_recognition", "cats")
    queue.claim_here(made)
    queue.end(made, "failed")
    somebody("Ann", host=True)
    [facts] = [one.value for one in open_part("people").caption if "failed" in str(one.value)]
    assert "2 runs · 1 at work · 1 failed" in facts and "last here" not in facts
    assert facts.count("cats") == 0  # what they work on is theirs
    sessions.begin(bob)
    assert any("last here" in one.value and "failed" in one.value for one in open_part("people").caption)


def test_a_notice_that_was_read_can_be_put_away_and_the_next_one_is_shown_again(somebody):
    somebody("Bob", host=False)
    app = framed("en-GB")
    server_settings.settle(server_settings.NOTICE, "Updated at 9.")
    assert [one.value for one in sound(app.run()).info if "Updated" in one.value]
    assert "Updated" not in told(sound(app.button(key="notice_close").click().run()))
    server_settings.settle(server_settings.NOTICE, "Updated at 10.")
    assert "Updated at 10" in told(sound(app.run()))


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_every_part_opens_in_both_languages(somebody, locale):
    ann, _ = somebody("Ann", host=True)
    ended("failed")
    work.begin(ann)
    for part in ("people", "work", "limits", "storage", "backups", "notice"):
        assert {"en-GB": "Host", "zh-CN": "管理"}[locale] in open_part(part, locale).title[0].value


def test_for_who_is_no_host_there_is_no_such_page(somebody):
    somebody("Ann", host=True)
    somebody("Bob", host=False)
    app = framed("en-GB").run()
    app.session_state["host_part"] = "backups"
    with pytest.raises(ValueError, match="host"):
        app.switch_page("host.py")


def names_of(app):
    return [one.value.strip("*") for one in app.markdown if one.value.startswith("**Person")]


def test_many_people_are_shown_a_page_at_a_time_and_found_by_their_names(somebody):
    for number in range(24):
        people.named_elsewhere("oidc", f"{number}", f"Person {number:02}")
    somebody("Ann", host=True)
    app = open_part("people")
    assert app.subheader[0].value == "25 people" and len(names_of(app)) == 10
    sound(app.text_input(key="people_search").set_value("ＰＥＲＳＯＮ 2").run())
    assert names_of(app) == [f"Person {number}" for number in range(20, 24)] and "4 people found" in told(app)
    sound(app.text_input(key="people_search").set_value("nobody").run())
    assert names_of(app) == [] and "0 people found" in told(app)


def test_a_pasted_list_of_names_makes_a_link_for_each_and_a_wrong_name_makes_none(somebody, monkeypatch):
    somebody("Ann", host=True, way="password")
    monkeypatch.setenv("CASEBOOK_URL", "https://class.example")
    app = open_part("people")
    for wrong in ("Bob\nANN", "Bob\n" + "x" * 65):
        app.text_area(key="invitation_names").set_value(wrong)
        create_invitation(app)
        assert invitations.listed() == [] and len(app.error) == 1
    app.text_area(key="invitation_names").set_value("Bob\n\n 王 小明 \nbob\n=1+1\n")
    create_invitation(app)
    lines = [line.split("\t") for line in app.code[0].value.splitlines()]
    assert [name for name, _link in lines] == ["bob", "王 小明", "=1+1"]
    assert len(invitations.listed()) == 3 and all(one.places == 1 for one in invitations.listed())
    assert all(invitations.find(link.partition("?i=")[2]).name == name for name, link in lines)
    listed = {one.value.partition(" · ")[0] for one in app.caption if " · until " in one.value}
    assert listed == {"bob", "王 小明", r"=1\+1"}  # escaped for Markdown


def test_limits_for_a_class_are_suggested_and_saved_by_one_press(somebody, monkeypatch):
    for number in range(29):
        people.named_elsewhere("oidc", f"{number}", f"{number}")
    somebody("Ann", host=True)
    monkeypatch.setattr("runs.outages.free", lambda: 100 * allowances.GB)
    app = open_part("limits")
    sound(app.button(key="limits_suggested").click().run())
    said = allowances.said(allowances.EVERYONE)
    assert (said.storage, said.upload) == (2.5 * allowances.GB, 1.0 * allowances.GB)
    assert (said.at_once, said.hours) == (2, 0.25)
    shown = [app.number_input(key=f"limit_{name}_").value for name in ("storage", "upload", "at_once", "hours")]
    assert shown == [2.5, 1.0, 2.0, 0.25]


def told_of_reach():
    """What is said where links open on this machine only."""

    def page():
        from pages.shared.reach import HERE, Reach
        from pages.steps.export import reach

        reach.tell(Reach("http://localhost:8501/", HERE))

    return sound(AppTest.from_function(page, default_timeout=60).run())


def test_who_is_no_host_is_sent_to_one_and_sees_neither_paths_nor_addresses_of_the_server(somebody):
    somebody("Bob", host=False)
    app = told_of_reach()
    assert [one.value for one in app.warning] == [ONLY_HERE] and not app.code and not app.caption
