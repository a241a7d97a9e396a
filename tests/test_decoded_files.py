"""Files are decoded by all cores: in the order they came in, a bounded number at once, and until somebody stops it."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from cases.image_recognition.decoder import seen
from cases.ingest.decoded_files import decoded_files, on_cores
from models.progress import QUIET, NullReporter, Stopped


def placed(paths):
    return [{"name": path.name, "path": path, "label": "a"} for path in paths]


def test_what_many_cores_decode_is_what_one_decodes_in_the_same_order(pictures, tmp_path):
    paths = []
    for number, content in enumerate([*pictures(7).values(), b"no picture", b""]):
        paths.append(tmp_path / f"{number}.png")
        paths[-1].write_bytes(content)
    one, four = (list(decoded_files(placed(paths), seen, QUIET, batch=4, phase="pictures",
                             decoders=partial(on_cores, workers=workers)))
                 for workers in (1, 4))  # fmt: skip
    assert [facts for facts, _ in one] == [facts for facts, _ in four]
    assert [facts["name"] for facts, _ in four] == [path.name for path in paths]
    assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(one, four, strict=True))
    assert [type(outcome) for _, outcome in four[-2:]] == [str, str]


def test_no_more_than_a_batch_is_decoded_ahead():
    began = []

    def decode(path):
        began.append(path)
        return {}, np.zeros(1)

    for number, _ in enumerate(decoded_files(placed(map(Path, map(str, range(50)))), decode, QUIET, batch=8,
                                             phase="pictures", decoders=partial(on_cores, workers=4))):  # fmt: skip
        assert len(began) <= number + 1 + 8


def test_a_wish_to_stop_ends_what_waits():
    begun, lock = [0], threading.Lock()

    class Stopping(NullReporter):
        def check(self):
            if begun[0]:
                raise Stopped

    def decode(path):
        with lock:
            begun[0] += 1
        return {}, np.zeros(1)

    two = partial(on_cores, workers=2)
    with pytest.raises(Stopped):
        list(decoded_files(placed([Path("x")] * 1000), decode, Stopping(), batch=100, phase="pictures", decoders=two))
    assert begun[0] <= 200
