"""A table takes three times its bytes at most, beyond what its reader takes idle."""

from __future__ import annotations

import json

import pytest

from hostile import forked
from hostile.measured import PROCESS, measure

LINES = 90_000  # 36 MB: only what is larger than 32 is given back at once by the C library
TEXTS = {"ascii": "good food and bad " * 22, "chinese": "这家店的菜很好吃。" * 15,
         "one emoji": "good food and bad " * 22 + "😀", "short": "ab,ab,ab,ab,ab,ab,ab,ab,ab,ab," * 13,
         "short emoji": "😀," * 78}  # fmt: skip


def lines(suffix, text):
    if suffix == ".csv":
        return "".join(f"{text}{number},{number % 2}\n" for number in range(LINES))
    if suffix == ".json":
        return json.dumps([{"text": f"{text}{number}"} for number in range(LINES)], ensure_ascii=False)
    objects = ({"text": f"{text}{number}", "label": str(number % 2)} for number in range(LINES))
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects)


@pytest.mark.skipif(not forked.FORKS or not PROCESS.exists(), reason="the peak of a process is told on Linux")
@pytest.mark.parametrize(
    ("text", "suffix"),
    [("ascii", ".csv"), ("chinese", ".csv"), ("one emoji", ".csv"), ("one emoji", ".jsonl"), ("one emoji", ".json"),
     ("short", ".csv"), ("short emoji", ".csv")],
)  # fmt: skip
def test_a_table_takes_three_times_its_bytes_at_most(tmp_path, text, suffix):
    path, small = tmp_path / f"t{suffix}", tmp_path / f"s{suffix}"
    content = lines(suffix, TEXTS[text])
    path.write_text(content, "utf-8")
    small.write_text(
        '[{"text": "a"}]' if suffix == ".json" else "".join(content.splitlines(keepends=True)[:9]), "utf-8"
    )
    taken = measure("table", path, small)
    assert not taken.refusal and taken.grown <= 3 * path.stat().st_size
