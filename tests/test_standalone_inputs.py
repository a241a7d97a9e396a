"""What stands in an ONNX file before a network makes of raw inputs what Python makes of them."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from sounds import sweep

from cases.image_recognition import pixel_graph, predict
from cases.speech.audio import feature_graphs
from cases.speech.audio.features import LONGEST, AstFeatures, SpeakerFeatures, WaveformFeatures, WhisperFeatures
from models.errors import InputError
from models.onnx import runtime
from models.onnx.graph import Graph
from models.onnx.standalone import Front

SHAPES = {
    "landscape": (375, 500), "portrait": (500, 333), "odd": (300, 401), "square": (256, 256), "small": (40, 31),
    "as long as wanted": (200, 64), "panorama": (48, 1001), "large": (500, 703),
}  # fmt: skip


@pytest.fixture
def computed():
    """What a graph alone makes of one input."""

    def compute(graph, made, name, kind, shape, value):
        front = Front(graph, {name: (kind, shape)}, {"made": made})
        return runtime.load(front.alone.SerializeToString())({name: value})

    return compute


def noise(height, width):
    """A picture with all that a filter may blur: a gradient, edges and noise."""
    random = np.random.default_rng(height)
    ramp = np.linspace(0, 255, width)[None, :, None] + np.linspace(-90, 90, height)[:, None, None]
    checks = 60 * ((np.arange(height)[:, None] // 9 + np.arange(width) // 9) % 2)[..., None]
    return (ramp + checks + random.normal(0, 40, (height, width, 3))).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("interpolation", ["bicubic", "bilinear"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_square_is_that_of_pillow_but_for_its_last_rounding(shape, interpolation, computed, tmp_path):
    pixels = noise(*SHAPES[shape])
    Image.fromarray(pixels).save(tmp_path / "picture.png")
    graph = Graph("pixels")
    made = pixel_graph.square(graph, "pixels", 64, interpolation)
    found = computed(graph, made, "pixels", "uint8", ("height", "width", 3), pixels)
    apart = np.abs(found[0].astype(int) - predict.decode(tmp_path / "picture.png", 64, interpolation))
    assert found.shape == (1, 64, 64, 3)
    assert apart.max() <= 1 and (apart > 0).mean() < 0.01


def test_an_interpolation_that_onnx_does_not_know_is_refused():
    with pytest.raises(InputError, match="lanczos"):
        pixel_graph.square(Graph("pixels"), "pixels", 64, "lanczos")


EXTRACTORS = {
    "whisper": WhisperFeatures(80),
    "speakers": SpeakerFeatures(40),
    "wav2vec2": WaveformFeatures(True, 400),
    "hubert": WaveformFeatures(False, 400),
    "ast": AstFeatures(128, 1024),
}
BOUNDS = {"whisper": 2e-3, "speakers": 1e-4, "wav2vec2": 1e-4, "hubert": 0.0, "ast": 5e-3}


@pytest.mark.parametrize("samples", [1, 160, 5000, 16_000, 40_123, LONGEST + 5000])
@pytest.mark.parametrize("kind", EXTRACTORS)
def test_the_frames_are_those_of_numpy_within_a_bound(kind, samples, computed):
    extractor = EXTRACTORS[kind]
    wave = (0.3 * sweep(samples) + np.random.default_rng(0).normal(0, 0.003, samples)).astype(np.float32)
    graph = Graph("samples")
    made = feature_graphs.frames(extractor, graph, feature_graphs.begun(graph, "samples"))
    found = computed(graph, made, "samples", "float32", ("samples",), wave)[0]
    expected = extractor.frames(wave[:LONGEST])
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= BOUNDS[kind] * max(1, np.abs(expected).max())


@pytest.mark.parametrize("samples", [160, 40_123, LONGEST + 5000])
def test_a_whole_window_is_that_of_numpy_also_where_silence_fills_it(samples, computed):
    extractor = EXTRACTORS["whisper"]
    wave = (0.3 * sweep(samples) + np.random.default_rng(0).normal(0, 0.003, samples)).astype(np.float32)
    for positions in (100, 1500):
        graph = Graph("samples")
        made = feature_graphs.window(extractor, graph, feature_graphs.begun(graph, "samples"), positions)
        found = computed(graph, made, "samples", "float32", ("samples",), wave)[0]
        expected = extractor.window(wave[:LONGEST], positions)
        assert found.shape == expected.shape == (2 * positions, 80)
        assert np.abs(found - expected).max() <= BOUNDS["whisper"] * max(1, np.abs(expected).max())


@pytest.mark.parametrize("kind", EXTRACTORS)
def test_silence_gives_numbers(kind, computed):
    graph = Graph("samples")
    made = feature_graphs.frames(EXTRACTORS[kind], graph, feature_graphs.begun(graph, "samples"))
    found = computed(graph, made, "samples", "float32", ("samples",), np.zeros(8000, np.float32))[0]
    assert np.isfinite(found).all()
    assert np.abs(found - EXTRACTORS[kind].frames(np.zeros(8000, np.float32))).max() < 1e-3
