"""Answer items with a bundle in a process that knows nothing but the bundle; `cases.training.proof` starts it.

    python -I -B clean_process.py BUNDLE LOADER ITEMS.json ANSWERS

`LOADER` is the function of the bundle's predict.py that opens it. What `predict` returns is written as ANSWERS.npy
where it is an array, else as ANSWERS.json; how many items are answered is printed as it goes. Imports nothing of
Casebook.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

AT_ONCE = 128  # items between two reports
WORDS = ("out of memory", "DefaultCPUAllocator", "Failed to allocate memory", "bad allocation", "bad_alloc")
OURS = {"cases", "models", "pages", "runs"}


def end_with_parent() -> None:
    """Whoever asked is gone when the other end of stdin is."""
    while os.read(0, 1024):  # not sys.stdin, whose lock would be held when Python ends
        pass
    os._exit(1)


def ran_out(error: Exception) -> bool:
    """Whether `error` says that memory ran out; in short what `models.memory` knows."""
    return isinstance(error, MemoryError) or any(word in str(error) for word in WORDS)


def answered(script: Any, model: Any, items: list[Any]) -> Any:
    """What `predict` of the script says of all items: one array, or a list."""
    parts, done, at_once = [], 0, AT_ONCE
    while done < len(items):
        some = items[done : done + at_once]
        try:
            parts.append(script.predict(model, some))
        except Exception as error:  # libraries have no error of their own for it
            if len(some) == 1 or not ran_out(error):
                raise
            at_once = len(some) // 2
            continue
        done += len(some)
        print(done, flush=True)
    if isinstance(parts[0], list):
        return [answer for part in parts for answer in part]
    import numpy as np

    return np.concatenate(parts)


def main(bundle: str, loader: str, items: str, answers: str) -> None:
    sys.path.insert(0, bundle)
    import predict

    found = answered(predict, getattr(predict, loader)(bundle), json.loads(Path(items).read_text("utf-8")))
    if known := OURS & {name.partition(".")[0] for name in sys.modules}:
        sys.exit(f"The bundle imported {', '.join(sorted(known))} of Casebook.")
    if isinstance(found, list):
        Path(f"{answers}.json").write_text(json.dumps(found, ensure_ascii=False), "utf-8")
        return
    import numpy as np

    np.save(f"{answers}.npy", found)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    main(*sys.argv[1:])
