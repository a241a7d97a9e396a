"""What is kept of a recommender when it leaves the data: it makes a person of items, without a vector for any user."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor, nn

from cases.ranking.interactions import Interactions
from cases.recommendation import predict
from cases.recommendation.item_weights import ItemList
from cases.recommendation.model_choice import Kept
from cases.recommendation.network import BPRMF, Sequential
from models.onnx import runtime

LIST = "list.onnx"
NEVER = -1e9  # what counts for everybody of an item that a person left out: nobody is shown it
AT_ONCE = 20_000  # items of histories
PENALTY = 1e-3  # of the squared weights, where people are guessed from means

Given = Callable[[list[np.ndarray]], dict[str, np.ndarray]]


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


class ByList(nn.Module):
    """Items that people had (people, most) int64 and how much each counts (people, most), 0 where it only fills →
    scores (people, items), as `lists.ItemList` has them."""

    def __init__(self, listed: ItemList) -> None:
        super().__init__()
        for name in ("neighbours", "weights", "liked"):
            self.register_buffer(name, torch.from_numpy(getattr(listed, name)))

    def forward(self, items: Tensor, counts: Tensor) -> Tensor:
        nobody = torch.zeros_like(self.liked).expand(items.shape[0], -1)
        mine = nobody.scatter_add(1, items, counts)  # (people, items): how much of each counts
        return (mine[:, self.neighbours.long()] * self.weights).sum(-1) + self.liked


@dataclass(frozen=True, eq=False)
class Portable:
    """What is kept, without the data: of a network `vectors` (items, width + 1), see `towers.ItemTower`, and `people`,
    which makes a person of `longest` of those they had; a list; or both, whose scores are added."""

    vectors: np.ndarray | None
    people: nn.Module | None
    longest: int
    listed: ItemList | None

    @property
    def tensors(self) -> dict[str, np.ndarray]:
        """What a bundle keeps of items, by name."""
        listed = self.listed
        of_list = {} if listed is None else {name: getattr(listed, name) for name in ("neighbours", "weights", "liked")}
        return of_list if self.vectors is None else {"vectors": self.vectors, **of_list}

    @property
    def user_tensors(self) -> dict[str, np.ndarray]:
        """The weights of what makes a person, by name."""
        return {name: value.numpy() for name, value in self._learnt.state_dict().items()}

    @property
    def user_facts(self) -> dict[str, str]:
        """What the weights do not tell: which network they are of, how many items of a history it reads, its heads
        where it attends, and the factor of what comes out; as JSON under one name, for several have no fixed order."""
        learnt = self._learnt
        heads = {"heads": str(learnt.heads)} if hasattr(learnt, "heads") else {}
        share = str(getattr(self.people, "share", 1.0))
        facts = {"network": type(learnt).__name__, "longest": str(self.longest), "share": share, **heads}
        return {"user": json.dumps(facts)}

    @property
    def _learnt(self) -> nn.Module:
        """Of `people`, what was learnt or fitted."""
        inner: Any = getattr(self.people, "people", self.people)
        return getattr(inner, "people", inner)

    @property
    def items(self) -> int:
        return len(next(iter(self.tensors.values())))

    @property
    def parts(self) -> dict[str, tuple[str, nn.Module, Given]]:
        """network, list or both → the ONNX file, what is in it, and what it takes of some histories."""
        found: dict[str, tuple[str, nn.Module, Given]] = {}
        vectors, listed = self.vectors, self.listed
        if vectors is not None:
            found["network"] = (runtime.FILE, self.people, lambda had: given(had, vectors, self.longest))
        if listed is not None:
            decay = {"decay": listed.decay}
            found["list"] = (LIST if found else runtime.FILE, ByList(listed).eval(),
                             lambda had: predict.counted(decay, had))  # fmt: skip
        return found

    def scores(self, had: list[np.ndarray]) -> np.ndarray:
        """(people, items), by torch."""
        total = np.zeros((), np.float32)
        for name, (_file, _module, inputs) in self.parts.items():
            out = self._in_torch(name, inputs(had))
            if name == "network" and self.vectors is not None:
                out = out @ self.vectors[:, :-1].T + self.vectors[:, -1]
            total = total + out
        return total

    def vectors_of(self, had: list[np.ndarray]) -> np.ndarray:
        """Of a network (people, width) float32."""
        step = max(1, AT_ONCE // self.longest)
        batches = (self.parts["network"][2](had[start : start + step]) for start in range(0, len(had), step))
        return np.concatenate([self._in_torch("network", batch) for batch in batches])

    def features(self, items: np.ndarray) -> np.ndarray:
        """(items, features) by which they lie near others: their vectors, or their weights for each other."""
        if self.vectors is not None:
            return self.vectors[items, :-1]
        if self.listed is None:
            raise ValueError("There is neither a network nor a list.")
        return csr_array(self.listed.table[items][:, items]).toarray()

    def _in_torch(self, name: str, batch: dict[str, np.ndarray]) -> np.ndarray:
        listed = self.listed
        if name == "list" and listed is not None:  # it only adds up, and of many items a sparse table is quicker
            rows = np.repeat(np.arange(len(batch["items"])), batch["items"].shape[1])
            shape = (len(batch["items"]), len(listed.liked))
            mine = csr_array((batch["counts"].ravel(), (rows, batch["items"].ravel())), shape)
            return (mine @ listed.table).toarray() + listed.liked
        with torch.no_grad():
            return self.parts[name][1](*map(torch.from_numpy, batch.values())).numpy()


class Scaled(nn.Module):
    """People as another makes them, times what the network counts beside a list."""

    def __init__(self, people: nn.Module, share: float) -> None:
        super().__init__()
        self.people, self.share = people, share

    def forward(self, history: Tensor, there: Tensor) -> Tensor:
        return self.share * self.people(history, there)


def of(kept: Kept, train: Interactions, gone: np.ndarray, longest: int) -> Portable:
    """Args:
    gone: (items,) which a person left out, so that nobody is shown them.
    longest: items of a history that are read; more where their order does not matter.
    """
    listed, vectors, people = None, None, None
    if kept.listed is not None:
        listed = kept.listed.shipped
        listed = replace(listed, liked=np.where(gone, NEVER, listed.liked).astype(np.float32))
    if kept.network is not None:
        model = kept.network.to("cpu").eval()
        with torch.no_grad():
            vectors = model.items()[:-1].float().numpy()
        if model.longest > longest:
            longest = min(model.longest, max(longest, *map(len, train.of_each)))
        people = Scaled(_people(model, vectors, train, longest), kept.share).eval()
        vectors[:, -1] *= np.float32(kept.share)
        vectors[gone, -1] = NEVER
    return Portable(vectors, people, longest, listed)


def _people(model: nn.Module, vectors: np.ndarray, train: Interactions, longest: int) -> nn.Module:
    if not isinstance(model, BPRMF):
        return ByHistory(model).cpu().eval()
    had = train.of_each
    known = np.flatnonzero([len(some) > 0 for some in had])
    means = np.stack([vectors[had[person][-longest:], :-1].mean(0) for person in known])
    with torch.no_grad():
        return ByMean(means, model.people.weight.cpu().numpy()[known]).eval()


def given(had: list[np.ndarray], vectors: np.ndarray, longest: int) -> dict[str, np.ndarray]:
    """What `ByHistory` takes; `had`: of each person the numbers of items, the earliest first."""
    return predict.given({"vectors": vectors, "longest": longest}, had)
