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
OURS = {"cases", "models", "pages", "runs"}


def end_with_parent() -> None:
    """Whoever asked is gone when the other end of stdin is."""
    while os.read(0, 1024):  # not sys.stdin, whose lock would be held when Python ends
        pass
    os._exit(1)


def answered(script: Any, model: Any, items: list[Any]) -> Any:
    """What `predict` of the script says of all items: one array, or a list."""
    parts = []
    for start in range(0, len(items), AT_ONCE):
        some = items[start : start + AT_ONCE]
        parts.append(script.predict(model, some))
        print(start + len(some), flush=True)
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
