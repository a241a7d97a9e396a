"""How much a network got right of what it learnt from, while it learnt: with dropout, augmentation, moving weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

Right = Callable[[Tensor, Tensor], Tensor]  # logits and labels of a batch → the number of right answers, ()


class RunningAccuracy:
    """Counts the right answers of a training; a forward hook that costs no forward of its own."""

    def __init__(self, right: Right) -> None:
        self.right, self.counting = right, True
        self.begin()

    def begin(self) -> None:
        """Count from here on."""
        self.got, self.seen = torch.zeros(()), 0

    def __call__(self, network: nn.Module, _args: Any, given: Mapping[str, Any], told: Mapping[str, Tensor]) -> None:
        if network.training and self.counting and "labels" in given:
            labels = given["labels"]
            self.got = self.got.to(labels.device) + self.right(told["logits"].detach(), labels)
            self.seen += len(labels)

    @contextmanager
    def ignoring(self) -> Iterator[None]:
        """While this lasts nothing is counted."""
        self.counting = False
        try:
            yield
        finally:
            self.counting = True

    def taken(self) -> float | None:
        """The share since the count began, which begins anew; None where nothing was counted."""
        share = self.got.item() / self.seen if self.seen else None
        self.begin()
        return share


@contextmanager
def counted(network: nn.Module, right: Right | None) -> Iterator[RunningAccuracy | None]:
    """While this lasts the training of the network is counted; None where `right` is None."""
    if right is None:
        yield None
        return
    accuracy = RunningAccuracy(right)
    hook = network.register_forward_hook(accuracy, with_kwargs=True)
    try:
        yield accuracy
    finally:
        hook.remove()
