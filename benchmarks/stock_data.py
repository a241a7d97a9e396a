"""Pictures as the stock examples read them: PIL at every look, random cuts to train, the middle to evaluate."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from torch.utils.data import DataLoader, Subset
from torchvision import transforms
from torchvision.datasets import ImageFolder

from cases.splits import split

VALIDATION = 0.15  # of each class, as Casebook's default


def loaders(spec: dict, folder: Path, config: dict) -> tuple[dict[str, DataLoader], list[str]]:
    """One loader for each part, and the names of the training pictures."""
    crop, cut = config["input_size"][-1], transforms.InterpolationMode(config["interpolation"])
    end = [transforms.ToTensor(), transforms.Normalize(config["mean"], config["std"])]
    training = transforms.Compose(
        [transforms.RandomResizedCrop(crop, interpolation=cut), transforms.RandomHorizontalFlip(), *end]
    )
    looking = transforms.Compose(
        [transforms.Resize(round(crop / config["crop_pct"]), interpolation=cut), transforms.CenterCrop(crop), *end]
    )
    seen, still, test = (
        ImageFolder(folder / part, how) for part, how in (("train", training), ("train", looking), ("test", looking))
    )
    names = [Path(path).relative_to(folder / "train").as_posix() for path, _ in seen.samples]
    frame = pd.DataFrame({"label": [name.split("/")[0] for name in names], "split": "train"})
    parts = split(frame, validation=VALIDATION, test=0.0, seed=spec["seed"])
    rows = {part: [int(row) for row in parts.index[parts == part]] for part in ("train", "validation")}
    workers = {"num_workers": spec["workers"], "persistent_workers": spec["workers"] > 0}
    made = {
        "train": DataLoader(Subset(seen, rows["train"]), spec["batch"], shuffle=True, **workers),
        "validation": DataLoader(Subset(still, rows["validation"]), spec["batch"], **workers),
        "test": DataLoader(test, spec["batch"], **workers),
    }
    return made, [names[row] for row in rows["train"]]
