"""A real nginx, made from the configuration that is delivered, on ports of this machine."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from conftest import ROOT

PROGRAM = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
STUDIO_NAME, DEMOS_NAME = "casebook.example", "demos.example"
MAIN = """{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/unused;
    uwsgi_temp_path {folder}/unused;
    scgi_temp_path {folder}/unused;
    include {folder}/casebook.conf;
}}
"""


def filled_in(text, values):
    """As envsubst does it, for names in capitals; nginx's own variables have none."""
    return re.sub(r"\$\{([A-Z0-9_]+)\}", lambda found: values[found[1]], text)


def with_oauth2(text):
    """nginx.conf with the block of nginx-oauth2.conf in its place."""
    block = (ROOT / "deploy/nginx-oauth2.conf").read_text("utf-8")
    studio = re.search(r"    location \$\{PREFIX\}/ \{.*?\n    \}\n", text, re.DOTALL)[0]
    return text.replace(studio, block[block.index("    location") :])


class Nginx:
    """In a folder of its own, with a certificate of its own for both names.

    Args:
        values: what stands for the names in capitals, besides that of the certificates.
    """

    def __init__(self, folder: Path, *, oauth2: bool = False, **values: str) -> None:
        if PROGRAM is None:
            give_up = pytest.fail if os.environ.get("CI") else pytest.skip
            give_up("nginx is not installed.")
        self.folder = folder
        folder.mkdir()
        self.plain_port, self.port = _free_port(), _free_port()
        self._make_certificate()
        text = (ROOT / "deploy/nginx.conf").read_text("utf-8")
        text = filled_in(with_oauth2(text) if oauth2 else text, {
            "STUDIO_NAME": STUDIO_NAME, "DEMOS_NAME": DEMOS_NAME, "CERTIFICATES": str(folder), **values,
        })  # fmt: skip
        text = re.sub(r"\n *listen \[::\].*", "", text)  # a sandbox may have no IPv6
        text = text.replace("listen 80;", f"listen 127.0.0.1:{self.plain_port};")
        text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;")
        (folder / "casebook.conf").write_text(text.replace("/var/log/nginx", str(folder)))
        user = "user root;" if os.geteuid() == 0 else ""  # only whoever runs the tests may enter their folders
        (folder / "main.conf").write_text(MAIN.format(user=user, folder=folder))

    @property
    def studio(self):
        return f"https://{STUDIO_NAME}:{self.port}"

    @property
    def demos(self):
        return f"https://{DEMOS_NAME}:{self.port}"

    def put_aside(self):
        """Bytes of requests that it holds back on the disk; their files have no name any more once they are open."""
        workers = psutil.Process(self.process.pid).children()
        held = 0
        for opened in (path for worker in workers for path in Path(f"/proc/{worker.pid}/fd").iterdir()):
            with suppress(OSError):  # it was closed meanwhile
                held += opened.stat().st_size if "/bodies/" in os.readlink(opened) else 0
        return held

    def logged(self):
        """All that it has written down."""
        return "".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    def complaints(self):
        """What it says of its configuration, empty where it accepts it."""
        told = subprocess.run(self._command("-t", "-q"), capture_output=True, text=True)
        return told.stderr if told.returncode or told.stderr else ""

    def __enter__(self):
        self.process = subprocess.Popen(self._command())
        end = time.monotonic() + 10
        while not _answers(self.port):
            assert self.process.poll() is None and time.monotonic() < end, (self.folder / "error.log").read_text()
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def _command(self, *more):
        return [PROGRAM, "-p", str(self.folder), "-c", str(self.folder / "main.conf"), *more]

    def _make_certificate(self):
        names = f"subjectAltName=DNS:{STUDIO_NAME},DNS:{DEMOS_NAME}"
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        subprocess.run(
            ["openssl", "req", "-x509", *curve, "-days", "2", "-subj", f"/CN={STUDIO_NAME}", "-addext", names,
             "-out", "fullchain.pem", "-keyout", "privkey.pem"],
            cwd=self.folder, check=True, capture_output=True,
        )  # fmt: skip


def _answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
