"""The head of a classifier, fitted to the features of a frozen body: before training, and once more after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from cases.classification.conditions import has_penalty
from cases.training.context import TrainingContext
from models.errors import N_
from models.heads import linear_probe
from models.heads.augmented_features import AugmentedFeatures, stacked
from models.heads.baselines import Baselines
from models.heads.head import ProbeConfig, warm_start
from models.progress import ProgressReporter
from models.storage.array_cache import ArrayCache
from models.training import device


@dataclass(frozen=True, eq=False)
class HeadFit:
    """Fits the head of the `network`.

    `features` of all samples, and their augmented `views`, where the head learns from these too; `simple`: the linear
    probe, and how cross-validation found best to hold it back.
    """

    context: TrainingContext
    network: nn.Module
    features: ArrayCache
    simple: Baselines
    views: AugmentedFeatures | None

    @property
    def penalised(self) -> ProbeConfig | None:
        """What training holds the head to, where cross-validation chose that."""
        return self.simple.hold if has_penalty(vars(self.context.settings)) else None

    def begin(self, report: ProgressReporter) -> None:
        """Standardise; and where the body will move, let the head know first what the frozen features tell."""
        head, settings = self.network.head, self.context.settings
        if settings.mode == "head" or settings.hidden:
            begun = {name: value.clone() for name, value in head.state_dict().items()}

            def start(where: torch.device) -> None:
                head.load_state_dict(begun)
                head.to(where)
                rows = self.context.rows["train"]
                features = torch.from_numpy(np.array(self.features.open()[rows])).to(where)
                head.standardise(features, self.penalised)
                if self.penalised and self.penalised.towards is not None:
                    width = self.penalised.width
                    with torch.no_grad():
                        head.output.weight[:, :width] = self.penalised.towards.to(where)
                if settings.mode != "head":
                    warm_start(head, features, torch.from_numpy(self.context.labels[rows]).to(where))

            device.there_or_here(start, self.context.device, report)
            head.to(self.context.device)
        else:
            head.load_state_dict(self.simple.head.state_dict())

    def end(self, report: ProgressReporter) -> None:
        """The final fit: the linear head on all that may be learnt from. Which part is the validation part matters no
        more."""
        context = self.context
        rows = np.sort(np.concatenate([context.rows["train"], context.rows["validation"]]))
        hold, classes = self.simple.hold, len(context.dataset.classes)

        def fit(where: torch.device) -> nn.Module:
            features, labels = (torch.from_numpy(some).to(where) for some in
                                (np.array(self.features.open()[rows]), context.labels[rows]))  # fmt: skip
            if self.views:
                features, labels = stacked(features, torch.from_numpy(self.views.beside(rows)).to(where), labels)
            return linear_probe.fit(features, labels, classes, hold)

        fitted = device.there_or_here(fit, context.device, report)
        self.network.head.load_state_dict(fitted.state_dict())
        report.note(N_("Final fit on training + validation; L2 penalty chosen by cross-validation: "
                       "{penalty:.2g}."), penalty=hold.penalty)  # fmt: skip
