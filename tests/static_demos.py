"""Demos without a server, written for runs of a few seconds; and a web host that serves them below a path."""

from __future__ import annotations

import threading
import zipfile
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import workshop

from pages.steps.export import static_content
from runs import paths
from runs.exports.static_demo import archive
from runs.store import records

PREFIX = "some/where"  # below which a host may serve it


def write(run, folder, *, title="", description="", author="", examples=True, choice="float32"):
    """Have the demo of a run written as its owner asks for it on the page; its folder, unpacked below `folder`."""
    told = static_content.of(run, title=title, description=description, author=author, examples=examples)
    settings = {**told, "choice": choice, "measured": {}}
    job = records.create_run(run.owner, "static_demo", run.case, told["title"], subject=run.id, settings=settings)
    done = workshop.done(job)
    assert done.status == "done", done.error
    place = folder / PREFIX
    with zipfile.ZipFile(paths.run(job) / archive.FILE) as packed:
        packed.extractall(place)
    return next(place.iterdir())


class Quiet(SimpleHTTPRequestHandler):
    """Python's own web server, as `python3 -m http.server` starts it, without its log."""

    def log_message(self, *told):
        """Nothing."""


@contextmanager
def served(folder):
    """The address of this folder on a web host."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
