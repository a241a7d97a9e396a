"""A server on this machine that takes uploads as a model hub does, as far as the library asks it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import yaml

LARGE = (".onnx", ".safetensors", ".bin")  # what goes the way of large files
COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPO = r"/?(?P<kind>models|spaces)/(?P<repo>[^/]+/[^/]+)"


class UploadHub(BaseHTTPRequestHandler):
    """`server.people`: token → who it belongs to; `server.repos`: (kind, id) → what it holds; `server.refusals`: a
    part of a path → the status that is answered instead; `server.slow`: seconds between pieces of a large file.
    """

    protocol_version = "HTTP/1.1"

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def do_GET(self):
        self._route(b"")

    def do_POST(self):
        self._route(self.rfile.read(int(self.headers["Content-Length"] or 0)))

    def do_PUT(self):
        """A large file; it is sent without the token."""
        server, left, pieces = self.server, int(self.headers["Content-Length"]), []
        server.asked.append((self.command, self.path, self.headers.get("Authorization")))
        while left > 0:
            pieces.append(self.rfile.read(min(left, 65_536)))
            left -= len(pieces[-1])
            time.sleep(server.slow)
            if not pieces[-1]:
                return  # whoever sent it is gone
        content = b"".join(pieces)
        if self._refused():
            return
        assert hashlib.sha256(content).hexdigest() == self.path.rpartition("/")[2]
        server.large[self.path.rpartition("/")[2]] = content
        self._answer({})

    def _route(self, body):
        self.server.asked.append((self.command, self.path, self.headers.get("Authorization")))
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if self._refused():
            return
        if token not in self.server.people:
            self._answer({"error": "Invalid credentials in Authorization header"}, 401)
            return
        for pattern, answer in (
            ("/api/whoami-v2", lambda: {"type": "user", "name": self.server.people[token], "orgs": []}),
            ("/api/repos/create", lambda: self._create(json.loads(body), self.server.people[token])),
            ("/api/validate-yaml", lambda: {"errors": [], "warnings": []}),
            (f"/api{REPO}/preupload/main", lambda: _modes(json.loads(body))),
            (r"(/spaces)?/[^/]+/[^/]+\.git/info/lfs/objects/batch", lambda: self._places(json.loads(body))),
            ("/verify", lambda: {}),
            (f"/api{REPO}/commit/main", lambda: self._commit(body)),
        ):
            self.found = re.fullmatch(pattern, self.path)
            if self.found:
                told = answer()
                if told is not None:
                    self._answer(told)
                return
        self._answer({"error": "Not found"}, 404)

    def _refused(self):
        status = next((status for part, status in self.server.refusals.items() if part in self.path), None)
        if status:
            self._answer({"error": "refused"}, status)
        return status

    def _create(self, asked, person):
        owner = asked.get("organization") or person
        repo, kind = f"{owner}/{asked['name']}", asked.get("type") or "model"
        url = f"{self.server.url}/{'spaces/' if kind == 'space' else ''}{repo}"
        if owner not in (person, *self.server.organisations):
            return self._answer({"error": "You don't have the rights"}, 403)
        if (kind, repo) in self.server.repos:
            return self._answer({"error": "You already created this model repo", "url": url}, 409)
        self.server.repos[kind, repo] = {"asked": asked, "files": {}}
        return {"url": url, "name": repo}

    def _places(self, asked):
        actions = {"upload": lambda oid: {"href": f"{self.server.url}/large/{oid}"},
                   "verify": lambda oid: {"href": f"{self.server.url}/verify"}}  # fmt: skip
        told = [
            {**one, "actions": {name: make(one["oid"]) for name, make in actions.items()}} for one in asked["objects"]
        ]
        return {"transfer": "basic", "objects": told}

    def _commit(self, body):
        repo = self.server.repos[self.found["kind"][:-1], self.found["repo"]]
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                repo["files"][value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                repo["files"][value["path"]] = self.server.large[value["oid"]]
        repo["commits"] = repo.get("commits", 0) + 1
        return {"commitUrl": f"{self.server.url}/{self.found['repo']}/commit/{COMMIT}", "commitOid": COMMIT}

    def _answer(self, told, status=200):
        content = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def _modes(asked):
    return {"files": [
        {"path": one["path"], "uploadMode": "lfs" if one["path"].endswith(LARGE) else "regular", "shouldIgnore": False}
        for one in asked["files"]
    ]}  # fmt: skip


def front(content: bytes) -> dict:
    """The front matter of a README.md."""
    begin, front, _text = content.decode().split("---\n", 2)
    assert begin == ""
    return yaml.safe_load(front)


@contextmanager
def running() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), UploadHub) as server:
        server.daemon_threads = True
        server.people, server.organisations = {"hf_zibelineSecret0123456789": "ann"}, ["lab"]
        server.repos, server.large, server.asked, server.refusals, server.slow = {}, {}, [], {}, 0.0
        server.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()
