"""Low-rank adapters: the pretrained weights stay, a product of two thin matrices beside each of them learns.

Hu et al. 2021, “LoRA: Low-Rank Adaptation of Large Language Models”. Linear layers get them, and convolutions that are
not divided into groups; the adapters are `peft`'s. After training they go into the weights, so that what is saved is
the plain network.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from models.training import batchnorm_folding

ADAPTER = "default"
RAW_CHANNELS = 4  # a convolution of no more input channels looks at the raw input; there is nothing low-rank in that


def targets(body: nn.Module) -> list[str]:
    """The names of the layers that get an adapter."""
    return [name for name, module in body.named_modules() if _is_target(module)]


def _is_target(module: nn.Module) -> bool:
    if isinstance(module, nn.Linear):
        return True
    return type(module) is nn.Conv2d and module.groups == 1 and module.in_channels > RAW_CHANNELS


def width(layer: nn.Module) -> int:
    """The parameters that an adapter of rank 1 beside `layer` has."""
    return layer.weight.shape[0] + layer.weight[0].numel()


def sizes(body: nn.Module, blocks: Sequence[Sequence[str]]) -> list[list[int]]:
    """Numbers in each block, given by the names of its parameters, and in the adapters of rank 1 it would get."""
    plain = {name: parameter.numel() for name, parameter in body.named_parameters()}
    thin = {f"{name}.weight": width(body.get_submodule(name)) for name in targets(body)}
    return [[sum(known.get(name, 0) for name in names) for known in (plain, thin)] for names in blocks]


def adapt(body: nn.Module, *, rank: int, alpha: float, dropout: float) -> None:
    """Freeze `body` and put an adapter beside each target, in place; it computes what it did until they learn.

    A convolution whose normalisation is folded into it keeps that: its adapter's output is scaled alike.
    """
    from peft import LoraConfig, inject_adapter_in_model

    config = LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=dropout, target_modules=targets(body))
    inject_adapter_in_model(config, body, ADAPTER)  # freezes all but the adapters
    for layer in _adapted(body).values():
        batchnorm_folding.follow(layer.get_base_layer(), layer.lora_B[ADAPTER])


def merge(body: nn.Module) -> None:
    """Add what the adapters learnt to the weights and take them out again; the names are the plain ones then."""
    for name, layer in _adapted(body).items():
        layer.merge()
        parent, _, own = name.rpartition(".")
        setattr(body.get_submodule(parent), own, layer.get_base_layer())
    body.requires_grad_(True)


def _adapted(body: nn.Module) -> dict[str, nn.Module]:
    from peft.tuners.lora import LoraLayer

    return {name: module for name, module in body.named_modules() if isinstance(module, LoraLayer)}
