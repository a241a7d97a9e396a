"""The weights that a training may change, as files: what stays as it was pretrained is not written after every epoch.

Of a text encoder in many languages four fifths are its table of words, which never learns; with adapters nearly all
stays. Whoever reads such a file gives it to a network that has the rest already.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from safetensors.torch import load_model
from torch import Tensor, nn
from transformers import Trainer


def taken(network: nn.Module) -> dict[str, Tensor]:
    """Name → what learns, and all that is counted along, as the means of a normalisation; nothing is copied."""
    frozen = frozen_names(network)
    return {name: value for name, value in network.state_dict().items() if name not in frozen}


def load(network: nn.Module, path: Path) -> None:
    """Give `network` the weights of a file, with or without those that do not learn.

    Raises:
        ValueError: what learns is not in it, or there is no place for what is.
    """
    missing, unknown = load_model(network, str(path), strict=False)
    if lacking := {*missing} - frozen_names(network):
        raise ValueError(f"{path} lacks {sorted(lacking)}.")
    if unknown:
        raise ValueError(f"{path} has {sorted(unknown)}, for which the network has no place.")


def frozen_names(network: nn.Module) -> set[str]:
    return {name for name, one in network.named_parameters(remove_duplicate=False) if not one.requires_grad}


class LearntWeightsTrainer(Trainer):
    """Writes into its checkpoints what learns, and reads those as well that have everything."""

    def _save(self, output_dir: str | None = None, state_dict: dict[str, Tensor] | None = None) -> None:
        super()._save(output_dir, taken(self.model) if state_dict is None else state_dict)

    def _issue_warnings_after_load(self, load_result: Any) -> None:
        frozen = frozen_names(self.model)
        load_result.missing_keys[:] = [name for name in load_result.missing_keys if name not in frozen]
        super()._issue_warnings_after_load(load_result)
