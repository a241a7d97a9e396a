"""One fine-tuning by Casebook's engine in a home without anything kept; the counterpart of the stock sides."""

from __future__ import annotations

import json
import os
import sys
import time
from hashlib import sha256
from pathlib import Path

import cases
from cases.base import UploadedFile
from cases.settings import dividing
from cases.splits import split
from runs import fine_tune
from runs.jobs import data_import
from runs.store import records

CHOSEN = {"mode": "mode", "epochs": "epochs", "batch": "batch_size", "learning_rate": "learning_rate", "seed": "seed"}


def main(spec: dict) -> dict:
    """`spec`: case, data, test, seed, home; mode, bf16, epochs, batch and learning_rate, or the defaults."""
    os.environ["CASEBOOK_HOME"] = spec["home"]
    import runs.worker.preload  # noqa: F401  what the agent loads before a run starts, and the other side at its top

    data, test = Path(spec["data"]), Path(spec["test"])
    chosen = {name: spec[key] for key, name in CHOSEN.items() if key in spec}
    if "bf16" in spec:
        chosen["precision"] = "bf16" if spec["bf16"] else "fp32"
    settings = cases.get(spec["case"]).Settings(**chosen)
    parts, out = (
        [UploadedFile(data, data.name, "train"), UploadedFile(test, test.name, "test")],
        Path(spec["home"], "out"),
    )
    start = time.monotonic()
    result = fine_tune.fine_tune(spec["case"], parts, settings, out, edits={})
    total = time.monotonic() - start
    return {
        "seconds": {"read": total - sum(result["seconds"].values()), **result["seconds"]},
        "total": total,
        "accuracy": result["test"]["accuracy"]["value"],
        "memory_mb": result["peak_memory_mb"],
        "split": _split(),
    }


def _split() -> str:
    """Which items trained, as a digest of their names."""
    run = records.run_list(fine_tune.OWNER)[0]
    samples = data_import.dataset_of(run).samples
    chosen = dividing(cases.get(run.case).Settings, run.settings)
    names = samples["name"][split(samples, **chosen) == "train"]
    return sha256("\n".join(sorted(names)).encode()).hexdigest()


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
