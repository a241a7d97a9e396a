"""Keep: the model as files that load elsewhere, a report of it, and repositories on a hub."""

from __future__ import annotations

import streamlit as st

from pages import modalities, task_types
from pages.components import term_line
from pages.shared import owner, vocabulary
from pages.shared.address import of_route
from pages.shared.i18n import _, current
from pages.shared.text import bold
from pages.steps import code
from pages.steps.export import hub, report, share, static_demo
from pages.steps.section import KEEP, section
from runs.exports.static_demo import model
from runs.store import folders
from runs.store.records import Run


def show(run: Run) -> None:
    if run.packed:
        with section(KEEP):
            _keep(run)
            code.of_run(KEEP, run)


def _keep(run: Run) -> None:
    term_line.show(KEEP, run.case, vocabulary.task_of(run).task_type.name)
    _download(run)
    st.markdown(bold(_("Other ways to pass the model on")))
    with st.container(key="ways_out", gap="xsmall"):
        if share.offered(run):
            share.show(run)
        report.show(run)
        if model.offered(run):
            static_demo.show(run)
        hub.show(run)


def _download(run: Run) -> None:
    token = owner.sign("run", run=run.id)
    folder = folders.run(run.id) / "bundle"
    inside = {path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    st.link_button(
        _("Download the model ({size})", size=vocabulary.size(sum(inside.values())))
        if inside
        else _("Download the model"),
        of_route(f"/api/bundle?token={token}&lang={current()}"),
        icon=":material/download:",
        type="primary",
    )
    screens = task_types.of_run(run)
    screens.model.tell_agreement(run.result)
    with st.expander(_("Contents and check ({n} files)", n=len(inside))):
        st.markdown(
            _("A zip with safetensors weights, ONNX model, settings, model card and a standalone `predict.py`. Weights "
              "are 32-bit numbers, of some networks in both formats: the zip can be larger than the packaged model.")
        )  # fmt: skip
        screens.model.show_agreement(run.result)
        if inside:
            _contents(run, inside)


def _contents(run: Run, inside: dict[str, int]) -> None:
    """`inside`: file → its bytes."""
    known, names = purposes(run.case), sorted(inside)
    table = {
        "name": names,
        "about": [known.get(name, "") for name in names],
        "size": [vocabulary.size(inside[name]) for name in names],
    }
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        column_config={
            "name": _("File"),
            "about": st.column_config.TextColumn(_("Purpose"), width="large"),
            "size": _("Size"),
        },
    )


def purposes(case: str) -> dict[str, str]:
    """File of a bundle → what it is for."""
    return {
        "README.md": _("Model card: data, metrics, licence, limitations, usage"),
        "README.zh-CN.md": _("Model card in Chinese"),
        "body/config.json": _("Architecture of the pretrained network"),
        "body/model.safetensors": _("Weights of the pretrained network"),
        "body/tokenizer.json": _("Tokenizer"),
        "body/tokenizer_config.json": _("Tokenizer settings"),
        "body/special_tokens_map.json": _("Special tokens"),
        "body/config_sentence_transformers.json": _("Prefix of each text"),
        "body/sentence_bert_config.json": _("Maximum sequence length"),
        "decision.json": _("Temperature and confidence threshold, where chosen"),
        "decision.py": _("Applies decision.json, where there is one; used by predict.py"),
        "encoder.py": _("Audio encoder, loaded by predict.py"),
        "features.py": _("Audio feature extraction, used by predict.py"),
        "greedy_decoder.py": _("Text decoding, used by predict.py --onnx"),
        "head.safetensors": _("Classification head"),
        "labels.json": _("Classes, in output order"),
        "metrics.json": _("Test metrics, baselines, checks of the files"),
        "model.onnx": _(modalities.of(case).portable),
        "predict.py": _("Standalone prediction script"),
        "preprocessing.json": _("Preprocessing of inputs"),
        "body/generation_config.json": _("Start and end tokens"),
        "body/preprocessor_config.json": _("Audio preprocessing"),
        "hearing.onnx": _("Audio encoder as ONNX; weights in body/"),
        "writing.onnx": _("Text decoder as ONNX; weights in body/"),
        "side_by_side.py": _("Several networks as one, loaded by predict.py"),
        "repeat.py": _("Script that retrains this model on the original data"),
        "ngrams.py": _("Counts words, loaded by predict.py"),
        "words.json": _("Vocabulary of the word counts"),
        "words.safetensors": _("Weights of the word counts"),
        "items.json": _("Items: IDs, titles, genres, popularity"),
        "items.safetensors": _("Item embeddings, item weights of a list, or both"),
        "list.onnx": _("Recommends by the item weights, as ONNX"),
        "user.safetensors": _("User network"),
        "text.onnx": _("Text encoder for new items (cold start); weights in body/"),
        "run.json": _("Provenance: data, corrections, settings, versions"),
        "settings.json": _("Training settings"),
    }
