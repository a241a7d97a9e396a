"""What an upload of a gigabyte costs the server in memory, and that the server never loads torch.

    python -m benchmarks.upload_memory --out

The zip is made while it is sent. The server's resident memory is read before (after a page was drawn and a small file
uploaded), every 10 ms while it lasts, and five seconds after.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import psutil

from benchmarks import table
from benchmarks.app_process import App, running
from benchmarks.visitor import visit

BAR = 30.0  # MB above the start, five seconds after
MEMBER = bytes(range(256)) * 2**12  # 1 MB


class Pipe:
    """What `ZipFile` writes, to be taken away."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self.pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None: ...

    def take(self) -> Iterator[bytes]:
        pieces, self.pieces = self.pieces, []
        return iter(pieces)


def archive(members: int) -> Iterator[bytes]:
    """A zip of two class folders with `members` stored files of 1 MB, piece by piece; the same at every call."""
    pipe = Pipe()
    with ZipFile(pipe, "w") as made:
        for number in range(members):
            made.writestr(f"class {number % 2}/{number}.jpg", MEMBER)
            yield from pipe.take()
    yield from pipe.take()


class Watch:
    """The highest resident memory of a process while this lasts."""

    def __init__(self, process: psutil.Process) -> None:
        self.process, self.peak, self.over = process, 0.0, threading.Event()
        self.thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self.over.wait(0.01):
            self.peak = max(self.peak, resident(self.process))

    def __enter__(self) -> Watch:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()


def resident(process: psutil.Process) -> float:
    return process.memory_info().rss / 2**20


def send(app: App, members: int) -> float:
    """Seconds of an upload of that many megabytes."""
    size, start = sum(map(len, archive(members))), time.monotonic()
    app.upload(archive(members), "benchmark.zip", size)
    return time.monotonic() - start


def main() -> None:
    parser = table.options(__doc__, "upload_memory")
    parser.add_argument("--megabytes", type=int, default=1024)
    args = parser.parse_args()
    megabytes = 100 if args.quick else args.megabytes
    with running() as app:
        visit(app.port, "image_recognition")
        send(app, 1)
        time.sleep(3)
        before = resident(app.process)
        with Watch(app.process) as watch:
            seconds = send(app, megabytes)
        time.sleep(5)
        after = resident(app.process)
        torch = "libtorch" in Path(f"/proc/{app.process.pid}/maps").read_text()

    figures = {
        "sent, MB": megabytes,
        "seconds": seconds,
        "before, MB": before,
        "peak, MB": watch.peak,
        "five seconds after, MB": after,
        "torch in the server": str(torch).lower(),
    }
    table.show(["", "figure"], list(figures.items()))
    print(f"\nbar {BAR} MB above the start afterwards: {table.verdict(after - before, BAR, quick=args.quick)}")
    table.write(args.out, figures=figures, bar=BAR)
    if torch:
        raise SystemExit("The server process has loaded torch.")


if __name__ == "__main__":
    main()
