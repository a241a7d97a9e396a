"""What a trial would take: as was measured before a training was started, or is measured now."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from tempfile import TemporaryDirectory
from typing import Any

from cases.base import Case, Task, WorkDirs
from cases.dataset import Dataset
from cases.hyperparameters import EPOCHS, training_length
from cases.settings import dividing
from cases.splits import sizes
from models.progress import Checking, ProgressReporter
from models.training.cost_estimate import CostEstimate
from runs import paths
from runs.jobs import profile
from runs.store import datasets, records
from runs.store.records import Run

END, LEAST_END, MOST_END = 0.15, 3.0, 180.0  # of the time, and seconds: for evaluation and export, unless measured
ENDING = 0.6  # of the time at most
SPARE = 1.5  # times what was measured of one way to train: another may be kept


class Estimates:
    """Measures each way to train once."""

    def __init__(self, run: Run, case: Case, task: Task, dataset: Dataset, report: ProgressReporter) -> None:
        self.run, self.case, self.task, self.dataset, self.report = run, case, task, dataset, report
        self.measured: dict[str, dict[str, Any]] = {}
        self.ends: list[float] = []  # seconds in which each way is evaluated and packed, where that was measured
        if stored := self._stored(run.settings):
            self._know(run.settings, stored)

    def at_the_end(self, seconds: float) -> float:
        """Seconds to keep back of all `seconds`, in which the best is evaluated and packed."""
        usual = min(max(END * seconds, LEAST_END), MOST_END)
        wanted = max(LEAST_END, SPARE * max(self.ends)) if self.ends else usual
        return min(wanted, ENDING * seconds)

    def take_over(self, known: Run) -> None:
        """Expect the end to take as long as that of a run that was trained alike, where that had one."""
        took = [(known.seconds or {}).get(phase, 0.0) for phase in ("evaluate", "export")]
        if all(took):
            self.ends.append(sum(took))

    def seconds(self, settings: Mapping[str, Any]) -> float:
        """Of a trial, up to where its first training is over."""
        measured = self._known(settings)
        phases = self._phases(measured, settings, {"test": 0, **self._counts(measured, settings)})
        return phases["prepare"] + phases["train"]

    def closing(self, settings: Mapping[str, Any]) -> float:
        """Seconds that a trial takes once its training was ended, as far as that is known: what it came to is compared
        with its start, by passes over as many examples as those before its first step."""
        measured = self.measured.get(self._key(settings))
        return CostEstimate(**measured["pace"]).start if measured else 0.0

    def within(self, settings: Mapping[str, Any], most: float) -> tuple[dict[str, Any], float]:
        """What is to be changed so that such a trial takes no more than `most` seconds, and the share of its usual
        training that it then has: nothing; half of its epochs, which bring about as much, so that others have time too;
        or as many as fit, 0 where one takes longer or nothing is learnt in epochs."""
        if self.seconds(settings) <= most:
            return {}, 1.0
        if EPOCHS not in settings:
            return {}, 0.0
        counts = self._counts(self._known(settings), settings)
        usual = training_length(self.task.Settings, settings, counts["train"]).epochs
        for epochs in range(min(ceil(usual / 2), usual - 1), 0, -1):
            if self.seconds({**settings, EPOCHS: epochs}) <= most:
                return {EPOCHS: epochs}, epochs / usual
        return {}, 0.0

    def _known(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        key = self._key(settings)
        if key not in self.measured:
            self._know(settings, self._stored(settings) or self._measure(settings))
        return self.measured[key]

    def _know(self, settings: Mapping[str, Any], measured: dict[str, Any]) -> None:
        self.measured[self._key(settings)] = measured
        counts = self._counts(measured, settings)
        if "test" not in counts:  # of a sealed data set; as many are asked as validate
            counts = {**counts, "test": counts["validation"]}
        phases = self._phases(measured, settings, counts)
        if measured["pace"]["pack"]:  # without a test part nothing was packed
            self.ends.append(phases["evaluate"] + phases["export"])

    def _key(self, settings: Mapping[str, Any]) -> str:
        return profile.subject(self.case, self.dataset, settings, prepared=True)

    def _stored(self, settings: Mapping[str, Any]) -> dict[str, Any] | None:
        """What the page or an earlier search had measured."""
        for prepared in (True, False):
            subject = profile.subject(self.case, self.dataset, settings, prepared=prepared)
            known = records.latest("profile", subject, self.run.owner)
            if known and known.result:
                return known.result
        return None

    def _measure(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        kept = datasets.cache_of(self.run.owner, self.dataset.digest)
        with TemporaryDirectory(dir=paths.run(self.run.id)) as folder:
            place = WorkDirs(paths.run(self.run.id) / folder, paths.cache(), kept)
            return self.task.profile(self.task.Settings(**settings), self.dataset, place, Checking(self.report))

    def _phases(
        self, measured: Mapping[str, Any], settings: Mapping[str, Any], counts: Mapping[str, int]
    ) -> dict[str, float]:
        length = training_length(self.task.Settings, settings, counts["train"])
        pace = CostEstimate(**measured["pace"])
        return pace.seconds(counts, epochs=length.epochs, batch_size=length.batch_size)

    def _counts(self, measured: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, int]:
        return measured.get("counts") or sizes(self.dataset, **dividing(self.task.Settings, settings))
