"""all-MiniLM-L6-v2: a folder in the hub's layout already."""

from __future__ import annotations

import shutil
from pathlib import Path

BESIDE = ("config.json", "tokenizer.json", "tokenizer_config.json", "sentence_bert_config.json")


def convert(carrier: Path, folder: Path) -> None:
    """Copy the weights and what is needed beside them."""
    for name in (carrier.name, *BESIDE):
        shutil.copyfile(carrier.with_name(name), folder / name)
