"""Whether the training was worth it: the model beside every baseline that is better, or beside the strongest.

The part is named, for which weights were kept stands beside it and was decided on the validation part."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from models.evaluation.baseline_comparison import ABOVE, BELOW, Verdict, beside
from pages.shared import vocabulary
from pages.shared.i18n import _, count, listed, together
from pages.shared.text import plain
from runs.store.records import Run


def of(run: Run) -> Verdict:
    metric = vocabulary.task_of(run).metric
    baselines = {name: figures[metric] for name, figures in run.result["references"].items() if metric in figures}
    return beside(metric, run.result["test"][metric], baselines)


def itself(run: Run) -> bool:
    """Whether the model is one of the baselines, which says nothing beside itself."""
    return run.result.get("kept") in run.result["references"]


def dropped_network(run: Run) -> bool:
    """Whether a network was trained and is no part of the model."""
    return bool((run.result or {}).get("tried")) and vocabulary.NETWORK not in vocabulary.kept(run)


def _itself_told(run: Run, named: str) -> str:
    """`named`: that the model is a baseline; then why, and which others are better on the test set."""
    metric, name, tried = vocabulary.task_of(run).metric, run.result["kept"], run.result.get("tried")
    others = listed(_named(run, metric, one) for one in of(run).better if one[0] != name)
    return together(
        named, _why_no_network(run, tried) if tried else "",
        _("Better on the test set: {baselines}.", baselines=others) if others else "",
    )  # fmt: skip


def _why_no_network(run: Run, tried: Mapping[str, float]) -> str:
    """What the network reached on the validation part, alone and with a baseline, and whether it learnt anything: one
    that starts from a baseline is never alone."""
    name, metric = run.result["kept"], vocabulary.task_of(run).metric
    told, alone = partial(vocabulary.figure, metric), tried.get(vocabulary.NETWORK)
    both = max(value for one, value in tried.items() if one not in (name, vocabulary.NETWORK))
    if alone is None:
        return _("No network was clearly better on validation ({network} against {list}).", network=told(both),
                 list=told(tried[name]))  # fmt: skip
    why = _("No network was clearly better on validation: {metric} {network} alone and {both} with {baseline}, against "
            "{list}.", metric=vocabulary.metric(metric), network=told(alone), both=told(both),
            baseline=plain(vocabulary.baseline(run, name)), list=told(tried[name]))  # fmt: skip
    failed = alone < min((run.facts or {}).get("live_references", {}).values(), default=alone)
    return together(why, _("Alone it is worse than every baseline.") if failed else "")


def kept_share(run: Run) -> float | None:
    """How far from its start the network is that was kept: 0 its start, 1 what the training ended with; None where the
    pretrained network was not trained."""
    return (run.result.get("trained") or {}).get("share")


def kept(run: Run, start: str, between: str, end: str) -> str:
    """Which weights were kept of a network that was trained, by one of these message ids, in the second of which
    {share} is how far from the start they are; "" where the head alone learnt, or an earlier version did not tell."""
    share, trained = kept_share(run), run.result.get("trained") or {}
    if share is None:
        return ""
    best, last = (trained.get(name) for name in ("best_epoch", "epochs"))
    told = _({0: start, 1: end}.get(share, between), share=share)
    if not (share and best and last and best < last):
        return told
    return together(told, _("The end: epoch {n:g} of {last:g}, whose validation loss was lowest.", n=best, last=last))


def unfinished(run: Run) -> str:
    """What to do about a run that was stopped before anything else is tried; "" where it went to its end."""
    if "stopped" not in run.result or of(run).standing == ABOVE:
        return ""
    return _("Training was stopped early. Resume the run before changing its settings.")


def briefly(run: Run) -> str:
    """One sentence right below the headline figure, which has the numbers."""
    if itself(run):
        return _itself_told(run, _("**This model is the baseline {baseline}, not a network.**",
                                   baseline=plain(vocabulary.baseline(run, run.result["kept"]))))  # fmt: skip
    found = of(run)
    if found.better:
        clearly, others = (listed(plain(vocabulary.baseline(run, name)) for name, _value in some)
                           for some in (found.better[: found.clearly], found.better[found.clearly :]))  # fmt: skip
        return together(
            _("**Worse than {baselines}** on the test set.", baselines=clearly) if clearly else "",
            _("**Below {baselines}, but not significantly**, on the test set.", baselines=others) if others else "",
        )
    if found.standing == ABOVE:
        return _("**Better than every baseline** on the test set.")
    name, _value = found.strongest
    return _("**Not significantly different from {baseline}**, the strongest baseline, on the test set.",
             baseline=plain(vocabulary.baseline(run, name)))  # fmt: skip


def simply(run: Run) -> str:
    """The same for who does not know the methods: whether a simple one would do as well."""
    metric, found = vocabulary.task_of(run).metric, of(run)
    if itself(run):
        return _(
            "This model is itself a simple method: {baseline}.",
            baseline=plain(vocabulary.baseline(run, run.result["kept"])),
        )
    named = listed(_named(run, metric, one) for one in found.better[: found.clearly or None])
    named = named or _named(run, metric, found.strongest)
    if not all(one.simple for one in vocabulary.task_of(run).baselines):
        return _beside(found, named)
    if found.standing == BELOW:
        return count("A simple method is better: {baselines}.", "Simple methods are better: {baselines}.",
                     found.clearly, baselines=named)  # fmt: skip
    if found.better:
        return _("A simple method is at least as good: {baselines}.", baselines=named)
    if found.standing == ABOVE:
        return _("It is better than every simple method tested; the best of them is {baseline}.", baseline=named)
    return _("A simple method is about as good: {baseline}.", baseline=named)


def _beside(found: Verdict, named: str) -> str:
    """The same where no simple method was tried; `named`: what was."""
    if found.standing == BELOW:
        return _("It is worse than {baselines}.", baselines=named)
    if found.better:
        return _("It is not better than {baselines}.", baselines=named)
    if found.standing == ABOVE:
        return _("It is better than {baselines}.", baselines=named)
    return _("It is about as good as {baselines}.", baselines=named)


def _named(run: Run, metric: str, baseline: tuple[str, float]) -> str:
    name, value = baseline
    return _("{name} ({value})", name=plain(vocabulary.baseline(run, name)), value=vocabulary.figure(metric, value))
