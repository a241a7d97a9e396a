"""What settings would take on this machine, measured on a few items before a network that is not trained yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cases.base import WorkDirs
from cases.classification import export, network_scores, out_of_fold
from cases.classification.conditions import has_final_fit, takes_names, views_learnt
from cases.classification.profile_inputs import Asking, AugmentedProfileInputs, FrozenProfileInputs, ProfileInputs
from cases.dataset import Dataset
from cases.splits import asked, divide, learnable
from cases.training import config, proof
from cases.training.context import TrainingContext
from models.evaluation import agreement
from models.heads import linear_probe
from models.heads.head import HeadOnFeatures, ProbeConfig
from models.onnx import export as onnx_export
from models.onnx import runtime
from models.progress import QUIET, ProgressReporter
from models.training import device, interpolation, step_costs, step_memory
from models.training.batches import Batches
from models.training.cost_estimate import CostEstimate

FITTED = 1000  # items that a head is fitted to here; what more would take is reckoned from them
APART, FADING = 5.0, 0.5  # of features that are made up: how far classes lie from each other, how directions lose size
COPIES = 4  # of all features in memory while heads are fitted to parts of them
ASKED = 16  # test items that a bundle is tried with
UNPACKED = {"evaluate": 0.0, "pack": 0.0, "packed": 0.0, "pack_mb": 0.0, "mapped_mb": 0.0}  # without a test part


class Profile:
    """`begin` makes the trial of a case."""

    def __init__(
        self, context: TrainingContext, begin: Callable[[TrainingContext], ProfileInputs], report: ProgressReporter
    ) -> None:
        self.context, self.settings, self.report = context, context.settings, report
        self.learns_from_items = self.settings.mode != "head"
        device.set_tf32(context.device, self.settings.precision)
        with step_costs.Peak() as self.preparing:
            self.build = step_costs.seconds(lambda: self._begin(begin))
        report.check()

    def _begin(self, begin: Callable[[TrainingContext], ProfileInputs]) -> None:
        self.trial = begin(self.context)
        self.network = self.trial.network.to(self.context.device).eval()

    def run(self) -> dict[str, Any]:
        """See `Task.profile`."""
        where, trial = self.context.device, self.trial
        body, views = trial.described(), trial.views()
        with step_costs.Peak() as looking:
            frozen = trial.look()
        self.report.check()
        kept = trial.features_are_kept()
        again = self._views_each()  # so often as one item is one of its views looked at besides, on average
        computed = again + (not kept)
        prepare = frozen * computed + trial.make_ready() if computed else 0.0
        below, self.above = self._parted()
        prepare += below
        with step_costs.Peak() as comparing:
            chosen, fitted = self._probing()
            choose = trial.compare() + (0.0 if kept else chosen + fitted)
        self.report.check()
        training = self._training(frozen * self.above if self.learns_from_items else 0.0)
        packing = self._packing() if len(self.context.rows["test"]) else dict(UNPACKED)
        samples = sum(map(len, self.context.rows.values()))
        features_mb = (0.0 if kept else COPIES * samples * trial.width * 4 / 2**20) + self._views_mb()
        looked_mb = looking.before_mb + (looking.own_mb - looking.before_mb) / trial.filled()
        pace = CostEstimate(
            build=self.build, prepare=prepare, choose=choose,
            judge=self._out_of_fold() * (self._probes() * fitted + trial.judge()),
            base_mb=max(self.preparing.own_mb, looked_mb, comparing.own_mb) + features_mb,
            mapped_mb=max(looking.mapped_mb, packing.pop("mapped_mb")),
            sample_mb=trial.sample_mb() if self.learns_from_items or computed else 0.0,
            tried=0, short=0, **training, **packing,
        )  # fmt: skip
        return {
            "body": body,
            "views": views,
            "device": device.describe(where),
            "device_mb": device.memory_mb(where),
            "pace": vars(pace),
            "per_second": 1 / frozen,
            "recomputed": self.recomputed,
        }

    def _parted(self) -> tuple[float, float]:
        """See `FrozenProfileInputs`: below, and above."""
        trial = self.trial
        return (trial.below(), trial.above()) if isinstance(trial, FrozenProfileInputs) else (0.0, 1.0)

    def _views_each(self) -> float:
        """Augmented views that are still to be computed, for each sample."""
        count, trial = views_learnt(vars(self.settings)), self.trial
        if not count or not isinstance(trial, AugmentedProfileInputs) or trial.views_are_kept():
            return 0.0
        return count * len(learnable(self.context.dataset)) / len(self.context.dataset.samples)

    def _views_mb(self) -> float:
        """Of all views at once, which only the final fit takes; training reads them batch by batch."""
        if not has_final_fit(vars(self.settings)):
            return 0.0
        learnt = sum(len(self.context.rows[part]) for part in out_of_fold.LEARNT)
        return 2 * views_learnt(vars(self.settings)) * learnt * self.trial.width * 4 / 2**20

    def _probing(self) -> tuple[float, float]:
        """Seconds to find out how strongly to hold a head back, which every run does for comparison, and to fit one so
        to the training part: the heads of one fold are fitted to features that are made up."""
        features, labels = self._features(self._few())
        classes, learnt = len(self.context.dataset.classes), len(self.context.rows["train"])
        named = takes_names(vars(self.settings)) and linear_probe.tries_prior(learnt, classes)
        known = {"enough": self.network.enough, "prior": features[:classes] if named else None}
        holds: list[ProbeConfig] = []
        try_one_fold = lambda: linear_probe.try_one_fold(features, labels, classes, **known)  # noqa: E731
        fold = step_costs.seconds(lambda: holds.append(try_one_fold()))
        fit = step_costs.seconds(lambda: linear_probe.fit(features, labels, classes, holds[0]))
        chosen = linear_probe.heads(learnt) * fold * min(learnt, linear_probe.MOST) / len(labels)
        return chosen, fit * learnt / len(labels)

    def _out_of_fold(self) -> float:
        """So many fits to the training part take as long as those of the evaluation, each to all folds but one."""
        train, validation = (len(self.context.rows[part]) for part in ("train", "validation"))
        fold = (train + validation) / linear_probe.FOLDS
        return linear_probe.FOLDS * min((linear_probe.FOLDS - 1) * fold, linear_probe.MOST) / train

    def _probes(self) -> int:
        """So many linear probes judge each label: where the body moves, one on its features too."""
        return 2 if self.learns_from_items else 1

    def _few(self) -> int:
        return max(linear_probe.FOLDS, min(len(self.context.rows["train"]), FITTED))

    def _features(self, count: int) -> tuple[Tensor, Tensor]:
        """Made up: (items, width), in which the classes lie apart, and (items,)."""
        random = torch.Generator().manual_seed(0)
        labels = torch.from_numpy(np.resize(self.context.labels[self.context.rows["train"]], count))
        middles = torch.randn(len(self.context.dataset.classes), self.trial.width, generator=random)
        features = torch.randn(count, self.trial.width, generator=random)
        sizes = torch.arange(1, self.trial.width + 1) ** -FADING
        return (features + APART / self.trial.width**0.5 * middles[labels]) * sizes, labels

    def _training(self, look: float) -> dict[str, float]:
        settings, where = self.settings, self.context.device
        bf16 = config.trains_in_bf16(settings, where, self.network)
        plan = config.plan(settings, bf16=bf16, items=len(self.context.rows["train"]))
        batch = plan.batch_size
        large = max(2, batch)
        if self.learns_from_items:
            large = large if where.type == "cuda" else step_costs.timed(large, look, self.trial.most)
            items, network = self.trial.batches(step_costs.items_for(large)), self.network
            start_mb, scored = interpolation.megabytes(network), self._scored()
            config.open_up(network, settings)
        else:
            features, labels = self._features(step_costs.items_for(large))
            items = Batches("features", features.numpy(), labels.numpy(), np.arange(len(labels)))
            network, start_mb, scored = HeadOnFeatures(self.network.head, self.network.loss), 0.0, 0.0
        together = max(batch, plan.looked_at) if self.learns_from_items else network_scores.BATCH
        heaviest = self.trial.largest(step_costs.WEIGHED)
        self.recomputed = plan.shared and step_memory.must_save(self.network, heaviest, batch, bf16=plan.bf16)
        weights = step_costs.weigh(self.network, heaviest, self.report, bf16=plan.bf16, together=together,
                                   learning=self.learns_from_items, recomputed=self.recomputed)  # fmt: skip
        with step_costs.Peak() as peak:
            seconds = step_costs.measure(network, items, plan, large=large, look=look, report=self.report)
        weights["item_mb"] *= step_costs.scattering(peak, weights, large)
        if self.learns_from_items:  # the start is compared with both ends, as the best and the last epoch left them
            passes = 2 * (len(interpolation.SHARES) - 1)
            seconds["start"] += passes * len(self.context.rows["validation"]) * scored
            weights["state_mb"] += start_mb
        return {**seconds, **weights}

    def _scored(self) -> float:
        """Seconds of an item that the whole network is asked about, as `network_scores` asks the longest."""
        batch = self.trial.batches(network_scores.BATCH).__getitems__([*range(network_scores.BATCH)])
        given = {name: values.to(self.context.device) for name, values in batch.items()}
        network = self.network.float().eval()

        def ask() -> None:
            with torch.no_grad(), device.exactly():
                network(**given)["logits"].sum().item()

        return step_costs.seconds_each(ask, network_scores.BATCH)

    def _packing(self) -> dict[str, float]:
        """Seconds and memory of `models.training.cost_estimate.CostEstimate`, with a bundle that is thrown away."""
        config.close(self.network, self.settings)
        self.network.float().eval()
        rows = self.context.rows
        with step_costs.Peak() as peak, TemporaryDirectory(dir=self.context.place.folder) as name:
            folder, asking = Path(name) / "bundle", self.trial.asking(min(ASKED, len(rows["test"])))
            evaluated = asking.by_network()
            evaluate = step_costs.seconds(asking.by_network) / len(asking.rows)
            pack = step_costs.seconds(lambda: self._pack(folder, asking, evaluated))
            self.report.check()
            each = _answering(folder / runtime.FILE, asking)
            by_script = self.trial.by_script(folder, asking)
        return {
            "evaluate": evaluate * self.above * (1 + self._looked_at_besides() / len(rows["test"])),
            "pack": max(pack - len(asking.rows) * each, 0.0) + proof.OPENING,
            "packed": (each + by_script) * min(1.0, proof.MOST / len(rows["test"])),
            "pack_mb": peak.own_mb,
            "mapped_mb": peak.mapped_mb,
        }

    def _looked_at_besides(self) -> int:
        """So many items besides the test part does the evaluation ask the network about."""
        return sum(len(self.context.rows[part]) for part in ("validation", *(["train"] * self.learns_from_items)))

    def _pack(self, folder: Path, asking: Asking, evaluated: np.ndarray) -> None:
        """Write a bundle as if these items had been tested; what the portable file answers is compared in here."""
        answered = lambda: onnx_export.answers(folder / runtime.FILE, [asking.batch], self.report)  # noqa: E731
        ask = lambda: agreement.of_probabilities(evaluated, answered())  # noqa: E731
        export.write(folder, self.trial.exported(), asking.rows, ask, QUIET)


def _answering(file: Path, asking: Asking) -> float:
    """Seconds of the portable file for an item; none where it could not be written."""
    if not file.exists():
        return 0.0
    model = runtime.load(file)
    return step_costs.seconds_each(lambda: model(asking.batch), len(asking.rows))


def measure(
    settings: Any,
    dataset: Dataset,
    place: WorkDirs,
    begin: Callable[[TrainingContext], ProfileInputs],
    report: ProgressReporter,
) -> dict[str, Any]:
    """See `Task.profile` and `Profile`."""
    rows = divide(dataset, **asked(settings))
    return Profile(TrainingContext(settings, dataset, place, rows), begin, report).run()


def spread(sizes: np.ndarray, count: int) -> np.ndarray:
    """Places of so many, evenly spread from the smallest to the largest: their mean is that of all."""
    order = np.argsort(sizes, kind="stable")
    return order[((np.arange(count) + 0.5) * len(order) / count).astype(int)] if len(order) > count else order


def usual(sizes: np.ndarray, count: int) -> np.ndarray:
    """Places of so many that are nearest to the mean."""
    return np.argsort(np.abs(sizes - sizes.mean()), kind="stable")[:count]
