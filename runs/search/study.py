"""What is tried next, by optuna: first each way to train with its usual values, then values around what did well.

Nothing of it is stored: a search that goes on tells it once more what has been tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState

from cases.search_space import SearchSpace
from cases.settings import LEARNING, MODEL, is_whole, knobs, named
from models.errors import InputError
from runs.search.journal import CUT, DONE, PRUNED, Trial

WAY = "way"  # the parameter that names one of the starts
STATES = {DONE: TrialState.COMPLETE, CUT: TrialState.COMPLETE, PRUNED: TrialState.PRUNED}
UNPRUNED, HALF = 4, 2  # trials before any is given up early; the quarter of a training before which none is
ASKED = 100  # times that the sampler is asked for something new before nothing is left to try

optuna.logging.set_verbosity(optuna.logging.WARNING)


class Study:
    """The sampler (TPE, Bergstra et al. 2011) and the pruner (median rule, Golovin et al. 2017) over a space."""

    def __init__(self, space: SearchSpace, *, falling: bool, seed: int) -> None:
        self.space = space
        self.starts = {name_of(space.form, one): one for one in space.starts}
        self.study = optuna.create_study(
            direction="minimize" if falling else "maximize",
            sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=max(5, len(self.starts))),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=UNPRUNED, n_warmup_steps=HALF),
        )

    def remember(self, trial: Trial) -> None:
        """Take up what came of a trial; nothing of one that came to nothing."""
        if trial.state not in STATES or trial.start not in self.starts or trial.value is None:
            return
        distributions = self._distributions(trial.start)
        if trial.params.keys() != distributions.keys():
            return
        self.study.add_trial(optuna.trial.create_trial(
            state=STATES[trial.state], params=dict(trial.params), distributions=distributions, value=trial.value,
            intermediate_values={int(quarter): value for quarter, value in trial.marks.items()},
        ))  # fmt: skip

    def usual(self, start: str) -> dict[str, Any]:
        """The parameters of a start with its usual values."""
        way = self.starts[start]
        varied = self.space.varied(way)
        return {WAY: start} | {
            _param(start, name): 1.0 if name in self.space.ranges else way[name] for name in varied
        }  # fmt: skip

    def starts_in_order(self, tried: Callable[[], Sequence[Trial]], *, falling: bool) -> Iterator[dict[str, Any]]:
        """The parameters of each way to train, cheapest first; of equally cheap ones the model that did best until
        then, as `tried` tells when each is taken. After the last of these the best one is prepared in other ways."""
        form, left = self.space.form, dict(self.starts)
        model, learning = named(form, MODEL), named(form, LEARNING)
        while left:
            cheapest = next(iter(left.values()))[learning]
            some = [name for name, one in left.items() if one[learning] == cheapest]
            alike = [name for name, one in self.starts.items() if one[learning] == cheapest]
            scores = {name: _score(left[name].get(model), tried(), falling=falling) for name in some}
            first = max(some, key=scores.__getitem__)
            del left[first]
            yield self.usual(first)
            if len(some) == 1:
                yield from self._prepared_otherwise([one for one in tried() if one.start in alike], falling=falling)

    def _prepared_otherwise(self, tried: Sequence[Trial], *, falling: bool) -> Iterator[dict[str, Any]]:
        """Of the best of these the way to train, with every other value of what comes before training."""
        if not tried:
            return
        best = max(tried, key=lambda one: -(one.value or 0.0) if falling else (one.value or 0.0))
        for name in self.space.prepared(self.starts[best.start]):
            usual = self.usual(best.start)
            for value in self.space.choices.get(name, ()):
                if value != usual[_param(best.start, name)]:
                    yield {**usual, _param(best.start, name): value}

    def prepared(self, params: Mapping[str, Any]) -> tuple[Any, ...]:
        """The same for parameters of a way to train that have the same before training."""
        start = params[WAY]
        usual = self.space.prepared(self.starts[start]) if start in self.starts else {}
        return (start, *(params.get(_param(start, name), value) for name, value in usual.items()))

    def by_promise(self, some: Sequence[Trial], tried: Sequence[Trial], *, falling: bool) -> list[Trial]:
        """Those first in which most of the network learns; of them those of the model that did best."""
        model = named(self.space.form, MODEL)

        def promise(one: Trial) -> tuple[int, float]:
            return self.step(one.start), _score(one.settings.get(model), tried, falling=falling)

        return sorted((one for one in some if one.start in self.starts), key=promise, reverse=True)

    def step(self, start: str) -> int:
        """How many kinds of ways to train come before this one, the cheapest first."""
        learning = named(self.space.form, LEARNING)
        kinds = list(dict.fromkeys(one[learning] for one in self.starts.values()))
        return kinds.index(self.starts[start][learning])

    def proposals(self) -> Iterator[dict[str, Any]]:
        """Parameters that the sampler thinks worth trying, by what it remembers when each is taken."""
        for _ in range(ASKED):
            asked = self.study.ask()
            start = asked.suggest_categorical(WAY, [*self.starts])
            for name in self.space.varied(self.starts[start]):
                if name in self.space.ranges:
                    asked.suggest_float(_param(start, name), *self.space.ranges[name], log=True)
                else:
                    asked.suggest_categorical(_param(start, name), [*self.space.choices[name]])
            self.study.tell(asked, state=TrialState.FAIL)  # what comes of it is remembered when it is known
            yield dict(asked.params)

    def settings(self, params: Mapping[str, Any]) -> dict[str, Any] | None:
        """The settings that parameters stand for; None where the form refuses them, or there is no such start."""
        start = params[WAY]
        if start not in self.starts:
            return None
        way, form = dict(self.starts[start]), self.space.form
        for name in self.space.varied(way):
            if _param(start, name) not in params:  # of a search that began before there was this setting
                continue
            value = params[_param(start, name)]
            if name in self.space.choices:
                way[name] = value
            elif value != 1.0:
                low, high = self.space.bounds(way, name)
                number = min(max(self.space.usual(way, name) * value, low), high)
                way[name] = round(number) if is_whole(knobs(form)[name][0]) else float(f"{number:.2g}")
        try:
            form(**way)
        except InputError:
            return None
        return way

    def should_prune(self, start: str, marks: Mapping[str, float]) -> bool:
        """Whether a training at work lags behind the median of those before it."""
        params = self.usual(start)
        asked = optuna.trial.create_trial(
            state=TrialState.RUNNING, params=params, distributions=self._distributions(start),
            intermediate_values={int(quarter): value for quarter, value in marks.items()},
        )  # fmt: skip
        return self.study.pruner.prune(self.study, asked)

    def _distributions(self, start: str) -> dict[str, BaseDistribution]:
        found: dict[str, BaseDistribution] = {WAY: CategoricalDistribution([*self.starts])}
        for name in self.space.varied(self.starts[start]):
            if name in self.space.ranges:
                least, most = self.space.ranges[name]
                found[_param(start, name)] = FloatDistribution(least, most, log=True)
            else:
                found[_param(start, name)] = CategoricalDistribution([*self.space.choices[name]])
        return found


def name_of(form: type, settings: Mapping[str, Any]) -> str:
    """How a start is called: by its model and what of it learns."""
    return " ".join(str(settings[name]) for name in (named(form, MODEL), named(form, LEARNING)) if name)


def told(space: SearchSpace, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings by which a trial differs from others: its model, what learns, and what is varied beside them."""
    form = space.form
    names = [name for name in (named(form, MODEL), named(form, LEARNING)) if name]
    shown = {name: settings[name] for name in names}
    for name in space.varied(settings):
        value = settings[name]
        shown[name] = space.usual(settings, name) if value is None else value
    return shown


def _score(model: Any, tried: Sequence[Trial], *, falling: bool) -> float:
    """The best of the trials with a model, the higher the better; of one that was not tried 0."""
    values = [one.value for one in tried if one.value is not None and model in one.settings.values()]
    return max((-value if falling else value for value in values), default=0.0)


def _param(start: str, name: str) -> str:
    return f"{start}: {name}"
