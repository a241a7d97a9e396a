"""Networks that hear, of the hub or a folder: what is made of a sound is what transformers makes of it."""

from __future__ import annotations

import json
import shutil

import numpy as np
import plain_encoders
import pytest
import torch
from sounds import sweep, tone

from cases.speech import predict
from cases.speech.audio import encoders, extractors, features
from models.pretrained import catalog
from models.progress import QUIET
from models.training import lora

OF_TRANSFORMERS = ("wav2vec2", "hubert", "ast")
KINDS = pytest.mark.parametrize("kind", OF_TRANSFORMERS)
OFFERED = [known for known in catalog.models_for("audio") if known.carrier is None]


@pytest.fixture
def vectors(sound_bodies):
    def of(kind, waves):
        folder = sound_bodies[kind]
        return encoders.vectors(encoders.load_body(folder), extractors.load(folder), waves, bf16=False, report=QUIET)

    return of


@KINDS
def test_a_vector_is_the_mean_of_what_transformers_makes_of_the_sound(sound_bodies, vectors, kind):
    from transformers import AutoFeatureExtractor, AutoModel

    network = AutoModel.from_pretrained(sound_bodies[kind]).eval()
    extract = AutoFeatureExtractor.from_pretrained(sound_bodies[kind])
    waves = [sweep(5000), sweep(9000) + 0.2, np.random.default_rng(0).normal(0, 0.1, 7001).astype(np.float32)]
    for wave, vector in zip(waves, vectors(kind, waves), strict=True):
        given = extract(wave, sampling_rate=16_000, return_tensors="pt").input_values
        with torch.no_grad():
            states = network(given).last_hidden_state[0]
        if kind == "ast":  # tokens: two marks, then 5 bands of 5 moments each, of ten frames
            frames = (len(wave) - 400) // 160 + 1
            states = states[2:].reshape(5, 5, -1)[:, : -(-frames // 10)].flatten(0, 1)
        assert np.abs(states.mean(0).numpy() - vector).max() < 1e-5
    assert np.std(vectors(kind, waves), 0).mean() > 0.01  # sounds do differ in it


@pytest.mark.parametrize("kind", plain_encoders.ALL)
@pytest.mark.parametrize("samples", [30, 5000, 41_234])
def test_what_leaves_with_a_model_hears_what_the_plain_formulas_hear(sound_bodies, tmp_path, kind, samples):
    folder = shutil.copytree(sound_bodies[kind], tmp_path / "body")
    encoders.load_body(folder).save(folder)
    config, frames = json.loads((folder / "config.json").read_text()), predict.extractor(folder).frames(sweep(samples))
    batch = {name: torch.from_numpy(array) for name, array in features.padded([frames]).items()}
    with torch.no_grad():
        heard = predict.encoder(folder)(**batch)
        expected = plain_encoders.ALL[kind](folder, config)(batch["frames"])
    assert heard.shape == expected.shape and (heard - expected).abs().max() < 1e-6


def test_a_sound_longer_than_the_window_of_ast_is_heard_in_several(vectors):
    first, second = sweep(64 * 160 + 240), tone(0.5, 900)[:8000]
    [one, other, both] = vectors("ast", [first, second, np.concatenate([first[: 64 * 160], second])])
    assert not np.allclose(both, one, atol=1e-2) and not np.allclose(both, other, atol=1e-2)
    assert np.linalg.norm(both - (one + other) / 2) < np.linalg.norm(one - other) / 2


@KINDS
def test_the_blocks_hold_every_weight_once_and_what_was_saved_is_the_same_for_the_standard_loader(
    sound_bodies, tmp_path, kind
):
    from transformers import AutoModel

    body = encoders.load_body(sound_bodies[kind])
    blocks = body.blocks()  # the last are nearest to the head
    assert sorted(name for names in blocks for name in names) == sorted(name for name, _ in body.named_parameters())
    assert len(blocks) == 3 and all(".layers.1." in name or "norm." in name for name in blocks[-1])
    body.save(tmp_path)
    network, told = AutoModel.from_pretrained(tmp_path, output_loading_info=True)
    assert not told["missing_keys"] and not told["unexpected_keys"]
    for name, value in body.network.state_dict().items():
        assert torch.equal(network.state_dict()[name], value), name


@KINDS
def test_a_model_of_the_hub_hears_what_its_folder_hears(hub_server, sound_bodies, tmp_path, kind):
    hub_server.models["owner/ears"] = sound_bodies[kind]
    folder = catalog.folder("owner/ears", tmp_path, "audio")
    assert folder != sound_bodies[kind] and extractors.load(folder) == extractors.load(sound_bodies[kind])
    ours, theirs = encoders.load_body(folder), encoders.load_body(sound_bodies[kind])
    assert all(torch.equal(value, theirs.state_dict()[name]) for name, value in ours.state_dict().items())


def _built(identity):
    """As the model's config describes it: (all that is downloaded, what labels sounds)."""
    import transformers as t

    from cases.speech.audio.encoders.ast import AstEncoder
    from cases.speech.audio.encoders.wav2vec2 import WaveformEncoder

    off, small = {"layerdrop": 0.0, "mask_time_prob": 0.0}, {"num_hidden_layers": 2, "feat_proj_layer_norm": False}
    match identity.partition("/")[2]:
        case "distilhubert":
            heard = t.HubertModel(t.HubertConfig(**small, **off))
            return t.HubertModel(t.HubertConfig(**small)), WaveformEncoder(heard)
        case "wav2vec2-base-960h":
            return t.Wav2Vec2ForCTC(t.Wav2Vec2Config()), WaveformEncoder(t.Wav2Vec2Model(t.Wav2Vec2Config(**off)))
        case "ast-finetuned-audioset-10-10-0.4593":
            whole = t.ASTForAudioClassification(t.ASTConfig(num_labels=527))
            return whole, AstEncoder(t.ASTModel(t.ASTConfig()), 0.0, 1.0)


@pytest.mark.parametrize("known", OFFERED, ids=lambda known: known.title)
def test_what_is_said_of_a_model_of_the_hub_is_what_transformers_builds(known, tmp_path):
    assert not catalog.is_here(known, tmp_path)
    with torch.device("meta"):
        whole, body = _built(known.id)
    total = sum(parameter.numel() for parameter in whole.parameters()) / 1e6
    assert (known.parameters, known.size_mb) == pytest.approx((total, 4 * total), abs=0.2)
    sizes = {name: parameter.numel() for name, parameter in body.named_parameters()}
    thin = {f"{name}.weight": lora.width(body.get_submodule(name)) for name in lora.targets(body)}
    assert known.body.width == body.width
    assert known.body.blocks == tuple(
        (sum(sizes[name] for name in names), sum(thin.get(name, 0) for name in names)) for names in body.blocks()
    )
    fixed = sum(parameter.numel() for parameter in body.parameters() if not parameter.requires_grad)
    assert known.body.fixed == fixed
