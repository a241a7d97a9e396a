"""Small image networks that were never trained: of transformers, as its classifiers lie on the hub, and two in one."""

from __future__ import annotations

import json
from pathlib import Path

import torch
import transformers

SIDE = 32
SIDES = (40, 64)  # of networks side by side
CROPPED = {"size": {"shortest_edge": 40}, "crop_size": {"height": SIDE, "width": SIDE}, "do_center_crop": True}
KINDS = {  # model type → its configuration, what its processor states besides, and whether classes are saved with it
    "vit": (
        transformers.ViTConfig(hidden_size=32, num_hidden_layers=3, num_attention_heads=2, intermediate_size=48,
                               image_size=SIDE, patch_size=8, num_labels=5),
        {"image_processor_type": "ViTImageProcessor", "size": {"height": SIDE, "width": SIDE}, "resample": 2},
        True,
    ),
    "dinov2": (  # pretrained on larger pictures than its processor makes, as those of the hub are
        transformers.Dinov2Config(hidden_size=32, num_hidden_layers=3, num_attention_heads=2, mlp_ratio=2,
                                  image_size=56, patch_size=8),
        {"image_processor_type": "BitImageProcessor", "resample": 3, **CROPPED},
        False,
    ),
    "swin": (
        transformers.SwinConfig(image_size=SIDE, patch_size=2, embed_dim=16, depths=[1, 1, 2], num_heads=[1, 2, 2],
                                window_size=4),
        {"image_processor_type": "ViTImageProcessor", "size": {"height": SIDE, "width": SIDE}, "resample": 3},
        True,
    ),
    "convnext": (
        transformers.ConvNextConfig(hidden_sizes=[8, 16, 24], depths=[1, 1, 2], num_stages=3, image_size=SIDE,
                                    out_features=None, layer_scale_init_value=0.1),
        {"image_processor_type": "ConvNextImageProcessor", "size": {"shortest_edge": SIDE}, "crop_pct": 0.8,
         "resample": 3},
        True,
    ),
}  # fmt: skip
NORMALISED = {"do_normalize": True, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
              "do_rescale": True, "rescale_factor": 1 / 255, "do_resize": True}  # fmt: skip


def write_body(folder: Path, kind: str) -> Path:
    config, processor, with_classes = KINDS[kind]
    library = transformers.AutoModelForImageClassification if with_classes else transformers.AutoModel
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = library.from_config(config)
        for parameter in network.parameters():
            if parameter.ndim > 1:  # as drawn they are so small that every picture looks alike
                parameter.data.mul_(5)
    network.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(NORMALISED | processor))
    return folder


def write_side_by_side(folder: Path) -> Path:
    """Two small networks of timm that look at pictures of `SIDES`, as the converter of packaged ones writes them."""
    import timm
    from safetensors.torch import save_file
    from timm.models import save_for_hf

    stated, weights = [], {}
    for letter, architecture, side in (("a", "test_resnet", SIDES[0]), ("b", "test_efficientnet", SIDES[1])):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            network = timm.create_model(architecture, num_classes=0)
        network.pretrained_cfg = {**network.pretrained_cfg, "input_size": (3, side, side), "crop_pct": 0.8,
                                  "mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}  # fmt: skip
        save_for_hf(network, folder / letter, safe_serialization=True)
        stated.append(json.loads((folder / letter / "config.json").read_text("utf-8")))
        weights |= {f"bodies.{letter}.{name}": value for name, value in network.state_dict().items()}
    (folder / "config.json").write_text(json.dumps({"side_by_side": stated}), "utf-8")
    save_file(weights, folder / "model.safetensors")
    return folder
