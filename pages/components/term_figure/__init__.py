"""The small figure of a term: computed when it is drawn, in the colours of the theme."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.components.term_figure import curves, own_run, schemes
from pages.components.term_figure.plane import Figure
from pages.shared.assets import read, script

FIGURES: Mapping[str, Callable[[], Figure]] = {
    "activation": curves.activation, "batch": curves.batch, "calibration": curves.calibration,
    "complexity": curves.complexity, "cosine": curves.cosine, "cross_entropy": curves.cross_entropy,
    "decay": curves.decay, "descent": curves.descent, "discount": curves.discount, "f1": curves.f1, "idf": curves.idf,
    "interval": curves.interval, "mel": curves.mel, "pairwise": curves.pairwise, "rates": curves.rates,
    "schedule": curves.schedule, "softmax": curves.softmax,
    "confusion": schemes.confusion, "convolution": schemes.convolution, "layers": schemes.layers,
    "input_layer": schemes.layer(0), "hidden_layer": schemes.layer(1), "output_layer": schemes.layer(2),
    "pooling": schemes.pooling, "spectrogram": schemes.spectrogram, "split": schemes.split, "vector": schemes.vector,
    "runs": own_run.loss,
}  # fmt: skip

_component = st.components.v2.component(
    "casebook_term_figure",
    html='<figure class="cb-term-figure"></figure>',
    css=read(__file__, "figure.css"),
    js=script(__file__, "figure.js"),
)


def show(name: str, *, key: str) -> None:
    """Draw one of `FIGURES`."""
    figure = FIGURES[name]()
    _component(key=key, data={"svg": figure.svg, "caption": figure.caption, "legend": list(figure.legend)})
