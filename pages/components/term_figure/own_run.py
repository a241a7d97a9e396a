"""The loss of the reader's own newest training; who has none sees a small experiment in its place, named so."""

from __future__ import annotations

import numpy as np

from pages.components.term_figure import curves
from pages.components.term_figure.plane import Axis, Figure, Line, plot
from pages.shared import owner
from pages.shared.i18n import _
from runs.results import metric_history
from runs.results.metric_history import Curve
from runs.store import records

LOOKED_AT = 10  # of the newest runs; those without two epochs have no curve to show
POINTS = 60


def loss() -> Figure:
    """Training and validation loss against epochs."""
    for run in records.run_list(owner.current(), most=LOOKED_AT):
        history = metric_history.history(run)
        validation = history.validation.get("loss")
        if validation is not None and len(validation.value) > 1 and len(history.train.value) > 1:
            return _drawn(run.name, history.train, validation)
    return curves.complexity()


def _drawn(name: str, train: Curve, validation: Curve) -> Figure:
    found = [train.thinned(POINTS), validation.thinned(POINTS)]
    values = np.concatenate([one.value for one in found])
    last, high = max(float(one.epoch.max()) for one in found), float(values[np.isfinite(values)].max()) * 1.15 or 1.0
    lines = [Line(one.epoch, one.value, tone) for tone, one in enumerate(found)]
    ticks = (0, float(f"{high / 2:.1g}"))
    return Figure(plot(lines, Axis(_("epoch"), 0, last, (0, last)), Axis(_("loss"), 0, high, ticks)),
                  _("Measured in your newest training, “{name}”.", name=name),
                  (_("training"), _("validation")))  # fmt: skip
