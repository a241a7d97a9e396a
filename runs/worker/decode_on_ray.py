"""Files as the Ray cluster decodes them: `python -m runs.worker.decode_on_ray FOLDER`, the command of its job.

Each slice is a task, which Ray does once more elsewhere where its process or its host is lost. What fails all the same
is left to whoever submitted the job, and so is why.
"""

from __future__ import annotations

import argparse
import logging
from functools import lru_cache
from pathlib import Path

from cases.ingest.decoded_slices import Slices
from runs.limits import processes

AGAIN = 2  # times that a task is done once more
EVERY, AT_ONCE = 1.0, 100  # seconds between two looks whether it is wanted still; tasks of which a look tells

log = logging.getLogger(__name__)


def main() -> None:
    import ray
    from ray.exceptions import RayError

    parser = argparse.ArgumentParser(description="Decode files by tasks of the Ray cluster.")
    parser.add_argument("folder", type=Path, help="on a path that all hosts share")
    folder = parser.parse_args().folder
    numbers = Slices.open(folder).numbers
    ray.init()
    task = ray.remote(num_cpus=1, max_retries=AGAIN)(decode)
    waiting = [task.remote(folder, number) for number in numbers]
    while waiting and folder.exists():
        done, waiting = ray.wait(waiting, num_returns=min(AT_ONCE, len(waiting)), timeout=EVERY)
        for one in done:
            try:
                ray.get(one)
            except RayError as error:
                log.warning("A slice is left out: %s", error)


def decode(folder: Path, number: int) -> None:
    """What a task does, within the memory that a reading may take."""
    with processes.bounded():
        _opened(folder).work(number)


@lru_cache(maxsize=1)
def _opened(folder: Path) -> Slices:
    return Slices.open(folder)


if __name__ == "__main__":
    from runs.worker import decode_on_ray  # under this name the workers find `decode`, too

    decode_on_ray.main()
