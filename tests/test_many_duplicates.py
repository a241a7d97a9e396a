"""Near-duplicates among very many things: found by an index, and said to be so."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cases import near_duplicates
from models.progress import QUIET

pytest.importorskip("faiss", reason="faiss-cpu finds near-duplicates among very many things; it is not installed")


def scattered(count, copies, width=48):
    """Prints of which the last are the first again with a little noise; no two others are alike."""
    random = np.random.default_rng(0)
    prints = random.normal(size=(count, width))
    prints[-copies:] = prints[:copies] + random.normal(scale=0.02, size=(copies, width))
    return (prints / np.linalg.norm(prints, axis=1, keepdims=True)).astype(np.float32)


def groups(prints):
    return near_duplicates.copies([number.to_bytes(4) for number in range(len(prints))], prints, QUIET)["alike"]


def test_an_index_finds_the_copies_that_comparing_all_finds_and_it_is_said(monkeypatch, tmp_path):
    prints = near_duplicates.kept_aside([scattered(3000, 60)], 48, tmp_path)
    exact = groups(prints)
    monkeypatch.setattr(near_duplicates, "EXACT", 1000)
    found = groups(prints)
    assert (exact >= 0).sum() == 120 and (found >= 0).sum() >= 114
    assert not set(np.flatnonzero(found >= 0)) - set(np.flatnonzero(exact >= 0))
    assert near_duplicates.notes(near_duplicates.EXACT) == []
    (note,) = near_duplicates.notes(30_000)
    assert note["message"].format(**note["args"]) == (
        "Near-duplicates among 30,000 examples were searched approximately, by an index. A few may be missing."
    )


def test_what_shows_nothing_is_like_nothing_for_an_index_too_and_torch_keeps_its_threads(monkeypatch):
    prints = scattered(500, 20)
    prints[100:150] = 0
    monkeypatch.setattr(near_duplicates, "EXACT", 100)
    assert (groups(prints)[100:150] == -1).all()
    # Else the next process forked from here waits for ever for threads that it does not have.
    monkeypatch.setattr(near_duplicates, "EXACT", 100)
    torch.set_num_threads(1)
    assert torch.get_num_threads() == 1  # who asks first sets it, too
    groups(scattered(500, 20))
    assert torch.get_num_threads() == 1
