"""The page of the host with many people: how long it takes to draw them, and how many elements it has.

    python -m benchmarks.host_page --people 60

Each has runs whose folders hold files, as after a week of a course; what a person uses is counted on the disk.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

RUNS, FILES = 5, 40  # of each person, and in the folder of each run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"CASEBOOK_HOME": home, "CASEBOOK_LOGIN": "oidc"}
        _measure(asked.people)


def _measure(many: int) -> None:
    from streamlit.runtime import context
    from streamlit.testing.v1 import AppTest

    from runs import paths
    from runs.identity import login, people, sessions
    from runs.store import records

    for number in range(many):
        person = people.named_elsewhere("oidc", str(number), f"Person {number}", host=number == 0)
        for run in range(RUNS if number else 0):  # those of the host would be drawn on the way here
            folder = paths.run(records.create_run(person.id, "fine_tune", "image_recognition", f"{run}", status="done"))
            folder.mkdir(parents=True, exist_ok=True)
            for file in range(FILES):
                (folder / f"{file}.bin").write_bytes(b"x" * 1000)
    host = people.everyone()[0]
    browser = SimpleNamespace(
        headers=[(login.HEADER, sessions.digest(sessions.begin(host)))], cookies={}, remote_ip=None
    )
    context._get_client_context = lambda: browser  # type: ignore[assignment]
    app = AppTest.from_file(str(Path(__file__).parents[1] / "pages/frame.py"), default_timeout=600)
    app.run()
    for opened in ("first", "again"):
        before = time.perf_counter()
        app.switch_page("host.py").run()
        took, buttons = time.perf_counter() - before, len(app.button)
        print(f"{many} people, {opened}: {took:.2f} s, {buttons} buttons")


if __name__ == "__main__":
    main()
