"""What is asked of a Ray cluster, and what happens where it is away; a real one is in `test_ray`."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import ROOT
from test_architecture import CODE, imported

from models.errors import InputError
from runs.cluster import jobs, nodes
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
        status, answer = self.server.answers.get(self.path, (404, "Job does not exist"))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_):
        """Nothing."""


@pytest.fixture
def head(monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Head)
    server.asked, server.answers = [], {}
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv(jobs.ADDRESS, f"http://127.0.0.1:{server.server_port}/")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def queued(launcher=None, name="one", **values):
    return records.create_run("local", "fine_tune", "image_recognition", name, launcher=launcher, **values)


def test_only_the_worker_on_the_cluster_imports_ray():
    knowing = [path for path in CODE if any(name.split(".")[0] == "ray" for name in imported(path))]
    assert knowing == [ROOT / "runs/worker/on_ray.py"]
    tree = ast.parse(knowing[0].read_text())
    assert "ray" not in {one.module.split(".")[0] for one in tree.body if isinstance(one, ast.ImportFrom)}


def test_the_app_and_its_agent_work_where_ray_cannot_be_imported():
    program = (
        "import sys, importlib\nsys.modules['ray'] = None\nimport app, runs.agent, runs.api.routes, runs.fine_tune\n"
        "import runs.worker.preload, pages.frame\n"
        "from runs.worker import launchers, on_ray\nprint(sorted(launchers.LAUNCHERS))"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines()[-1:] == ["['local', 'ray', 'torchrun']"], ran.stderr


def test_each_process_gets_a_card_with_its_part_of_the_host_or_a_host_or_what_is_there(head):
    head.answers["/api/v0/nodes?limit=10000"] = (200, {"data": {"result": {"result": NODES}}})
    found = nodes.alive()
    assert found == [Node(4, 2), Node(16, 2), Node(0, 0)]
    assert (nodes.most(found), nodes.share(found, 3)) == (4, Share(2, 1))
    hosts = [Node(8, 0), Node(6, 0), Node(0, 0)]
    assert nodes.most(hosts) == 14
    assert [nodes.share(hosts, n).cpus for n in (1, 2, 3, 4, 14)] == [6, 6, 4, 3, 1]


def test_a_token_opens_the_cluster_and_stands_in_no_address_that_people_see(head, monkeypatch):
    monkeypatch.setenv(jobs.TOKEN, "opens")
    monkeypatch.setenv(jobs.ADDRESS, jobs.address().replace("http://", "http://somebody:secret@"))
    assert jobs.find("one").status == "LOST"
    assert head.asked == [("GET", "/api/jobs/one", "Bearer opens", None)]
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
    told = job_watch.environment(Share(2, 0))
    assert told["CASEBOOK_HOME"] == str(home) and told["HF_HUB_OFFLINE"] == "1" and told["OMP_NUM_THREADS"] == "2"
    assert "HF_TOKEN" not in told and "DATABASE_URL" not in told


def test_a_run_is_submitted_once_however_often_it_is_followed(head, monkeypatch, home):
    home.mkdir()
    monkeypatch.setattr(job_watch, "EVERY", 0.01)
    head.answers["/api/v0/nodes?limit=10000"] = (200, {"data": {"result": {"result": NODES[:1]}}})
    run = queue.claim_here(queued("ray"))
    states = iter(["RUNNING", "SUCCEEDED"])

    class Growing(dict):
        def get(self, path, otherwise):
            job = job_watch.job_of(run.id)
            if path == "/api/jobs/":
                return 200, {}
            return (200, {"status": next(states)}) if job and path.endswith(job) else super().get(path, otherwise)

    head.answers = Growing(head.answers)
    assert job_watch.follow(run).status == "SUCCEEDED"
    [asked] = [given for way, path, _token, given in head.asked if (way, path) == ("POST", "/api/jobs/")]
    assert asked["submission_id"] == job_watch.job_of(run.id) and asked["entrypoint_num_gpus"] == 1
    assert f"-m runs.worker.on_ray {run.id} --processes 1 --cpus 2 --gpus 1" in asked["entrypoint"]
    head.asked.clear()
    states = iter(["RUNNING", "RUNNING", "FAILED"])  # it is at work still when the next one comes to follow it
    assert job_watch.follow(run).status == "FAILED"
    assert not [way for way, path, *_ in head.asked if (way, path) == ("POST", "/api/jobs/")]


def test_a_job_for_which_there_was_never_room_is_submitted_again(head, monkeypatch, home):
    home.mkdir()
    monkeypatch.setattr(job_watch, "EVERY", 0.01)
    head.answers["/api/v0/nodes?limit=10000"] = (200, {"data": {"result": {"result": NODES[:1]}}})
    run = queue.claim_here(queued("ray"))
    given_up = {"status": "FAILED", "error_type": "JOB_SUPERVISOR_ACTOR_START_TIMEOUT"}
    told = iter([{"status": "PENDING"}, given_up, {"status": "PENDING"}, {"status": "SUCCEEDED"}])

    class Growing(dict):
        def get(self, path, otherwise):
            if path == "/api/jobs/":
                return 200, {}
            return (200, next(told)) if path.startswith("/api/jobs/casebook") else super().get(path, otherwise)

    head.answers = Growing(head.answers)
    assert job_watch.follow(run).status == "SUCCEEDED"
    submitted = [given["submission_id"] for way, path, _token, given in head.asked if way == "POST"]
    assert len(set(submitted)) == 2


class Waiting:
    """A launcher whose processes do nothing."""

    def __init__(self):
        self.started = []

    def start(self, identity, slot):
        self.started.append((identity, slot))


def test_runs_of_the_cluster_and_of_this_host_wait_for_each_other_nowhere(home, monkeypatch):
    home.mkdir()
    mine, cluster = Waiting(), Waiting()
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


def test_how_many_the_cluster_is_given_at_once_is_bounded(home, monkeypatch):
    home.mkdir()
    cluster = Waiting()
    monkeypatch.setitem(launchers.LAUNCHERS, "ray", cluster)
    monkeypatch.setattr(agent, "AT_CLUSTER", 2)
    monkeypatch.setenv(jobs.ADDRESS, "http://head:8265")
    every = [queued("ray") for _ in range(3)]
    one = agent.Agent()
    one.step()
    one.step()
    assert [run for run, _slot in cluster.started] == every[:2]
    queue.end(every[0], "done")
    one.step()
    assert [run for run, _slot in cluster.started] == every


def test_a_run_like_another_goes_where_there_is_a_cluster(home, monkeypatch):
    home.mkdir()
    run = records.run(queued("ray"), "local")
    assert launchers.again(run) is None and launchers.offered() == ["local"]
    monkeypatch.setenv(jobs.ADDRESS, "http://head:8265")
    assert launchers.again(run) == "ray" and launchers.offered() == ["local", "ray"]
