"""What a rerun of a finished run's page takes while thirty sessions have it open, here and in another working tree.

    git worktree add ../before REVISION
    python -m benchmarks.reruns --before ../before --out

Each tree serves its own app, with a run of its own on the same pictures. The sessions speak Streamlit's protocol, stay
connected, and one after the other run their page again; the trees take turns.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

BAR = 1.2  # times the seconds of the other tree
ROUNDS = 5  # reruns of each session
PAGE = "image_recognition"


class Session:
    """A reader who stays: opens the page, and has it run again."""

    def __init__(self, port: int, query: str) -> None:
        from websockets.sync.client import connect

        address = f"127.0.0.1:{port}"
        self.query = query
        self.socket = connect(f"ws://{address}/_stcore/stream", origin=f"http://{address}", subprotocols=["streamlit"],
                              max_size=None)  # fmt: skip

    def run(self) -> tuple[float, int]:
        """Seconds until the script has finished, and bytes that came."""
        from streamlit.proto.BackMsg_pb2 import BackMsg
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        asked = BackMsg()
        asked.rerun_script.page_name, asked.rerun_script.query_string = PAGE, self.query
        asked.rerun_script.context_info.locale = "en"
        start, came = time.monotonic(), 0
        self.socket.send(asked.SerializeToString())
        while True:
            told = self.socket.recv(timeout=60)
            came += len(told)
            if ForwardMsg.FromString(told).WhichOneof("type") == "script_finished":
                return time.monotonic() - start, came


def measure(data: Path, sessions: int, rounds: int) -> dict[str, float]:
    """In the tree of the working directory."""
    from benchmarks.app_process import running, train, until_idle

    with running() as app:
        identity = train(app.bring(data))
        until_idle()
        there = [Session(app.port, f"run={identity}") for _ in range(sessions)]
        opened = [session.run() for session in there]
        before = app.process.cpu_times()
        told = [session.run() for _ in range(rounds) for session in there]
        after = app.process.cpu_times()
    spent = after.user + after.system - before.user - before.system
    return {
        "first_s": median(seconds for seconds, _ in opened),
        "rerun_s": median(seconds for seconds, _ in told),
        "cpu_s": spent / len(told),
        "rerun_kb": median(came for _, came in told) / 1000,
    }


def _in(tree: Path, *given: str) -> dict[str, float]:
    """`measure` by a process of that tree, of which only what both have is used."""
    code = f"import runpy; runpy.run_path({str(Path(__file__))!r}, run_name='side')"
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    told = subprocess.run([sys.executable, "-c", code, *given], cwd=tree, env=environment, check=True,
                          stdout=subprocess.PIPE, text=True).stdout  # fmt: skip
    return json.loads(told.splitlines()[-1])


def main() -> None:
    from benchmarks import table

    parser = table.options(__doc__, "reruns")
    parser.add_argument("--before", type=Path, required=True, metavar="TREE")
    parser.add_argument("--data", type=Path, default=table.FLOWERS / "train.zip")
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--repeats", type=int, default=2)
    args = parser.parse_args()
    given = (str(args.data.resolve()), str(args.sessions), str(1 if args.quick else ROUNDS))
    sides = {"before": args.before.resolve(), "here": table.ROOT}
    told: dict[str, list[dict[str, float]]] = {name: [] for name in sides}
    for _ in range(1 if args.quick else args.repeats):
        for name, tree in sides.items():
            told[name].append(_in(tree, *given))
    middle = {name: {key: median(one[key] for one in found) for key in found[0]} for name, found in told.items()}
    times = {key: middle["here"][key] / middle["before"][key] for key in middle["here"]}
    verdict = table.verdict(times["rerun_s"], BAR, quick=args.quick)
    table.show(["median", *middle, "times", f"bar {BAR}"],
               [[key, middle["before"][key], middle["here"][key], times[key], verdict if key == "rerun_s" else ""]
                for key in times])  # fmt: skip
    table.write(args.out, bar=BAR, sessions=args.sessions, medians=middle, times=times, verdict=verdict)


if __name__ == "side":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))
elif __name__ == "__main__":
    main()
