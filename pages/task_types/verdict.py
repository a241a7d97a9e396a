"""Whether the training was worth it: the model beside every baseline that is better, or beside the strongest.

The part is named, for which weights were kept stands beside it and was decided on the validation part."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from models.errors import N_
from models.evaluation.baseline_comparison import ABOVE, BELOW, LEVEL, Verdict, beside
from pages.shared import vocabulary
from pages.shared.i18n import _, count, listed, together
from pages.shared.text import plain
from runs.store.records import Run


def of(run: Run) -> Verdict:
    """Beside the baselines that tell whether the model is worth it: not the one that it starts from, unless there is no
    other."""
    metric, same = vocabulary.task_of(run).metric, _same(run)
    baselines = {name: figures[metric] for name, figures in run.result["references"].items() if metric in figures}
    others = {name: figures for name, figures in baselines.items() if name != same}
    return beside(metric, run.result["test"][metric], others or baselines)


def before(run: Run) -> Verdict | None:
    """Beside the same features before the settings act, where the model is of that kind: there it can hardly differ."""
    metric, same, known = vocabulary.task_of(run).metric, _same(run), run.result["references"]
    if same not in known or len(known) < 2 or itself(run):
        return None
    return beside(metric, run.result["test"][metric], {same: known[same][metric]})


def standing(run: Run) -> str:
    """Where it stands beside all of them: worse than what it starts from is worse, whatever else it beats."""
    found = before(run)
    return BELOW if found and found.standing == BELOW else of(run).standing


def _same(run: Run) -> str:
    """The name of the baseline on the same features, see `cases.base.Task.same`; "" where there is none."""
    found = vocabulary.task_of(run).same(run.settings)
    return found.name if found else ""


def before_told(run: Run) -> str:
    """A line of its own about these features before the settings; "" where there is none."""
    found = before(run)
    if found is None:
        return ""
    told = {
        ABOVE: N_("The same features without your settings, {baseline}: **this model is better**."),
        LEVEL: N_("The same features without your settings, {baseline}: no significant difference."),
        BELOW: N_("The same features without your settings, {baseline}: **this model is worse**."),
    }
    return _(told[found.standing], baseline=_named(run, vocabulary.task_of(run).metric, found.strongest))


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


def side_by_side(run: Run, member: str, validated: Mapping[str, float]) -> str:
    """What the network, the baseline `member` that answers with it, and both come to, each alone.

    Args:
        validated: what each came to on the validation part, by its name, and both by the names of both; told of runs
            that are older than the figure of the network on the test part.
    """
    metric, test, references = vocabulary.task_of(run).metric, run.result["test"], run.result["references"]
    told, both = partial(vocabulary.figure, metric), f"{vocabulary.NETWORK}+{member}"
    named, alone = plain(vocabulary.baseline(run, member)), (run.result.get("alone") or {}).get(metric)
    if alone and member in references:
        return _("On the test set: network alone **{network}**, {baseline} alone **{list}**, both together **{both}**.",
                 network=told(alone["value"]), baseline=named, list=told(references[member][metric]["value"]),
                 both=told(test[metric]["value"]))  # fmt: skip
    if {vocabulary.NETWORK, member, both} <= set(validated):
        return _("On the validation set: network alone **{network}**, {baseline} alone **{list}**, both together "
                 "**{both}**.", network=told(validated[vocabulary.NETWORK]), baseline=named,
                 list=told(validated[member]), both=told(validated[both]))  # fmt: skip
    if member in references and alone is None and vocabulary.NETWORK not in validated:
        return _("On the test set: {baseline} alone **{list}**, with the network **{both}**.", baseline=named,
                 list=told(references[member][metric]["value"]), both=told(test[metric]["value"]))  # fmt: skip
    return ""


def kept_share(run: Run) -> float | None:
    """How far from its start the network is that was kept: 0 its start, 1 what the training ended with; None where the
    pretrained network was not trained."""
    return (run.result.get("trained") or {}).get("share")


def kept(run: Run, start: str, between: str, end: str) -> str:
    """Which weights were kept of a network that was trained, by one of these message ids, in the second of which
    {share} is how far from the start they are; of a head that learnt alone its epoch; "" where it is not known."""
    share, trained = kept_share(run), run.result.get("trained") or {}
    best, last = (trained.get(name) for name in ("best_epoch", "epochs"))
    earlier = best and last and best < last
    if share is None:
        kept_epoch = N_("Kept: epoch {n:g} of {last:g}, whose validation loss was lowest.")
        return _(kept_epoch, n=best, last=last) if earlier else ""
    told = _({0: start, 1: end}.get(share, between), share=share)
    if not (share and earlier):
        return told
    return together(told, _("The end: epoch {n:g} of {last:g}, whose validation loss was lowest.", n=best, last=last))


def unfinished(run: Run) -> str:
    """What to do about a run that was stopped before anything else is tried; "" where it went to its end."""
    if "stopped" not in run.result or standing(run) == ABOVE:
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
    name, _value = found.strongest
    if before(run) is not None:
        if found.standing == ABOVE:
            return _("**Better than every method without the network** on the test set.")
        return _("**Not significantly different from {baseline}**, the strongest method without the network, on the "
                 "test set.", baseline=plain(vocabulary.baseline(run, name)))  # fmt: skip
    if found.standing == ABOVE:
        return _("**Better than every baseline** on the test set.")
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
    worse = before(run)
    return together(
        _simply(run, metric, found),
        _("The same features without these settings do better: {baseline}.",
          baseline=_named(run, metric, worse.strongest)) if worse and worse.standing == BELOW else "",
    )  # fmt: skip


def _simply(run: Run, metric: str, found: Verdict) -> str:
    shown = found.better[: found.clearly or None] or (found.strongest,)
    named = listed(_named(run, metric, one) for one in shown)
    simple = {one.name for one in vocabulary.task_of(run).baselines if one.simple}
    if not {name for name, _value in shown} <= simple:
        return _beside(found, named, several=len(run.result["references"]) > 1)
    if found.standing == BELOW:
        return count("A simple method is better: {baselines}.", "Simple methods are better: {baselines}.",
                     found.clearly, baselines=named)  # fmt: skip
    if found.better:
        return _("A simple method is at least as good: {baselines}.", baselines=named)
    if found.standing == ABOVE and before(run) is not None:
        return _("It is better than every method tested that needs no neural network; the best of them is {baseline}.",
                 baseline=named)  # fmt: skip
    if found.standing == ABOVE:
        return _("It is better than every simple method tested; the best of them is {baseline}.", baseline=named)
    return _("A simple method is about as good: {baseline}.", baseline=named)


def _beside(found: Verdict, named: str, *, several: bool) -> str:
    """The same of what is no simple method; `several`: others were tried, too."""
    if found.standing == BELOW:
        return _("It is worse than {baselines}.", baselines=named)
    if found.better:
        return _("It is not better than {baselines}.", baselines=named)
    if found.standing == ABOVE and several:
        return _("It is better than every other method tested; the best of them is {baseline}.", baseline=named)
    if found.standing == ABOVE:
        return _("It is better than {baselines}.", baselines=named)
    return _("It is about as good as {baselines}.", baselines=named)


def _named(run: Run, metric: str, baseline: tuple[str, float]) -> str:
    name, value = baseline
    return _("{name} ({value})", name=plain(vocabulary.baseline(run, name)), value=vocabulary.figure(metric, value))
