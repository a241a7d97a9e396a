"""What is asked of a Ray cluster, and what happens where it is away; a real one is in `test_ray`."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import ROOT
from idle_launcher import IdleLauncher
from opened_pages import dataset, image_page, open_page, said, sound  # noqa: F401  fixtures
from test_model_step import KEY, start

from models.errors import InputError
from runs import arguments, paths
from runs.cluster import jobs, nodes, programs
from runs.cluster.nodes import Node, Share
from runs.store import queue, records, turns
from runs.worker import agent, job_watch, launchers

NODES = [{"state": "ALIVE", "resources_total": {"CPU": 4.0, "GPU": 2.0, "memory": 1e9}},
         {"state": "ALIVE", "resources_total": {"CPU": 16.0, "GPU": 2.0}},
         {"state": "ALIVE", "resources_total": {"memory": 1e9}},
         {"state": "DEAD", "resources_total": {"CPU": 8.0}}]  # fmt: skip


class Head(BaseHTTPRequestHandler):
    """Answers as the dashboard of Ray does, and keeps what it was asked."""

    def do_GET(self):
        self.told(None)

    def do_POST(self):
        self.told(json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "null"))

    def told(self, given):
        self.server.asked.append((self.command, self.path, self.headers.get("Authorization"), given))
        unknown = (404, "Job does not exist")
        of_a_job = self.path.startswith("/api/jobs/casebook") and self.path.count("/") == 3
        told = of_a_job and next(self.server.states, None)
        status, answer = (200, told) if told else self.server.answers.get(self.path, unknown)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        """Nothing."""


@pytest.fixture
def head(monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Head)
    server.asked, server.answers, server.states = [], {}, iter(())  # the latter: what a job of Casebook's tells
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv(jobs.ADDRESS, f"http://127.0.0.1:{server.server_port}/")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


ALL_NODES, ONE = ((200, {"data": {"result": {"result": some}}}) for some in (NODES, NODES[:1]))
ASKED = "/api/v0/nodes?limit=10000"


@pytest.fixture
def quick(head, monkeypatch, home):
    """A cluster of one host that takes jobs, and is asked about them without a pause."""
    home.mkdir()
    monkeypatch.setattr(job_watch, "EVERY", 0.01)
    head.answers = {ASKED: ONE, "/api/jobs/": (200, {})}
    return head


def submitted(head):
    return [given for way, path, _token, given in head.asked if (way, path) == ("POST", "/api/jobs/")]


def queued(launcher=None, name="one", **values):
    return records.create_run("local", "fine_tune", "image_recognition", name, launcher=launcher, **values)


@pytest.mark.slow
def test_what_a_run_needs_is_loaded_before_it_starts_never_collected_again_and_without_ray():
    """Nor do the app and its agent need Ray. A fork server says nothing of what it could not load."""
    program = (
        "import gc, sys\nsys.modules['ray'] = None\nimport runs.worker.preload, cases\n"
        "print(gc.get_freeze_count() > 0, {f'cases.{name}.trainer' for name in cases.NAMES} <= set(sys.modules))\n"
        "import app, runs.agent, runs.api.routes, runs.fine_tune, pages.frame\n"
        "from runs.worker import launchers, on_ray\nprint(sorted(launchers.LAUNCHERS))"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    lines = ran.stdout.splitlines()
    assert (lines[:1], lines[-1:]) == (["True True"], ["['local', 'ray', 'torchrun']"]), ran.stderr


def test_each_process_gets_a_card_with_its_part_of_the_host_or_a_host_or_what_is_there(head):
    head.answers[ASKED] = ALL_NODES
    found = nodes.alive()
    assert found == [Node(4, 2), Node(16, 2), Node(0, 0)]
    assert (nodes.most(found), nodes.share(found, 3)) == (4, Share(2, 1))
    hosts = [Node(8, 0), Node(6, 0), Node(0, 0)]
    assert nodes.most(hosts) == 14
    assert [nodes.share(hosts, n).cpus for n in (1, 2, 3, 4, 14)] == [6, 6, 4, 3, 1]


def test_a_token_opens_the_cluster_and_no_password_stands_in_the_address_that_people_see(head, monkeypatch):
    monkeypatch.setenv(jobs.TOKEN, "opens")
    assert jobs.find("one").status == "LOST"
    assert head.asked == [("GET", "/api/jobs/one", "Bearer opens", None)]
    monkeypatch.setenv(jobs.ADDRESS, jobs.address().replace("http://", "http://somebody:secret@"))
    assert jobs.dashboard("one") == f"http://127.0.0.1:{head.server_port}/#/jobs/one"


def test_a_cluster_that_is_away_and_one_that_refuses_are_told_apart(head, monkeypatch):
    head.answers = {"/api/jobs/": (401, "Unauthorized"), "/api/jobs/one": (500, "later")}
    with pytest.raises(InputError) as refused:
        jobs.submit("one", jobs.Wanted("true", {}))
    assert str(refused.value).startswith('The Ray cluster refused the run (401 "Unauthorized").')
    with pytest.raises(jobs.NoAnswer):
        jobs.find("one")
    for address in ("http://127.0.0.1:9", "head:8265", "nothing"):
        monkeypatch.setenv(jobs.ADDRESS, address)
        with pytest.raises(jobs.NoAnswer):
            jobs.find("one")
        assert nodes.seen() is None


def test_secrets_are_left_to_the_hosts_of_the_cluster(head, monkeypatch, home):
    home.mkdir()
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    told = programs.environment(2)
    assert told["CASEBOOK_HOME"] == str(home) and told["HF_HUB_OFFLINE"] == "1" and told["OMP_NUM_THREADS"] == "2"
    assert "HF_TOKEN" not in told and "DATABASE_URL" not in told


def statuses(*names):
    return iter([{"status": name} for name in names])


def test_a_run_is_submitted_once_however_often_it_is_followed(quick):
    run = queue.claim_here(queued("ray"))
    quick.states = statuses("RUNNING", "SUCCEEDED")
    assert job_watch.follow(run).status == "SUCCEEDED"
    [asked] = submitted(quick)
    assert asked["submission_id"] == job_watch.job_of(run.id) and asked["entrypoint_num_gpus"] == 1
    assert f"-m runs.worker.on_ray {run.id} --processes 1 --cpus 2 --gpus 1" in asked["entrypoint"]
    quick.asked.clear()
    quick.states = statuses("RUNNING", "RUNNING", "FAILED")  # it is at work still when the next one comes to follow it
    assert job_watch.follow(queue.claim_here(run.id)).status == "FAILED"
    assert not submitted(quick)


def test_the_job_of_a_run_that_was_stopped_and_resumed_is_ended_before_the_next_one_begins(quick):
    run = queue.claim_here(queued("ray"))
    (paths.run(run.id) / job_watch.FILE).write_text("casebook-before")
    quick.states = statuses("RUNNING", "RUNNING", "STOPPED", "RUNNING", "SUCCEEDED")
    quick.answers["/api/jobs/casebook-before/stop"] = (200, {})
    assert job_watch.follow(run).status == "SUCCEEDED"
    [asked] = submitted(quick)
    assert asked["submission_id"] == job_watch.job_of(run.id) != "casebook-before"
    assert "/api/jobs/casebook-before/stop" in [path for _way, path, *_ in quick.asked]


def test_a_job_that_the_agent_of_another_home_submitted_is_followed_and_none_beside_it(quick, monkeypatch, home):
    monkeypatch.setenv("CASEBOOK_STORE", f"file://{home}")
    run = queue.claim_here(queue.claim_here(queued("ray")).id)  # once more, since the host that followed it is gone
    jobs_there = [{"submission_id": f"casebook-{run.id}-{name}", "start_time": n} for n, name in enumerate("ba")]
    quick.answers["/api/jobs/"] = (200, [{"submission_id": None}, {"submission_id": "another"}, *jobs_there])
    quick.states = statuses("RUNNING", "SUCCEEDED")
    assert job_watch.follow(run) == jobs.Job(f"casebook-{run.id}-a", "SUCCEEDED")
    assert {way for way, *_ in quick.asked} == {"GET"}


def test_runs_of_the_cluster_and_of_this_host_wait_for_each_other_nowhere(home, monkeypatch):
    home.mkdir()
    mine, cluster = IdleLauncher(), IdleLauncher()
    monkeypatch.setitem(launchers.LAUNCHERS, "local", mine)
    monkeypatch.setitem(launchers.LAUNCHERS, "ray", cluster)
    first, there, second, also = queued(), queued("ray"), queued(), queued("ray", processes=2)
    one = agent.Agent()
    one.step()
    assert (mine.started, cluster.started) == ([(first, 0)], [])  # this host knows no cluster
    assert [run.id for run in turns.waiting()] == [second, there, also]
    monkeypatch.setenv(jobs.ADDRESS, "http://head:8265")
    one.step()
    assert (mine.started, cluster.started) == ([(first, 0)], [(there, 0), (also, 0)])
    queue.end(first, "done")
    one.step()
    assert mine.started == [(first, 0), (second, 0)]


def selectboxes(app):
    return {field.label: field for field in app.selectbox}


def test_the_page_offers_the_cluster_where_there_is_one_and_its_run_leads_to_the_dashboard(
    open_page, dataset, head, monkeypatch  # noqa: F811
):  # fmt: skip
    head.answers[ASKED] = ALL_NODES
    address = jobs.address()
    monkeypatch.delenv(jobs.ADDRESS)
    assert "Launcher" not in selectboxes(image_page(open_page, data="d1"))
    monkeypatch.setenv(jobs.ADDRESS, address)
    app = image_page(open_page, data="d1")
    assert selectboxes(app)["Launcher"].value == "local"
    sound(app.selectbox(key=KEY.format("mode")).select("full").run())
    sound(app.selectbox(key=KEY.format("launcher")).select("ray").run())
    [field] = [one for one in app.number_input if one.label == "Processes"]
    assert field.max == 4
    sound(field.set_value(3).run())
    sound(start(app).click().run())
    [run] = records.run_list("local")
    assert (run.launcher, run.processes) == ("ray", 3)
    assert "Submitted to the Ray cluster; it begins when a place is free there." in said(app)
    (paths.run(run.id) / job_watch.FILE).write_text("casebook-job")
    sound(app.run())
    assert f"{address}/#/jobs/casebook-job" in [link.proto.page for link in app.get("page_link")]


def test_the_command_line_says_that_there_is_no_cluster_or_that_it_is_away(home, tmp_path, monkeypatch, capsys):
    given = ["speech", "--data", str(tmp_path), "--launcher", "ray", "--out", str(tmp_path / "out")]
    away = "http://127.0.0.1:9"
    for address, told in (("", "There is no Ray cluster to submit runs to."),
                          (away, f"The Ray cluster does not answer at {away}.")):  # fmt: skip
        monkeypatch.setenv(jobs.ADDRESS, address)
        monkeypatch.setattr(sys, "argv", ["fine_tune", *given])
        with pytest.raises(InputError) as refused:
            arguments.processes(arguments.read(""))
        assert str(refused.value).startswith(told)
