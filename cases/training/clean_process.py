"""Answer items with a bundle in a process that knows nothing but the bundle; `cases.training.proof` starts it.

    python -I clean_process.py BUNDLE LOADER ITEMS.json ANSWERS

`LOADER` is the function of the bundle's predict.py that opens it. What `predict` returns is written as ANSWERS.npy where
it is an array, else as ANSWERS.json; how many items are answered is printed as it goes. Imports nothing of Casebook.
"""

import json
import os
import sys
import threading
from pathlib import Path

AT_ONCE = 128  # items between two reports
OURS = {"cases", "models", "pages", "runs"}


def end_with_parent():
    """Whoever asked is gone when the other end of stdin is."""
    sys.stdin.buffer.read()
    os._exit(1)


def answered(module, model, items):
    """What `predict` says of all items: one array, or a list."""
    parts = []
    for start in range(0, len(items), AT_ONCE):
        some = items[start : start + AT_ONCE]
        parts.append(module.predict(model, some))
        print(start + len(some), flush=True)
    if isinstance(parts[0], list):
        return [answer for part in parts for answer in part]
    import numpy as np

    return np.concatenate(parts)


def main(bundle, loader, items, answers):
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
