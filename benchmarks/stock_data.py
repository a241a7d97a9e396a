"""Pictures as the stock examples read them: PIL at every look, random cuts to train, the middle to evaluate."""

from __future__ import annotations

import json
from pathlib import Path

from torch.utils.data import DataLoader, Subset
from torchvision import transforms
from torchvision.datasets import ImageFolder


def loaders(spec: dict, folder: Path, config: dict) -> tuple[dict[str, DataLoader], list[str]]:
    """One loader for each part, and the names of the training pictures; `spec["validation"]` names a list of those
    that are kept from training."""
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
    kept = set(json.loads(Path(spec["validation"]).read_text("utf-8")))
    rows = {"train": [row for row, name in enumerate(names) if name not in kept],
            "validation": [row for row, name in enumerate(names) if name in kept]}  # fmt: skip
    workers = {"num_workers": spec["workers"], "persistent_workers": spec["workers"] > 0}
    made = {
        "train": DataLoader(Subset(seen, rows["train"]), spec["batch"], shuffle=True, **workers),
        "validation": DataLoader(Subset(still, rows["validation"]), spec["batch"], **workers),
        "test": DataLoader(test, spec["batch"], **workers),
    }
    return made, [names[row] for row in rows["train"]]
