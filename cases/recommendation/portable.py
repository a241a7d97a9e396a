"""The parts of a network that answer without torch: from vectors of items to a person, and from a text to an item."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from cases.recommendation.network import Factors, Sequential
from models import export, portable, sentences
from models.errors import N_, InputError
from models.report import Report

if TYPE_CHECKING:
    from cases.recommendation.learner import Recommending

TEXT = "text.onnx"
CHECKED = 1000  # people
PENALTY = 1e-3  # of the squared weights, where people are guessed from means


class ByHistory(nn.Module):
    """Vectors of what somebody had (people, longest, width), filled at the beginning, and 1 where there is one (people,
    longest) → people (people, width)."""

    def __init__(self, network: Sequential) -> None:
        super().__init__()
        self.people = network.people

    def forward(self, history: Tensor, there: Tensor) -> Tensor:
        return self.people(history * math.sqrt(history.shape[-1]), there)[:, -1]


class ByMean(nn.Module):
    """The same where everybody has a vector of their own: somebody new is put where people with such items are, as
    linear regression on the mean of their vectors has it."""

    def __init__(self, means: np.ndarray, people: np.ndarray) -> None:
        """Both (people, width), of those the network knows."""
        super().__init__()
        known = np.concatenate([means, np.ones((len(means), 1))], 1).astype(np.float64)
        square = known.T @ known + PENALTY * len(known) * np.eye(known.shape[1])
        self.weights = nn.Parameter(torch.from_numpy(np.linalg.solve(square, known.T @ people).astype(np.float32)))

    def forward(self, history: Tensor, there: Tensor) -> Tensor:
        mean = (history * there[..., None]).sum(1) / there.sum(1, keepdim=True).clamp(min=1)
        return mean @ self.weights[:-1] + self.weights[-1]


class ByText(nn.Module):
    """input_ids and attention_mask, both (items, tokens) int64 → vectors of items (items, width + 1)."""

    def __init__(self, body: nn.Module, mean: np.ndarray, weights: np.ndarray) -> None:
        super().__init__()
        self.body = body
        self.register_buffer("mean", torch.from_numpy(mean))
        self.register_buffer("weights", torch.from_numpy(weights))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        states = self.body(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return (sentences.mean(states, attention_mask) - self.mean) @ self.weights


def of_people(learner: Recommending, vectors: np.ndarray, longest: int) -> nn.Module:
    network = learner.network
    if not isinstance(network, Factors):
        return ByHistory(network).cpu().eval()
    had = learner.train.of_each
    known = np.flatnonzero([len(some) > 0 for some in had])
    means = np.stack([vectors[had[person][-longest:], :-1].mean(0) for person in known])
    with torch.no_grad():
        return ByMean(means, network.people.weight.cpu().numpy()[known]).eval()


def given(had: list[np.ndarray], vectors: np.ndarray, longest: int) -> dict[str, np.ndarray]:
    """What `ByHistory` takes; `had`: of each person the numbers of items, the earliest first."""
    history = np.zeros((len(had), longest, vectors.shape[1] - 1), np.float32)
    there = np.zeros((len(had), longest), np.float32)
    for row, some in enumerate(had):
        latest = some[-longest:]
        history[row, longest - len(latest) :] = vectors[latest, :-1]
        there[row, longest - len(latest) :] = 1
    return {"history": history, "there": there}


def save(folder: Path, learner: Recommending, people: nn.Module, vectors: np.ndarray, report: Report) -> dict[str, Any]:
    """Write `model.onnx` and say how the lists it gives begin, beside those of the network.

    Raises:
        InputError: another item comes first for somebody, although their two best are not all but equal.
    """
    longest, asked = learner.longest, learner.test
    inputs = {name: torch.from_numpy(one) for name, one in given(asked.had[:2], vectors, longest).items()}
    export.write(people, inputs, folder / portable.FILE, outputs={"people": {0: "n"}})
    model = portable.load(folder / portable.FILE)
    answered = lambda batch: model(batch)  # noqa: E731
    expected = lambda batch: _in_torch(people, batch)  # noqa: E731
    return _agreement(learner, vectors, answered, expected, report)


def save_text(folder: Path, learner: Recommending) -> None:
    """Write `text.onnx`, which reads its weights in `body/`."""
    read, axes = learner.texts, learner.axes
    weights = axes.axes @ learner.network.items.project.weight.detach().cpu().numpy().T
    network = ByText(read.body.to("cpu").float(), axes.mean, weights).eval()
    ids = read.tokeniser.ids(["One text.", "Another, longer one."])
    inputs = {name: torch.from_numpy(one) for name, one in read.tokeniser.padded(ids).items()}
    free = {name: {0: "n", 1: "tokens"} for name in inputs}
    stored = sorted((folder / "body").glob("*.safetensors"))
    export.write(network, inputs, folder / TEXT, axes=free, outputs={"items": {0: "n"}}, weights=stored)


def _in_torch(people: nn.Module, batch: dict[str, np.ndarray]) -> np.ndarray:
    with torch.no_grad():
        return people(*map(torch.from_numpy, batch.values())).numpy()


def _agreement(
    learner: Recommending, vectors: np.ndarray, answered: Any, expected: Any, report: Report
) -> dict[str, Any]:
    asked, wrong, same, close = learner.test, 0, 0, []
    places = range(min(CHECKED, len(asked.people)))
    for place in places:
        report.check()
        batch = given([asked.had[place]], vectors, learner.longest)
        one, other = (_scored(of(batch), vectors, asked.had[place]) for of in (expected, answered))
        second, first = np.partition(one, -2)[-2:]
        agree = bool(one.argmax() == other.argmax())
        same += agree
        if first - second <= export.CLOSE:
            close.append(str(asked.people[place]))
        elif not agree:
            wrong += 1
    if wrong:
        raise InputError(
            found=N_("The ONNX file recommends something else to {wrong} of {items} users than the model."),
            expected=N_("It must say the same wherever two items are not all but equal."),
            remedy=N_("Start the training again."),
            wrong=wrong,
            items=len(places),
        )
    return {"items": len(places), "same": same, "close": close}


def _scored(person: np.ndarray, vectors: np.ndarray, had: np.ndarray) -> np.ndarray:
    scored = vectors[:, :-1] @ person[0] + vectors[:, -1]
    scored[had] = -np.inf
    return scored
