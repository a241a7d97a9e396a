"""A run as it happens: phases, progress, curves and machine load. The browser polls; the page is not rerun."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

import streamlit as st

from pages.components import word_diff
from pages.shared.assets import read, script

if TYPE_CHECKING:
    from streamlit.components.v2.bidi_component import ComponentResult

# The scripts are joined to one module: Streamlit takes a component's JavaScript as one text.
_SCRIPTS = (
    "numbers.js", "curves.js", "smoothing.js", "notify.js", "status.js", "../plot/plotly.js", "../plot/look.js",
    "chart.js", "charts.js", "tiles.js", "../audio_list/player.js", word_diff.SCRIPT, "probes.js", "polling.js",
    "live.js",
)  # fmt: skip


class Words(TypedDict):
    """Every text the view shows, translated. Places in braces are filled in the browser."""

    status_queued: str
    status_running: str
    status_done: str
    status_failed: str
    status_stopped: str
    phase_preparing: str
    phase_training: str
    phase_evaluating: str
    phase_exporting: str
    progress_pixels: str  # {n} of {total}, as in those below
    progress_features: str
    progress_views: str
    progress_transcripts: str
    progress_proof: str
    progress_labels: str
    progress_baselines: str
    progress_candidates: str
    progress_combinations: str
    progress_folds: str
    progress_training: str
    progress_test: str
    progress_export: str
    epoch: str  # {n} of {total}
    starting: str  # its process does not work yet
    attempt: str  # {n}, shown from the second attempt on
    queue: str  # {n} runs are before this one
    next: str  # no run is before this one
    begins: str  # {time}
    rate: str  # {n} examples a second
    pace: str  # the same of whatever a step counts
    left: str  # {time}
    ends: str  # {clock}: the time of day at which training ends
    left_of_this: str  # the same of a step that others follow
    durations: Mapping[str, str]  # as `durations.words` has them
    reconnecting: str
    loss: str  # the title of the chart, as is `metric`
    loss_alt: str  # what the chart shows, for a reader who does not see it, as is `metric_alt`
    metric: str
    metric_alt: str
    empty: str  # stands in the place of charts that have no points yet
    epochs: str  # the title of the horizontal axis
    best: str  # {n} is the epoch of the lowest validation loss, as in the next
    overfit: str  # instead, where it has risen since while the loss of training fell
    above: str  # stands behind `best` where the training loss lies above the validation loss
    train: str
    smoothed: str  # the curve of training once it is smoothed
    smoothing: str  # the name of the field that says how much
    validation: str
    validation_end: str  # of a run that has ended, whose last epoch need not be the one that was kept
    learning_rate: str
    speed: str
    cpu: str
    memory: str
    gpu: str
    gpu_memory: str
    mean: str  # {name} of one of these, over a run that has ended, as is the next
    peak: str
    probes: str  # the title over the watched items
    probes_hint: str
    probes_before: str  # which epoch they are shown at, as is the next
    probes_after: str  # {n}
    exchanged: str  # {said} and {heard} are words of texts, as in the two below
    missed: str
    invented: str
    nothing: str  # stands where a text has no word
    probes_had: str  # captions of a card: what somebody had, what came next, what the network recommends
    probes_next: str
    probes_recommended: str
    probes_train: str  # stands by an item that is trained on
    notify_on: str  # the button that asks for notifications of the browser, and that takes them back
    notify_off: str
    notify_kept: str  # beside it, while they are on
    notify_insecure: str  # why there can be none, as are the next two
    notify_missing: str
    notify_denied: str
    notify_name: str  # what the run is called in a notification
    notify_done: str  # {name}, {figure}
    notify_ended: str  # {name}, as in the five below: it is done and there is no figure
    notify_failed: str
    notify_stopped: str
    notify_diverged: str
    notify_overfit: str
    zoom: str  # buttons of a chart, as are the two below
    pan: str
    reset: str


class Line(TypedDict):
    """A baseline in the chart of the metric; its level comes with the answers, under its name."""

    name: str
    title: str
    dash: str


_component = st.components.v2.component(
    "casebook_live",
    html=read(__file__, "live.html"),
    css=read(__file__, "live.css", "../audio_list/player.css", word_diff.STYLE),
    js=script(__file__, *_SCRIPTS),
    isolate_styles=False,  # Plotly puts its own rules into the document's head
)


def view(
    *,
    url: str,
    run: str,
    item: str,
    metric: str,
    baselines: Sequence[Line],
    shares: bool,
    words: Words,
    language: str,
    plotly: str,
    key: str,
    on_stage: Callable[[], None],
    begun_already: bool = False,
    learnt_already: bool = False,
    finished_already: bool = False,
    nothing_learnt: bool = False,
    kept: bool = False,
    trained_already: bool = False,
    evaluated_already: bool = False,
    player: Mapping[str, str] | None = None,
) -> ComponentResult:
    """Draw run `run` from the answers of `url`, to which `&after=<cursor>` is added.

    `item` is the address that shows a sample, to which `&row=<row>` is added. `metric` is the value of the validation
    rows that the second chart shows, from 0 to 1, told in percent where it is one of `shares`; beside it the same of
    the training where the run tells it, and the levels of the `baselines` that are known.
    `on_stage` is called once when the run leaves the queue, when the training is over, when the run has its
    result, and when it ends or is discarded, under the reader's eyes; never where `begun_already`, `trained_already`,
    `evaluated_already` or `finished_already` says that this was so before; `result.stage` then holds `run`.
    `learnt_already`: the charts have their place at once, for points will come; else with the first of them.
    `nothing_learnt` leaves out the charts, for they would stay empty. `kept`: of a run that was stopped there is a
    result.
    `player` has the words of `recordings` where samples are to be heard.
    """
    data = {
        "url": url,
        "run": run,
        "item": item,
        "metric": metric,
        "baselines": baselines,
        "shares": shares,
        "words": words,
        "language": language,
        "plotly": plotly,
        "begun_already": begun_already,
        "learnt_already": learnt_already,
        "finished_already": finished_already,
        "nothing_learnt": nothing_learnt,
        "kept": kept,
        "trained_already": trained_already,
        "evaluated_already": evaluated_already,
        "player": player,
    }
    return _component(key=key, data=data, on_stage_change=on_stage)
