"""What a search has tried so far, as it stands in the facts of its run: pages read it, and a search that was
interrupted goes on from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from models.errors import N_, InputError
from runs.store import queue, records
from runs.store.records import Run

KIND = PURPOSE = "search"  # of the run, and of the trainings that it begins
FACT = "search"  # in the facts, and in the result
LEAST, MOST = 10.0, 7 * 24 * 3600.0  # seconds that may be asked for

RUNNING, DONE, PRUNED, CUT, FAILED, SLOW = "running", "done", "pruned", "cut", "failed", "slow"
COUNTED = (DONE, CUT)  # the states whose score counts: trained to the end, or until the time was over


@dataclass(frozen=True)
class Trial:
    """One way to train.

    `run`: the training that tries it; "" where none was begun. `start`: by which way of the space it is called;
    `params`: what the sampler chose in it. `settings`: those by which trials differ. `epochs` of training. `value` is
    the task's metric on `items` validated examples, from `low` to `high`. `marks`: the best value so far after each
    quarter of the training. `estimate`: seconds that it was expected to take. `known`: the run that had trained so
    before, whose weights it took over.
    """

    run: str
    start: str
    settings: dict[str, Any]
    params: dict[str, Any] = field(default_factory=dict)
    state: str = RUNNING
    seconds: float = 0.0
    epochs: float = 0.0
    value: float | None = None
    low: float | None = None
    high: float | None = None
    items: int = 0
    marks: dict[str, float] = field(default_factory=dict)
    estimate: float | None = None
    known: str = ""

    @property
    def counts(self) -> bool:
        return self.state in COUNTED and self.value is not None


@dataclass(frozen=True)
class Journal:
    """`seconds`: for all of it; `spent`: until now; `base`: the settings that were chosen when it was asked for;
    `best`: the run of the best trial until now; `over`: nothing more is tried."""

    seconds: float
    base: dict[str, Any]
    spent: float = 0.0
    trials: tuple[Trial, ...] = ()
    best: str = ""
    over: bool = False

    def with_trial(self, trial: Trial) -> Journal:
        """The same with this one in the place of what was known of the same run, or as a new one."""
        known = [one.run for one in self.trials]
        if not trial.run or trial.run not in known:
            return replace(self, trials=(*self.trials, trial))
        return replace(self, trials=tuple(trial if one.run == trial.run else one for one in self.trials))

    def without(self, trial: Trial) -> Journal:
        return replace(self, trials=tuple(one for one in self.trials if one is not trial))

    @property
    def tried(self) -> list[Trial]:
        """Those that count, in their order."""
        return [one for one in self.trials if one.counts]

    @property
    def running(self) -> Trial | None:
        return next((one for one in self.trials if one.state == RUNNING), None)

    def save(self, run: str) -> None:
        """Write it into the facts of the search, beside what else stands there."""
        kept = queue.facts(run)
        queue.beat(run, facts={**kept, FACT: asdict(self)})


def of(run: Run) -> Journal | None:
    """That of a search; None of any other run."""
    told = (run.facts or {}).get(FACT)
    if not told:
        return None
    known = {one.name for one in fields(Trial)}
    trials = tuple(Trial(**{name: value for name, value in one.items() if name in known}) for one in told["trials"])
    return Journal(told["seconds"], told["base"], told["spent"], trials, told["best"], told["over"])


def begin(
    owner: str, case: str, name: str, dataset: str, settings: Mapping[str, Any], seconds: float,
    edits: Mapping[str, str | None], **values: Any,
) -> str:  # fmt: skip
    """Queue a search around `settings`; returns its id."""
    wanted = Journal(min(max(seconds, LEAST), MOST), dict(settings))
    return records.create_run(owner, KIND, case, name, dataset=dataset, settings=dict(settings), edits=dict(edits),
                              facts={FACT: asdict(wanted)}, **values)  # fmt: skip


def trial_of(run: Run) -> Trial | None:
    """What the search knows of the training that it began; None of any other run."""
    parent = records.parent(run) if run.purpose == PURPOSE else None
    known = of(parent) if parent else None
    return next((one for one in known.trials if one.run == run.id), None) if known else None


def named(trials: Sequence[Trial], run: str) -> Trial | None:
    return next((one for one in trials if one.run == run), None)


def no_time() -> InputError:
    return InputError(
        found=N_("No training finished its first epoch within the time."),
        expected=N_("A search needs time for at least one training."),
        remedy=N_("Search for longer, or start a single training."),
    )
