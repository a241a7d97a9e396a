"""A real server on this machine that speaks as much of the hub's protocol as a download needs."""

from __future__ import annotations

import hashlib
import json
from http.server import BaseHTTPRequestHandler

import pytest

from models.errors import InputError
from models.pretrained import catalog

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def announced(name, content):
    """What a file goes by: the SHA-256 of a large one, some other number of all others."""
    return (hashlib.sha256 if name.endswith(".safetensors") else hashlib.sha1)(content).hexdigest()


class Hub(BaseHTTPRequestHandler):
    """Serves `server.models`: id → folder, or the refusal it gives instead: (status, headers).

    `server.downloads` holds refusals of models whose files it names but does not give, `server.instead` what is sent in
    place of a file.
    """

    def do_GET(self):
        self.server.asked.append(self.path)
        path = self.path.partition("?")[0].strip("/").split("/")
        name, rest = ("/".join(path[2:4]), path[4:]) if path[0] == "api" else ("/".join(path[:2]), path[2:])
        folder = self.server.models.get(name, (401, {}))
        if isinstance(folder, tuple):
            self.answer(b'{"error": "refused"}', folder[0], **folder[1])
        elif rest[1] not in ("main", COMMIT):
            self.answer(b"{}", 404, **{"X-Error-Code": "RevisionNotFound"})
        elif rest[0] == "resolve" and name in self.server.downloads:
            status, headers = self.server.downloads[name]
            self.answer(b"", status, **headers)
        elif rest[0] == "resolve":
            content = (folder / rest[2]).read_bytes()
            self.answer(self.sent(rest[2], content), ETag=f'"{announced(rest[2], content)}"',
                        **{"X-Repo-Commit": COMMIT})  # fmt: skip
        else:
            self.answer(json.dumps(self.listing(name, folder)[rest[0]]).encode())

    do_HEAD = do_GET

    def sent(self, name, content):
        return self.server.instead.get(name, content)

    def listing(self, name, folder):
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        tree = [
            {"type": "file", "path": name, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}
            for name, content in files.items()
        ]
        siblings = [{"rfilename": name} for name in files]
        return {"revision": {"id": name, "sha": COMMIT, "siblings": siblings}, "tree": tree}

    def answer(self, content, status=200, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_):
        pass


def refusal(model, cache):
    with pytest.raises(InputError) as caught:
        catalog.folder(model, cache)
    return str(caught.value)
