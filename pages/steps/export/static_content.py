"""All that a demo without a server says of a run, in every language that the page can be read in."""

from __future__ import annotations

from typing import Any

from pages import task_types
from pages.components import relabeled_note, repeated_note
from pages.shared import sample_origin, vocabulary
from pages.shared.i18n import _, listed, speaking
from pages.shared.text import plain, spans
from pages.task_types import leak_note, result_figure, verdict
from runs.language import LANGUAGES
from runs.store import shares
from runs.store.records import Run

MOST_CLASSES, LONGEST = 30, 60  # named in the first sentence, and characters of one


def of(run: Run, *, title: str, description: str, examples: bool, author: str = "") -> dict[str, Any]:
    """What `runs.exports.static_demo.folder.write` is told, fit for JSON."""
    view = task_types.of_run(run).standalone
    languages, given = {}, " ".join(title.split())
    usual = titles(run)
    own = "" if given in usual.values() else given  # a title that nobody wrote is in the language that is read
    for language in LANGUAGES:
        with speaking(language):
            languages[language] = {"title": own or usual[language], **_told(run, examples)}
    figure = languages["en"]["figure"]
    places = {side: figure[side] for side in ("at", "low", "high")}
    if "baseline" in figure:
        places["baseline"] = figure["baseline"]["at"]
    return {
        "title": own or usual["en"], "description": description.strip(), "author": " ".join(author.split()),
        "examples": examples,
        "languages": languages, "figure": places,
        "parts": view.parts(run), "threshold": view.least_confidence(run),
    }  # fmt: skip


def titles(run: Run) -> dict[str, str]:
    """Language → the title of a run until its owner writes another; of a report, too."""
    found = {}
    for language in LANGUAGES:
        with speaking(language):
            found[language] = task_types.of_run(run).standalone.title(run)[: shares.LONGEST["title"]]
    return found


def _told(run: Run, examples: bool) -> dict[str, Any]:
    """In the language that is spoken."""
    screens, classes = task_types.of_run(run), task_types.of_run(run).standalone.classes(run)
    named = listed(plain(_cut(name)) for name in classes[:MOST_CLASSES]) + (" …" if len(classes) > MOST_CLASSES else "")
    promise = _(vocabulary.task_of(run).promise, n=len(classes), classes=named)
    return {
        "words": {**_page(), **screens.standalone.words(run)},
        "promise": spans(promise),
        "sentences": [spans(one) for one in (*screens.standalone.told(run), *given_away(run), *_origin(run))],
        "figure": result_figure.told(run, screens.evaluation.tested(run)),
        "explained": _explained(run),
        "lent": _("The owner added examples from the test set.") if examples else "",
    }


def _explained(run: Run) -> list[str]:
    """The metric, and the baselines that are named, for who does not know the methods."""
    found = verdict.of(run)
    worse = verdict.before(run)
    named = dict.fromkeys([found.strongest[0], *(name for name, _value in found.better),
                           *(name for name, _value in (worse.better if worse else ()))])  # fmt: skip
    lay = {one.name: one.lay for one in vocabulary.task_of(run).baselines}
    return [*filter(None, [vocabulary.metric_explained(vocabulary.task_of(run).metric),
                           *(_(lay[name]) for name in named if lay.get(name))])]  # fmt: skip


def given_away(run: Run) -> list[str]:
    """What the test holds of the training data, and what of it was changed by hand."""
    repeated = repeated_note.told(run, task_types.of_run(run).repeated)
    noted = (repeated, relabeled_note.told(run), relabeled_note.since(run))
    return [*filter(None, noted), *leak_note.told(run)]


def _origin(run: Run) -> list[str]:
    """What the licence of sample data asks for."""
    origin = sample_origin.of(run)
    return [_("Data: {origin}", origin=plain(origin))] if origin else []


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}…"


def _page() -> dict[str, str]:
    """The sentences of the page itself."""
    return {
        "try": _("Try it"), "result": _("Test results"), "about": _("About this model"),
        "private": _("The model runs in your browser. Your input does not leave this device."),
        "made": _("Made with Casebook."),
        "by": _("By {name}"),
        "loads": _("This page loads {size} once: the model, and the program that runs it here."),
        "load": _("Load the model"), "loading": _("Loading the model …"),
        "loading_share": _("Loading the model: {share}"),
        "waiting": _("The model has {size}. It is loaded once and stays in this browser."),
        "failed": _("The model could not be loaded. Reload the page, or try a current browser."),
        "broken": _("The model could not make a prediction."), "empty": _("It holds no text."),
        "unreadable": _("This file cannot be read. Choose another one."),
        "more": _("… and {n} more"), "play": _("Recording"),
        "proven": _("In a new process this model gave the evaluated prediction for {same} of {items} test items."),
        "proven_far": _("The largest difference of a probability or score is {most}."),
        "proven_metric": _("{metric} on them: {value}; evaluated: {evaluated}."),
        **{metric: vocabulary.metric(metric) for metric in ("accuracy", "wer", "cer")},
        "proven_low": _("Fewer than 99.9% of its predictions are those of the evaluated model."),
        "unproven": _("This model was not compared with the evaluated one: the test data are gone."),
        "part_interval": _("95% interval"), "part_examples": _("Examples"),
    }  # fmt: skip
