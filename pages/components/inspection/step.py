"""One step of gradient descent on the drawn network: what comes out, what comes back, and the loss before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

import streamlit as st

from cases.training.layers import Layer
from pages.components import network_diagram, plot
from pages.components.inspection.panels import Drawing
from pages.components.network_diagram import Drawn
from pages.shared.i18n import _, labelled, together
from pages.shared.text import ACCENT, QUIET, bold, escaped, plain

WIDE = 20  # times as large a gradient as the smallest: beyond, bars from zero would hide the small ones


def show(drawing: Drawing, stages: Sequence[Mapping[str, Any]], step: Mapping[str, Any] | None) -> None:
    """Draw the network with the numbers of a step whose learning rate is chosen here."""
    if step is None:
        st.info(_("There is no network here that gradient descent could train."), icon=":material/info:")
        return
    rates = {rate: (loss, probability) for rate, loss, probability in step["rates"]}
    rate = st.select_slider(_("Learning rate of the step"), [*rates], step["own"], format_func="{:g}".format,
                            key=f"inside_rate_{drawing.name}")  # fmt: skip
    after, probability = rates[rate]
    st.markdown(_told(step, after, probability))
    drawn = [_stage(drawing, stage, step, rate) for stage in stages]
    network_diagram.show_step(drawn, _("Gradient: how the loss changes with the weights of a layer (L2 norm). "
                                       "A step moves them by learning rate × gradient."),
                              key=f"inside_net_{drawing.name}")  # fmt: skip
    _gradients(drawing, step)
    _losses(drawing, step, rate)
    st.caption(together(*(plain(drawing.tell(note)) for note in step["notes"])))


def _told(step: Mapping[str, Any], after: float, probability: float) -> str:
    label = plain(step["label"])
    of = _("Label: {label}.", label=bold(label)) if step["given"] else _(
        "The label is not known: the step takes the prediction {label} as label.", label=bold(label))  # fmt: skip
    loss = _("Loss of this example: **{before}** before the step, **{after}** after it.",
             before=_number(step["loss"]), after=_number(after))  # fmt: skip
    share = _("Probability of the label: {before} → {after}.", before=_share(step["probability"]),
              after=_share(probability))  # fmt: skip
    worse = _("This step is too large: the loss rises.") if after > step["loss"] else ""
    return together(of, loss, share, worse)


def _share(value: float) -> str:
    """In percent; of a small one, as one of a thousand items has, two digits that count."""
    return f"{value:.1%}" if value >= 0.01 or value == 0 else f"{100 * value:.2g}%"


def _number(value: float) -> str:
    return f"{value:.4g}" if value >= 1e-3 or value == 0 else f"{value:.1e}"


def _stage(drawing: Drawing, stage: Mapping[str, Any], step: Mapping[str, Any], rate: float) -> Drawn:
    groups = [step["groups"][place] for place in stage["groups"]]
    lines = [drawing.tell(line) for line in stage["lines"]]
    if groups:
        learning = [one for one in groups if one["learns"]]
        moved = _("moves by {n}", n=_number(rate * _norm(learning))) if learning else _("frozen: does not move")
        lines += [_gradient(_norm(groups)), moved]
    hints = [labelled(drawing.tell(one["name"]), _gradient(one["gradient"])) for one in groups]
    layers = [Layer(**one) for one in stage["layers"]]
    return Drawn(stage["kind"], drawing.tell(stage["title"]), layers, lines, hints, stage["names"])


def _gradient(norm: float) -> str:
    return _("gradient {n}", n=_number(norm))


def _norm(groups: Sequence[Mapping[str, Any]]) -> float:
    return sqrt(sum(one["gradient"] ** 2 for one in groups))


def _gradients(drawing: Drawing, step: Mapping[str, Any]) -> None:
    groups = step["groups"]
    st.markdown(bold(_("Gradient of each layer, from the input to the output")))
    trace = {
        "type": "bar", "x": [escaped(drawing.tell(one["name"])) for one in groups],
        "y": [one["gradient"] for one in groups],
        "marker": {"color": [ACCENT if one["learns"] else QUIET for one in groups]},
        "hovertemplate": "%{x}: %{y:.3g}<extra></extra>",
    }  # fmt: skip
    seen = [norm for norm in trace["y"] if norm > 0]
    if seen and max(seen) > WIDE * min(seen):
        scale = {"type": "log", "title": {"text": _("Logarithmic scale")}}
    else:
        scale = {"rangemode": "tozero"}
    layout = {"yaxis": {**scale, "fixedrange": True, "tickformat": "~g", "nticks": 6},
              "xaxis": {"fixedrange": True, "showgrid": False}}  # fmt: skip
    plot.show([trace], layout, key=f"inside_gradients_{drawing.name}", height=220,
              alt=_("Gradient of each layer, from the input to the output"))  # fmt: skip
    st.caption(_("Backpropagation computes the gradient of every layer; only the coloured ones learn in this run."))


def _losses(drawing: Drawing, step: Mapping[str, Any], rate: float) -> None:
    rates, losses = [one[0] for one in step["rates"]], [one[1] for one in step["rates"]]
    title = _("Loss after one step, by learning rate")
    st.markdown(bold(title))
    sizes = [12 if one == rate else 7 for one in rates]
    trace = {"type": "scatter", "mode": "lines+markers", "x": rates, "y": losses, "line": {"color": ACCENT},
             "marker": {"size": sizes, "color": ACCENT}, "name": _("after"),
             "hovertemplate": "%{x:g}: %{y:.4g}<extra></extra>"}  # fmt: skip
    before = {"type": "scatter", "mode": "lines", "x": [rates[0], rates[-1]], "y": [step["loss"]] * 2,
              "name": _("before"), "line": {"color": QUIET, "dash": "dot"}, "hoverinfo": "skip"}  # fmt: skip
    layout = {"xaxis": {"type": "log", "title": {"text": _("Learning rate")}, "fixedrange": True, "tickvals": rates,
                        "ticktext": [f"{one:g}" for one in rates]},
              "yaxis": {"title": {"text": _("Loss")}, "fixedrange": True, "rangemode": "tozero"},
              "legend": {"x": 0.02, "y": 0.04, "yanchor": "bottom"}}  # fmt: skip
    plot.show([before, trace], layout, key=f"inside_losses_{drawing.name}", height=240, alt=title)
