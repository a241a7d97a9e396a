"""Whatever the bytes, a reader reads them or refuses them with words for the person; in time, without a crash,
and for a table with three times its bytes of memory at most, beyond what the reader takes idle."""

from __future__ import annotations

import json
import os
import time

import pytest

from hostile import corpus, forked, structured
from hostile.measured import PROCESS, measure
from hostile.readers import READERS

BATCH = 150  # files that one process reads
INPUTS = corpus.inputs()
BATCHES = [(reader, start) for reader, given in INPUTS.items() for start in range(0, len(given), BATCH)]

pytestmark = pytest.mark.skipif(not forked.FORKS, reason="readers are forked")


def wrong(outcomes):
    return [f"{one.name} {one.file[1][:200]} {one.trace}" for one in outcomes if one.failed]


@pytest.mark.slow
@pytest.mark.parametrize(("reader", "start"), BATCHES)
def test_a_batch_is_read_or_refused(reader, start):
    assert wrong(forked.outcomes(reader, INPUTS[reader][start : start + BATCH], seconds=10)) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", structured.FILES)
def test_what_is_made_up_by_the_rules_of_its_kind_is_read_or_refused(kind):
    reader, files = structured.FILES[kind]
    assert wrong(forked.drawn(reader, files, seed=0, examples=10)) == []


@pytest.fixture
def bad_reader(monkeypatch):
    """A reader that does what a file says."""

    def follow(path):
        match path.read_text():
            case "spin":
                while True:
                    pass
            case "eat":
                return bool(bytearray(2**29))  # what the stacks of threads may take is allowed besides
            case "die":
                os._exit(7)
            case "sleep":
                time.sleep(1000)
        return path.read_text() == "good"

    monkeypatch.setitem(READERS, "bad", follow)


@pytest.mark.slow
def test_hangs_crashes_and_want_of_memory_are_told_of_the_file_and_the_others_are_read(bad_reader):
    told = ["good", "eat", "good", "die", "good", "", "spin", "good"]
    files = [(f"{number}.txt", content.encode()) for number, content in enumerate(told)]
    ends = [one.end for one in forked.outcomes("bad", files, seconds=1, memory=2**27)]
    assert ends == ["read", "MemoryError-elsewhere", "read", "ended-with-7", "read", "neither-read-nor-refused",
                    "hangs", "read"]  # fmt: skip


LINES = 90_000  # 36 MB: only what is larger than 32 is given back at once by the C library
TEXTS = {"one emoji": "good food and bad " * 22 + "😀", "short": "ab,ab,ab,ab,ab,ab,ab,ab,ab,ab," * 13,
         "short emoji": "😀," * 78}  # fmt: skip


def lines(suffix, text):
    if suffix == ".csv":
        return "".join(f"{text}{number},{number % 2}\n" for number in range(LINES))
    if suffix == ".json":
        return json.dumps([{"text": f"{text}{number}"} for number in range(LINES)], ensure_ascii=False)
    objects = ({"text": f"{text}{number}", "label": str(number % 2)} for number in range(LINES))
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects)


@pytest.mark.slow
@pytest.mark.skipif(not PROCESS.exists(), reason="the peak of a process is told on Linux")
@pytest.mark.parametrize(("text", "suffix"), [
    ("one emoji", ".csv"), ("one emoji", ".jsonl"), ("one emoji", ".json"), ("short", ".csv"), ("short emoji", ".csv"),
])  # fmt: skip
def test_a_table_takes_three_times_its_bytes_at_most(tmp_path, text, suffix):
    path, small = tmp_path / f"t{suffix}", tmp_path / f"s{suffix}"
    content = lines(suffix, TEXTS[text])
    path.write_text(content, "utf-8")
    small.write_text(
        '[{"text": "a"}]' if suffix == ".json" else "".join(content.splitlines(keepends=True)[:9]), "utf-8"
    )
    taken = measure("table", path, small)
    assert not taken.refusal and taken.grown <= 3 * path.stat().st_size
