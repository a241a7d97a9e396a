"""Which samples train, which validate, which test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cases import group_split, groups, repeats
from cases.dataset import LEFT_OUT, SPLITS, Dataset
from cases.groups import COPIES
from cases.settings import dividing
from cases.task_types import CLASSIFICATION, TaskType
from models.errors import N_, InputError
from models.evaluation import folds

LEARNT_FROM = ("train", "validation")
MOST_NAMED = 10  # classes that a sentence names


def asked(settings: Any) -> dict[str, Any]:
    """What settings say of the split, as `assign` and `divide` take it."""
    return dividing(type(settings), vars(settings))


def divide(
    dataset: Dataset, *, validation: float, test: float, seed: int, group_by: str = COPIES
) -> dict[str, np.ndarray]:
    """The rows of each part, without those left out; see `split`.

    Raises:
        InputError: a part is empty, or nothing is known of what is to be kept together.
    """
    parts = assign(dataset, validation=validation, test=test, seed=seed, group_by=group_by)
    require_parts(parts, dataset.task_type, LEARNT_FROM if dataset.sealed else SPLITS, dataset.samples)
    return {part: np.flatnonzero(parts == part) for part in ("train", "validation", "test")}


def assign(dataset: Dataset, *, validation: float, test: float, seed: int, group_by: str = COPIES) -> pd.Series:
    """The part of every sample, `LEFT_OUT` for those left out; by the labels as they were read, so that an edit moves
    nothing else. What was added later moves nothing either: an earlier version's samples stay where they were in it.
    See `split`, `Dataset.parts` and `Dataset.sealed`.

    Raises:
        InputError: nothing is known of what is to be kept together.
    """
    if dataset.parts is None:
        parts = _as_read(dataset, validation=validation, test=test, seed=seed, group_by=group_by)
    else:
        parts = dataset.parts.copy()
    parts[dataset.samples["split"] == LEFT_OUT] = LEFT_OUT
    if dataset.sealed:
        parts[parts == "test"] = LEFT_OUT
    return parts


def learnable(dataset: Dataset) -> np.ndarray:
    """The rows of samples that may be learnt from by some settings: all but a test part that came with the data."""
    return np.flatnonzero(dataset.as_read["split"] != "test")


def edited(dataset: Dataset, **asked: Any) -> dict[str, dict[str, int]]:
    """Part → how many of its labels were changed by hand (relabelled; a class that was renamed is not), how many of its
    items were left out (left_out), and how many of those have a copy that was not (copies, where any has); only parts
    in which something was. `asked` as `assign` takes it."""
    parts = _as_read(dataset, **{"group_by": COPIES, **asked})
    now = dataset.samples
    gone = (now["split"] == LEFT_OUT).to_numpy()
    other = (now["label"].fillna("") != dataset.came.fillna("")).to_numpy() & ~gone
    spare = excluded_copies(dataset)
    found = {}
    for part in ("train", "validation", "test"):
        here = parts == part
        counts = {"relabelled": int(other[here].sum()), "left_out": int(gone[here].sum())}
        copies = {"copies": n} if (n := int(spare[here].sum())) else {}
        if any(counts.values()):
            found[part] = counts | copies
    return found


def excluded_copies(dataset: Dataset) -> pd.Series:
    """(samples,) whether a sample is excluded while a copy of it is kept."""
    gone = dataset.samples["split"] == LEFT_OUT
    if "alike" not in dataset.samples:
        return gone & False
    group = dataset.samples["alike"]
    return gone & group.isin(set(group[~gone]) - {-1})


def _as_read(dataset: Dataset, *, group_by: str, **asked: Any) -> pd.Series:
    before, stratified = dataset.before, dataset.task_type.has_classes
    if group_by == repeats.TRANSCRIPT and stratified:
        raise InputError(
            found=N_("The labels of this data set are classes, not transcripts."),
            expected=N_("Grouping by sentence needs transcripts."),
            remedy=N_("Group by duplicates only."),
        )
    stood = None
    if before is not None:  # what is kept together now was perhaps not known then
        there = group_by == COPIES or (groups.values(before, group_by) != "").any()
        stood = _as_read(before, group_by=group_by if there else COPIES, **asked)
    return split(_grouped(dataset, group_by), **asked, group_by=group_by, stratified=stratified, stood=stood)


def _grouped(dataset: Dataset, group_by: str) -> pd.DataFrame:
    """The samples as they were read, with the column by which they are grouped."""
    if group_by == COPIES:
        return dataset.as_read
    return dataset.as_read.assign(**{group_by: groups.values(dataset, group_by)})


def sizes(dataset: Dataset, *, validation: float, test: float, **_others: Any) -> dict[str, int]:
    """About how many items each part will have: the shares of what may be divided, not class by class. How else they
    are divided does not matter for that."""
    parts = dataset.samples["split"].value_counts()
    free = int(parts.get("", 0) + parts.get("train", 0))
    shares = {"validation": validation, "test": test}
    made = {part: int(parts[part]) if part in parts else round(free * share) for part, share in shares.items()}
    return {"train": free - sum(made[part] for part in shares if part not in parts), **made}


def split(
    samples: pd.DataFrame, *, validation: float, test: float, seed: int, group_by: str = COPIES,
    stratified: bool = True, stood: pd.Series | None = None,
) -> pd.Series:  # fmt: skip
    """train, validation or test for every sample, the same for the same seed; `stratified`: by label.

    A split that came with the data is honoured: given test samples stay test and no others join them.
    Every class keeps at least one sample to train on. Copies of one another (the column `alike`, where there is one)
    stay together, so that nothing is tested on what it was trained on; where `group_by` names another column, whole
    groups with the same value there are drawn instead, whatever their labels.

    `stood`: the parts of the first samples, which are those of an earlier version. They stay; the others are divided by
    the same shares among themselves, except that copies, and whole groups, go where the earlier ones are.
    """
    given = set(samples["split"].unique())
    shares = {
        "validation": 0 if "validation" in given else validation,
        "test": 0 if "test" in given else test,
    }
    stood = pd.Series([], dtype=object) if stood is None else stood
    if group_by != COPIES:
        within = stratified and group_by not in groups.ACROSS
        return group_split.split(samples, group_by, shares, seed, stood, within_classes=within)
    parts = _divided(samples, shares, seed, stood, stratified=stratified)
    if any(share and not (parts == part).any() for part, share in shares.items()):  # copies fill more than the share
        return _divided(samples, shares, seed, stood, stratified=stratified, least=1)
    return parts


def _divided(
    samples: pd.DataFrame, shares: Mapping[str, float], seed: int, stood: pd.Series, *, stratified: bool, least: int = 0
) -> pd.Series:
    """Of each class its `shares`, or a little less where copies do not fit; `least` so many groups of copies of each
    class that has three."""
    parts = samples["split"].to_numpy(object).copy()
    parts[: len(stood)] = stood
    free = _free(samples, len(stood))
    labels = samples["label"].to_numpy(object) if stratified else np.zeros(len(samples), object)
    copies = samples["alike"].to_numpy() if "alike" in samples else np.full(len(samples), -1)
    placed = group_split.places(samples, copies, stood)  # group of copies → part
    there = set(zip(labels[: len(stood)], stood, strict=True))
    random = np.random.default_rng(seed)
    for label, members in pd.Series(free).groupby(labels[free], sort=True).indices.items():
        rows = random.permutation(free[members])
        counts = {part: round(len(rows) * share) for part, share in shares.items()}
        for part, share in shares.items():
            if share and not counts[part] and len(rows) > 2 and (label, part) not in there:
                counts[part] = 1  # a small class is looked at too
        room = len(rows) - 1
        for part in ("test", "validation"):
            of_these = copies[rows]
            most = min(counts[part], room)
            if least and most and len(np.unique(of_these)) > (2 if part == "test" else 1):
                most = max(most, min(Counter(of_these[of_these >= 0].tolist()).values(), default=0))
            taken = _first(of_these, placed, most)
            parts[rows[taken]] = part
            placed |= {group: part for group in copies[rows[taken]] if group >= 0}
            rows, room = rows[~taken], room - taken.sum()
        parts[rows] = [placed.setdefault(group, "train") if group >= 0 else "train" for group in copies[rows]]
    return pd.Series(parts, samples.index, name="split")


def _free(samples: pd.DataFrame, stood: int) -> np.ndarray:
    """The rows that are ours to divide."""
    free = np.flatnonzero(samples["split"].isin(["", "train"]))
    return free[free >= stood]


def _first(copies: np.ndarray, placed: dict[int, str], most: int) -> np.ndarray:
    """Which rows to take, given their groups of copies: the first, whole groups only and none that is placed."""
    if (copies < 0).all():
        return np.arange(len(copies)) < most
    sizes, chosen, taken = Counter(copies.tolist()), set(), []
    for group in copies.tolist():
        size = sizes[group] if group >= 0 else 1
        wanted = group not in chosen and group not in placed and size <= most
        if wanted:
            most -= size
            chosen |= {group} - {-1}
        taken.append(wanted or group in chosen)
    return np.array(taken)


def again(dataset: Dataset, number: int, **asked: Any) -> Dataset:
    """Sealed data whose training and validation part are drawn anew from both, the same for the same `number`; copies
    and groups stay together, and about as many examples are validated on. `asked` as `assign` takes it."""
    parts = assign(dataset.without_test(), **asked)
    both = parts.isin(LEARNT_FROM)
    group_by = asked.get("group_by", COPIES)
    samples = _grouped(dataset, group_by)[both].assign(split="").reset_index(drop=True)
    drawn = split(samples, validation=(parts == "validation").sum() / both.sum(), test=0.0,
                  seed=asked["seed"] + number, group_by=group_by,
                  stratified=dataset.task_type.has_classes)  # fmt: skip
    parts[both] = drawn.to_numpy()
    return dataset.without_test().divided(parts)


def together(dataset: Dataset, *, group_by: str = COPIES, **_others: Any) -> np.ndarray:
    """(samples,) the number of the group that the division keeps together, copies or what `group_by` names; -1 for
    none."""
    samples = dataset.samples
    if group_by != COPIES:
        values = groups.values(dataset, group_by)
        return np.where(values == "", -1, pd.factorize(values)[0])
    return samples["alike"].to_numpy() if "alike" in samples else np.full(len(samples), -1)


def held_out(dataset: Dataset, number: int, count: int, **asked: Any) -> Dataset:
    """Data with one of `count` folds of what is learnt from and validated on as their test part; the test part itself
    is left out, all others stay where they are. Groups are in one fold. `asked` as `assign` takes it."""
    parts = assign(dataset, **asked)
    rows = np.flatnonzero(parts.isin(LEARNT_FROM))
    labels = pd.factorize(dataset.samples["label"].to_numpy()[rows])[0]
    fold = folds.assign(labels, together(dataset, **asked)[rows], count)
    parts[parts == "test"] = LEFT_OUT
    parts.iloc[rows[fold == number]] = "test"
    return dataset.divided(parts)


def require_parts(
    parts: pd.Series, task_type: TaskType = CLASSIFICATION, needed: Sequence[str] = SPLITS,
    samples: pd.DataFrame | None = None,
) -> None:  # fmt: skip
    """Every part that is needed must hold something.

    Args:
        samples: of the parts, where it is to be said which classes have too few.

    Raises:
        InputError: names the part that is empty, or what to add where no class has enough for all parts.
    """
    for part in needed:
        if (parts == part).any():
            continue
        if samples is not None and task_type.has_classes and (lacking := _lacking(samples[parts.isin(SPLITS)])):
            raise InputError(
                found=N_("No class has three different examples."),
                expected=N_("A class needs three: one each for training, validation and test."),
                remedy=N_("Still to be added: {lacking}."),
                lacking=lacking,
            ).mended_by(step="check")
        raise InputError(
            found=N_("No examples are left in the “{part}” split."),
            expected=task_type.smallest,
            remedy=N_("Add examples, or change the split."),
            part=part,
        ).mended_by(step="check")


def _lacking(samples: pd.DataFrame) -> list[str]:
    """Classes and how many examples each lacks to have three, where none has; copies count once."""
    if samples["split"].isin(["validation", "test"]).any():
        return []  # what came with the data decides
    copies = samples["alike"].to_numpy() if "alike" in samples else np.full(len(samples), -1)
    different = pd.Series(np.where(copies < 0, -1 - np.arange(len(samples)), copies), samples.index)
    counts = different.groupby(samples["label"]).nunique()
    if counts.empty or counts.max() >= len(SPLITS):
        return []
    listed = [f"{label} × {len(SPLITS) - count}" for label, count in counts.items()]
    return listed if len(listed) <= MOST_NAMED else [*listed[:MOST_NAMED], "…"]
