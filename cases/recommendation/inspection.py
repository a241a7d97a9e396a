"""Inside a recommender: the history as the network gets it, the user's embedding, and one gradient step.

For worker processes only: torch is imported with it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor, nn

from cases.base import Item
from cases.recommendation import export, predict, queries
from cases.recommendation.item_table import named, text_of
from cases.recommendation.portable import ByMean
from cases.recommendation.settings import Settings
from cases.recommendation.towers import DecayedMeanTower, Pooling, SASRec
from cases.training import bundle as bundles
from cases.training.inspection import (
    Heat,
    Inspection,
    Listing,
    Missing,
    Numbers,
    Panel,
    Seen,
    Stage,
    Step,
    Tokens,
    Told,
    said,
)
from cases.training.layers import Layer
from models.errors import N_, InputError
from models.inspection import activations, gradient_step
from models.inspection.gradient_step import GradientStep, Group
from models.text import tokenizer

RATES = (1e-3, 1e-2, 1e-1, 1.0)  # beside the run's own
LIKELY = 3  # items whose probabilities are told
CLOSED = N_("This model is a list in closed form: it has no network to look into.")


class UserNetwork(nn.Module):
    """Items of a history (items, width), the earliest first → the user (width,), as `portable.Portable.people`."""

    def __init__(self, tower: nn.Module, share: float) -> None:
        super().__init__()
        self.tower, self.share = tower, share

    def forward(self, history: Tensor) -> Tensor:
        return self.share * self.tower(*self.given(history)).reshape(-1, history.shape[1])[-1]

    def given(self, history: Tensor) -> tuple[Tensor, Tensor]:
        """What the tower takes of it: a mean has no scale, the others begin with items as long as words' vectors."""
        scale = 1.0 if isinstance(self.tower, ByMean) else math.sqrt(history.shape[1])
        return scale * history[None], torch.ones(1, len(history))


def inspect(bundle: Path, item: Item, folder: Path) -> Inspection:
    """See `cases.base.Task.inspect`. The item is a question as `predictor.ItemPredictor` has it, in a file; `next`: the
    item that came next, which is the label of the step."""
    if item.file is None:
        raise ValueError("A history to look into comes in a file.")
    model, asked = predict.load(bundle), queries.read(item.file)
    had, _ = predict.find(model, [*map(str, asked["had"])])
    if not had:
        raise InputError(
            found=N_("No item was given."),
            expected=N_("Items are given by ID or by a unique title."),
            remedy=N_("Choose other items."),
        )
    wanted, _ = predict.find(model, [str(asked["next"])]) if "next" in asked else ([], [])
    read = had[-model["longest"] :]
    names = [*map(named, model["titles"], model["ids"])]
    tokens = Tokens([(names[one], one, False) for one in read], said(
        N_("The history in the order in which it enters the network; each item with its number")), 0)  # fmt: skip
    facts = Listing([
        (said(N_("Items of the history, limit")), f"{len(had):,} / {model['longest']:,}"),
        (said(N_("Items of the catalogue")), f"{len(names):,}"),
    ])  # fmt: skip
    network = _network(bundle) if "vectors" in model else None
    if network is None:
        none = [Missing(said(CLOSED))]
        return Inspection([tokens, facts], none, [Seen(said(N_("Layer outputs")), none)], none)
    return _inspected(bundle, model, network, read, had, wanted, names, [tokens, facts])


def enter(weights: Path, item: Item, folder: Path) -> Inspection:
    """See `cases.base.Task.enter`: what the language model reads of an item, from which its embedding starts."""
    if item.dataset is None:
        raise ValueError("An item of a catalogue is a row of its data set.")
    line = item.dataset.samples.loc[item.row]
    known = tokenizer.load(weights)
    text = text_of(str(line["label"]), str(line.get("genres", "")), str(line.get("text", "")))
    [ids] = known.ids([text])
    names = known.tokenizer.decode_batch([[one] for one in ids.tolist()], False)
    pieces = [(name.strip() or f"<{number}>", number, False) for name, number in zip(names, ids.tolist(), strict=True)]
    title = said(
        N_("Text of this item as tokens (words or parts of words) with their ids; its embedding starts from them")
    )
    return Inspection([Tokens(pieces, title)])


def _network(bundle: Path) -> UserNetwork | None:
    """From the weights of the bundle; None in those of earlier versions, which had only the ONNX file."""
    path = bundle / export.USER
    if not path.exists():
        return None
    with safe_open(path, "pt") as kept:
        facts = json.loads(kept.metadata()["user"])
        weights = {name: kept.get_tensor(name) for name in kept.keys()}  # noqa: SIM118
    return UserNetwork(_tower(facts, weights).eval(), float(facts["share"])).eval()


def _tower(facts: Mapping[str, str], weights: Mapping[str, Tensor]) -> nn.Module:
    kinds: dict[str, Callable[[], nn.Module]] = {
        "DecayedMeanTower": lambda: DecayedMeanTower(len(weights["norm.bias"]), 0.0),
        "Pooling": lambda: Pooling(len(weights["norm.bias"]), 0.0),
        "SASRec": lambda: SASRec(
            weights["places"].shape[1], len(weights["places"]),
            len({name.split(".")[1] for name in weights if name.startswith("blocks.")}), int(facts["heads"]), 0.0,
        ),
        "ByMean": lambda: ByMean(*np.zeros((2, 1, weights["weights"].shape[1]), np.float32)),
    }  # fmt: skip
    made = kinds[facts["network"]]()
    made.load_state_dict(dict(weights))
    return made


def _inspected(
    bundle: Path, model: Mapping[str, Any], network: UserNetwork, read: list[int], had: list[int], wanted: list[int],
    names: Sequence[str], panels: list[Panel],
) -> Inspection:  # fmt: skip
    vectors = torch.from_numpy(np.array(model["vectors"]))
    beside = torch.zeros(len(vectors))
    if "list" in model["sessions"]:
        beside = torch.from_numpy(model["sessions"]["list"].run(None, predict.counted(model, [had]))[0][0])

    def scores() -> Tensor:
        user = network(vectors[read, :-1])
        return vectors[:, :-1] @ user + vectors[:, -1] + beside

    gelus = {name: one for name, one in network.named_modules() if isinstance(one, nn.GELU)}
    with torch.no_grad(), activations.recorded(gelus) as kept:
        user = network(vectors[read, :-1])
        likely = scores().softmax(0)
    order = [one for one in likely.argsort(descending=True, stable=True).tolist() if one not in set(had)]
    target = wanted[0] if wanted else order[0]

    def forward() -> tuple[Tensor, Tensor]:
        logs = scores().log_softmax(0)
        return -logs[target], logs[target].exp()

    settings = bundles.settings_in(bundle, Settings)
    own = float(settings.learning_rate or settings.automatic(vars(settings))["learning_rate"])
    rates = tuple(sorted({*RATES, own}))
    groups = [(said(N_("Item embeddings")), Group([vectors], True)), *_of_user(network.tower)]
    found = gradient_step.take(forward, [group for _, group in groups], rates)
    step = Step.of(found, [name for name, _ in groups], names[target], bool(wanted), rates, own, _notes(model))
    layers, arrays = _layers(network, vectors[read, :-1], [names[one] for one in read])
    hidden = [one.reshape(-1, one.shape[-1])[-1].numpy() for one in kept.values()][-1:]
    arrays |= {"vector": user.numpy(), "history": vectors[read, :-1].numpy()}
    heat = Heat(
        "history", said(N_("Embeddings of these items, one in each row")), said(N_("Item")), said(N_("Dimension")),
        rows=[names[one] for one in read],
    )  # fmt: skip
    best = [(names[one], float(likely[one])) for one in order[:LIKELY]]
    return Inspection(
        [*panels, heat], [Numbers("vector", said(N_("User embedding: what the network makes of the history")))], layers,
        [Numbers("hidden", said(N_("Hidden units of the user network, at the last item")))] if hidden else
        [Missing(said(N_("This network has no hidden layer.")))],
        _stages(found, len(read), user, vectors, best), step,
        arrays | ({"hidden": hidden[0]} if hidden else {}),
    )  # fmt: skip


def _of_user(tower: nn.Module) -> list[tuple[Told, Group]]:
    """The parameters of the user network, layer by layer; a fitted mean takes no part in learning."""
    fitted = isinstance(tower, ByMean)
    parts: dict[str, list[Tensor]] = {}
    for name, parameter in tower.named_parameters():
        block = ".".join(name.split(".")[:2]) if name.startswith("blocks.") else name.split(".")[0]
        parts.setdefault(block, []).append(parameter)
    return [
        (said(N_("User network, part {n}"), n=n), Group(some, not fitted)) for n, some in enumerate(parts.values(), 1)
    ]


def _notes(model: Mapping[str, Any]) -> list[Told]:
    plain = said(N_("One step of plain gradient descent for this user alone. The loss is the cross-entropy of the next "
                    "item among all items."))  # fmt: skip
    beside = said(N_("The scores of the list are added and stay as they are."))
    return [plain, *([beside] if "list" in model["sessions"] else [])]


def _layers(network: UserNetwork, history: Tensor, names: Sequence[str]) -> tuple[list[Seen], dict[str, np.ndarray]]:
    tower, item = network.tower, said(N_("Item"))
    if isinstance(tower, SASRec):
        return _attention(tower, network.given(history), names)
    if isinstance(tower, DecayedMeanTower):
        ages = torch.arange(len(history) - 1, -1, -1)
        with torch.no_grad():
            left = tower.fade.sigmoid()[:, None] ** ages
        title = said(N_("This network has no attention: it takes five means of the history, in which older items fade "
                        "at learnt speeds."))  # fmt: skip
        heat = Heat("fade", title, said(N_("Mean")), item)
        return [Seen(said(N_("Layer outputs")), [heat])], {"fade": (left / left.sum(1, keepdim=True)).numpy()}
    none = said(N_("This network has no attention: each item of the history counts the same."))
    return [Seen(said(N_("Layer outputs")), [Missing(none)])], {}


def _attention(
    tower: SASRec, given: tuple[Tensor, Tensor], names: Sequence[str]
) -> tuple[list[Seen], dict[str, np.ndarray]]:
    title = said(N_("Attention: how much each item (row) attends to itself and to earlier items (columns)"))
    layers, arrays = [], {}
    with torch.no_grad():
        states, hidden = tower.entered(*given)
        for number, block in enumerate(tower.blocks):
            shares = block.attention(states, hidden)[0][0]
            states = block(states, hidden)
            arrays[f"attention{number}"] = torch.cat([shares.mean(0, keepdim=True), shares]).numpy()
            slices = [said(N_("Mean of all heads")), *(said(N_("Head {n}"), n=n + 1) for n in range(len(shares)))]
            heat = Heat(f"attention{number}", title, said(N_("Item")), said(N_("attends to")), names, slices=slices)
            layers.append(Seen(said(N_("Layer {n}"), n=number + 1), [heat]))
    return layers, arrays


def _stages(
    found: GradientStep, read: int, user: Tensor, vectors: Tensor, best: Sequence[tuple[str, float]]
) -> list[Stage]:
    width, items, tower = len(user), found.groups[0], found.groups[1:]
    count, learning = sum(one.parameters for one in tower), sum(one.parameters for one in tower if one.learns)
    norm = said(N_("norm {n}"), n=f"{float(user.norm()):.3g}")
    likely = [said(N_("{name}: {value}"), name=name if len(name) <= 18 else f"{name[:17]}…", value=f"{share:.1%}")
              for name, share in best]  # fmt: skip
    learns = "learns" if learning else "frozen"
    return [
        Stage("input", said(N_("History")), [Layer("input", 1)], [said(N_("Items: {n}"), n=read)]),
        Stage("hidden", said(N_("Item embeddings")),
              [Layer("hidden", width, items.parameters, items.parameters, "learns")],
              [said(N_("{n:,} dimensions each"), n=width)], [0]),
        Stage("hidden", said(N_("User embedding")), [Layer("hidden", width, count, learning, learns)], [norm],
              [*range(1, 1 + len(tower))]),
        Stage("output", said(N_("Recommendations")), [Layer("output", len(vectors))], likely),
    ]  # fmt: skip
