"""How the files that leave agree with the model that was evaluated, and which examples they answer otherwise."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from models.errors import N_
from models.evaluation.agreement import ENOUGH
from pages.shared.i18n import _, listed
from pages.shared.text import plain

TOLD = 10  # names
ONNX, SCRIPT = "onnx", "script"  # files, as a result names them


def tell(result: Mapping[str, Any], whole: str, part: str) -> None:
    """In one sentence how the files answered in a new process; and a warning where too many answers are others.

    Args:
        result: of a run, with what was found out about its files.
        whole: message id with items and most, where every file gave the model's answer to all of them.
        part: message id with same, items and most, else.
    """
    files = _files(result)
    if alone := [found for found in files.values() if "of" in found]:
        worst = min(alone, key=lambda found: found["same"] / found["items"])
        alike = worst["same"] == worst["items"]
        told = _(whole if alike else part, same=worst["same"], items=worst["items"], most=_most(worst))
        st.markdown(f":green[:material/check_circle:] {told}" if alike else told)
    if any(is_low(found) for found in files.values()):
        st.warning(_("Fewer than 99.9% of the answers are the same: the metrics above may not hold for these files."))


def is_low(found: Mapping[str, Any]) -> bool:
    """Whether a file gives too many other answers to be called the same model."""
    return found["same"] < ENOUGH * found["items"]


def show(result: Mapping[str, Any], sentences: Mapping[str, str], torn: str) -> None:
    """The figures, and which answers are others.

    Args:
        result: of a run, with what was found out about its files.
        sentences: file → what is said of it: a message id with same, items and most.
        torn: of examples with two answers that are almost equally probable: a message id with {names}; "" for none.
    """
    files = {name: found for name, found in _files(result).items() if name in sentences}
    for name, found in files.items():
        st.markdown(_(sentences[name], same=found["same"], items=found["items"], most=_most(found)))
    _how(files)
    said = {"close": torn, "wrong": N_("Other answers for: {names}.")}
    for key, sentence in said.items():
        if sentence and (names := list(dict.fromkeys(name for found in files.values() for name in found.get(key, ())))):
            st.caption(_(sentence, names=listed(map(plain, names[:TOLD]))))


def _most(found: Mapping[str, Any]) -> float:
    """The largest difference of a probability or score, rounded up."""
    return math.ceil(found.get("largest_difference", 0.0) * 1e6) / 1e6


def _files(result: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {name: result[name] for name in (ONNX, SCRIPT) if result.get(name)}


def _how(files: Mapping[str, Mapping[str, Any]]) -> None:
    """How they were asked; nothing of bundles that were made before that was done in a process of their own."""
    alone = [found for found in files.values() if "of" in found]
    if alone:
        st.caption(_("Checked in a new process that has only the files of the zip."))
    if any(found["items"] < found["of"] for found in alone):
        st.caption(_("{items:,} of {of:,} test examples were drawn for the check.",
                     items=alone[0]["items"], of=alone[0]["of"]))  # fmt: skip
