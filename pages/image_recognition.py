"""Image recognition: teach a pretrained network your own kinds of pictures."""

from __future__ import annotations

import streamlit as st

import cases
from cases.image_recognition.file_types import IS_HEIC, PICTURES
from pages.components import run_list
from pages.shared.i18n import _
from pages.shared.upload_options import UploadOptions
from pages.steps import check, data, evaluate, export, model, predict, train

case = cases.get("image_recognition")

st.title(_("Image recognition"), anchor=False)
st.markdown(_("A network that has seen a million photographs learns to tell your own kinds of pictures apart."))

run = train.chosen(case)
dataset = data.choose(
    case,
    run,
    UploadOptions(
        items=",".join(sorted(PICTURES)),
        tables=".csv,.tsv,.txt",
        hint=_("A zip or tar with a folder of pictures for each class, at any depth, or the folders themselves. "
               "Folders named train, validation and test are kept as the split."),
        collect=_("Loose pictures, the camera, a table of classes, or a test file of your own"),
        begin=_("Type a class, then drop or choose its pictures. Do the same for the next class."),
        drop=_("Drop pictures, folders, an archive or a table here"),
        drop_hint=_("A folder's name becomes the class of the pictures in it, unless you type one."),
        example=_("for example: cat"),
        read=_("Read these pictures"),
        camera=True,
        advice={ending: _(IS_HEIC) for ending in (".heic", ".heif", ".hif")},
    ),
)  # fmt: skip
if not dataset and not run:
    run_list.earlier(case)
if dataset:
    dataset, split = check.show(case, dataset, run)
    model.choose(case, dataset, run, split)
if run:
    train.show(case, run)
    evaluate.show(run)
    predict.show(run)
    export.show(run)
