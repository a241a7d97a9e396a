"""Keep: the model as files that load elsewhere."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from pages.parts import media, share, words
from pages.parts.charts import plain
from pages.parts.language import _, current, listed
from runs import files, tokens
from runs.store import Run


def show(run: Run) -> None:
    if not run.result:
        return
    st.header(_("7 · Keep & share"), anchor=False)
    st.markdown(
        _("One zip with the weights (safetensors), the whole as ONNX, the labels, the preprocessing, the settings, a "
          "model card and `predict.py`, which needs nothing of Casebook. It was loaded again and predicted before the "
          "run was called done.")
    )  # fmt: skip
    _agreement(run)
    token = tokens.sign("run", run=run.id, owner=run.owner)
    folder = files.run(run.id) / "bundle"
    inside = {path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    st.link_button(
        _("Download the model ({size})", size=words.size(sum(inside.values()))) if inside else _("Download the model"),
        f"/api/bundle?token={token}&lang={current()}",
        icon=":material/download:",
        type="primary",
    )
    if inside:
        _contents(run, inside)
    share.show(run)


def _agreement(run: Run) -> None:
    """How the portable file was checked; nothing for runs that were made before there was one."""
    onnx = run.result.get("onnx")
    if onnx is None:
        return
    if words.task_of(run).targets == "texts":
        _same_texts(onnx)
        return
    if words.task_of(run).targets == "items":
        st.markdown(_("The ONNX file was asked about {items:,} users of the test: it puts the same item first as the "
                      "model for **{same:,}** of them. Nothing about any user is in the zip.", **onnx))  # fmt: skip
        return
    st.markdown(
        _("The ONNX file was asked about every test item: it gives the same label as the model on **{same:,} of "
          "{items:,}**, and no probability differs by more than {most:.6f}.",
          same=onnx["same"], items=onnx["items"], most=math.ceil(onnx["largest_difference"] * 1e6) / 1e6)
    )  # fmt: skip
    if onnx["close"]:
        names = listed(map(plain, onnx["close"][:10]))
        st.caption(_("Torn between two classes, so that either may win: {names}.", names=names))


def _same_texts(onnx: dict[str, Any]) -> None:
    st.markdown(_("The ONNX files wrote down every test recording: the same text as the model on **{same:,} of "
                  "{items:,}**.", same=onnx["same"], items=onnx["items"]))  # fmt: skip
    if onnx["close"]:
        names = listed(map(plain, onnx["close"][:10]))
        st.caption(_("Another text, for two pieces were nearly as likely: {names}.", names=names))


def _contents(run: Run, inside: dict[str, int]) -> None:
    """`inside`: file → its bytes."""
    known, names = _known(run.case), sorted(inside)
    table = {
        "name": names,
        "about": [known.get(name, "") for name in names],
        "size": [words.size(inside[name]) for name in names],
    }
    with st.expander(_("What is inside ({n} files)", n=len(inside))):
        st.dataframe(
            table,
            hide_index=True,
            height="content",
            column_config={
                "name": _("File"),
                "about": st.column_config.TextColumn(_("What it is"), width="large"),
                "size": _("Size"),
            },
        )


def _known(case: str) -> dict[str, str]:
    return {
        "README.md": _("The model card: data, figures with their intervals, licence, limits, how to use it"),
        "README.zh-CN.md": _("The model card in Chinese"),
        "body/config.json": _("What the pretrained network is"),
        "body/model.safetensors": _("Its weights, as its own library loads them"),
        "body/tokenizer.json": _("How a text is cut into tokens"),
        "body/tokenizer_config.json": _("Settings of the tokenizer"),
        "body/special_tokens_map.json": _("The marks that the tokenizer adds"),
        "body/config_sentence_transformers.json": _("What stands before a text"),
        "body/sentence_bert_config.json": _("How many tokens are read"),
        "head.safetensors": _("The new head"),
        "labels.json": _("The classes, in the order of the answers"),
        "metrics.json": _("Figures of the test, reference lines, and the check of the ONNX file"),
        "model.onnx": _(media.of(case).portable),
        "predict.py": _("Predicts, without Casebook"),
        "preprocessing.json": _("How an item becomes numbers"),
        "body/generation_config.json": _("With which tokens a text begins and ends"),
        "body/preprocessor_config.json": _("How a sound becomes what the network hears"),
        "hearing.onnx": _("Hears a sound, for any language that runs ONNX; its weights lie in body/"),
        "writing.onnx": _("Writes the next piece of the text; its weights lie in body/"),
        "repeat.py": _("Trains this model again from the original data"),
        "items.json": _("The items: ids, titles, genres, and how many users have each"),
        "items.safetensors": _("A vector for each item"),
        "text.onnx": _("From a text to the embedding of a new item; its weights lie in body/"),
        "run.json": _("How the model came about: data, edits, settings, versions"),
        "settings.json": _("The settings of the training"),
    }
