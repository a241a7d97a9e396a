"""The ONNX file of a bundle is opened by OpenVINO as it is, with its weights in the safetensors beside it."""

from __future__ import annotations

import numpy as np
import pytest

from cases.speech import predict as of_sounds
from cases.speech.audio.features import padded
from cases.text_analysis import predict as of_texts
from models.onnx import runtime

openvino = pytest.importorskip("openvino")


def both(bundle, given):
    """What OpenVINO and what onnxruntime say."""
    compiled = openvino.compile_model(str(bundle / runtime.FILE), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return compiled(given)[0], runtime.load(bundle / runtime.FILE)(given)


def test_texts(learnt_texts):
    model = of_texts.load_onnx(learnt_texts)
    windows = of_texts.tokens(model, ["the food was lovely today", "where is it"])
    ids, mask = of_texts.padded(model, [one for [one] in windows])
    one, other = both(learnt_texts, {"input_ids": ids, "attention_mask": mask})
    assert one.shape == (2, 3) and np.abs(one - other).max() < 1e-4


@pytest.mark.parametrize("kind", ["whisper", "wav2vec2", "ast", "speakers"])
def test_sounds(learnt_sounds, kind):
    extractor, random = of_sounds.extractor(learnt_sounds(kind) / "body"), np.random.default_rng(0)
    waves = [random.normal(0, 0.1, samples).astype(np.float32) for samples in (9000, 7000)]
    one, other = both(learnt_sounds(kind), padded([extractor.frames(wave) for wave in waves]))
    assert one.shape == (2, 3) and np.abs(one - other).max() < 1e-4
