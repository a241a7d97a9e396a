"""Keep: the model as files that load elsewhere."""

from __future__ import annotations

import streamlit as st

from pages import modalities, task_types
from pages.shared import vocabulary
from pages.shared.i18n import _, current
from pages.steps.export import share
from pages.steps.section import KEEP, section
from runs import paths, tokens
from runs.store.records import Run


def show(run: Run) -> None:
    if run.packed:
        with section(KEEP):
            _keep(run)


def _keep(run: Run) -> None:
    st.markdown(
        _("One zip with the weights (safetensors), the whole as ONNX, the labels, the preprocessing, the settings, a "
          "model card and `predict.py`, which needs nothing of Casebook. Before the run "
          "finished it was loaded again and checked.")
    )  # fmt: skip
    if (onnx := run.result.get("onnx")) is not None:  # else the run was made before there was one
        task_types.of_run(run).model.agreement(onnx)
    token = tokens.sign("run", run=run.id, owner=run.owner)
    folder = paths.run(run.id) / "bundle"
    inside = {path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    st.link_button(
        _("Download the model ({size})", size=vocabulary.size(sum(inside.values())))
        if inside
        else _("Download the model"),
        f"/api/bundle?token={token}&lang={current()}",
        icon=":material/download:",
        type="primary",
    )
    if inside:
        _contents(run, inside)
    share.show(run)


def _contents(run: Run, inside: dict[str, int]) -> None:
    """`inside`: file → its bytes."""
    known, names = _known(run.case), sorted(inside)
    table = {
        "name": names,
        "about": [known.get(name, "") for name in names],
        "size": [vocabulary.size(inside[name]) for name in names],
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
        "encoder.py": _("The encoder of sounds, as predict.py loads it"),
        "features.py": _("How predict.py makes features of a sound"),
        "head.safetensors": _("The new head"),
        "labels.json": _("The classes, in the order of the answers"),
        "metrics.json": _("Figures of the test, reference lines, and the check of the ONNX file"),
        "model.onnx": _(modalities.of(case).portable),
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
