"""One part of `benchmarks.on_gpu`, in a process of its own; or its end, in another, after that one was killed.

    python -m benchmarks.on_gpu_part pictures/full FOLDER --tiny

What it finds out is written to FOLDER/measured.json after every section, so that nothing is lost where the next one
hangs or ends the process. The last section trains until the middle of the second epoch and kills the process;
`--resume` goes on from what is left, and says in FOLDER/resumed.json whether the weights are those of the unbroken
training. Whatever takes time to import, or fails at it, is imported by a section.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.on_gpu_parts import PARTS
from benchmarks.on_gpu_told import MACHINE, MEASURED, RESUMED, Told

STOCK = 0.6  # of what is left once all is imported may be over when the stock example is ended
WARNING = 4.0  # seconds before its end that it says where it is


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", help=f"{MACHINE}, or one of {', '.join(part.name for part in PARTS)}")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("var/cache/models"), help="where weights may lie already")
    parser.add_argument(
        "--until", type=float, default=time.time() + 600, help="when it is ended, in seconds since 1970"
    )
    parser.add_argument("--tiny", action="store_true", help="the sizes that a machine without a card takes")
    parser.add_argument("--resume", action="store_true", help="go on with the training that was killed")
    asked = parser.parse_args()
    faulthandler.dump_traceback_later(max(0.1, asked.until - time.time() - WARNING), exit=False, file=sys.stderr)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch is imported
    told = Told(asked.folder / (RESUMED if asked.resume else MEASURED))
    told.section("imports", _imported)
    if "imports" in told.known["errors"]:
        return
    from benchmarks import on_gpu_sections

    if asked.part == MACHINE:
        on_gpu_sections.machine(told, tiny=asked.tiny)
    else:
        act = on_gpu_sections.resume if asked.resume else on_gpu_sections.measure
        act(told, asked, time.monotonic() + STOCK * (asked.until - time.time()))


def _imported() -> Mapping[str, Any]:
    import benchmarks.on_gpu_sections  # noqa: F401

    return {}


if __name__ == "__main__":
    main()
