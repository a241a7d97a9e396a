"""A server that speaks S3 and keeps its objects as files of a folder: nanio, in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

KEY, SECRET, BUCKET = "casebook", "not-much-of-a-secret", "box"


class S3Server:
    """Can be killed and started again; its address stays, and so do its objects."""

    def __init__(self, folder):
        self.folder, self.process = folder, None
        (folder / BUCKET).mkdir(parents=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    @property
    def environment(self):
        return {
            "CASEBOOK_STORE": f"s3://{BUCKET}/casebook",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_MAX_ATTEMPTS": "1",  # a test asks again soon enough
        }

    def start(self):
        command = [sys.executable, "-m", "nanio", "serve", "--data-dir", str(self.folder), "--host", "127.0.0.1"]
        with (self.folder.parent / "s3.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--port", str(self.port), "--no-access-log"],
                env={**os.environ, "NANIO_ACCESS_KEY": KEY, "NANIO_SECRET_KEY": SECRET},
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + 120
        while not self.answers():
            assert self.process.poll() is None and time.monotonic() < end, (self.folder.parent / "s3.log").read_text()
            time.sleep(0.05)

    def answers(self):
        with socket.socket() as asking:
            return asking.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        self.process.kill()
        self.process.wait()

    def objects(self, key=""):
        """The files that it keeps below a key."""
        found = []
        for folder, _folders, names in os.walk(self.folder / BUCKET / "casebook" / key):  # some may vanish meanwhile
            found += [Path(folder) / name for name in names if not name.startswith(".")]
        return sorted(found)
