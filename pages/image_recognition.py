"""Image recognition: teach a pretrained network your own kinds of pictures."""

from __future__ import annotations

import streamlit as st

import cases
from cases.image_recognition.sample import ORIGIN
from pages.parts import check, evaluation, keep, model, run_list, training, upload
from pages.parts.language import _

case = cases.get("image_recognition")

st.title(_("Image recognition"), anchor=False)
st.markdown(_("A network that has seen a million photographs learns to tell your own kinds of pictures apart."))

run = training.chosen(case)
dataset = upload.choose(
    case,
    run,
    accept=".zip",
    hint=_("A zip with a folder of pictures for each class, at any depth. Folders named train, validation and test are "
           "kept as the split."),
    sample=_("Try it with handwritten digits"),
    origin=_(ORIGIN),
)  # fmt: skip
if not dataset:
    run_list.earlier(case)
if dataset:
    check.show(dataset, items=_("pictures"), folded=run is not None)
    model.choose(case, dataset, run)
if run:
    training.show(case, run)
    evaluation.show(run)
    keep.show(run)
