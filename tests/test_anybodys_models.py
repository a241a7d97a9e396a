"""The folder of a model may be anybody's: only safetensors are read from it, and whatever is wrong is said."""

from __future__ import annotations

import json
import os
import shutil

import made_backbones
import made_sounds
import pytest
import torch
from safetensors.torch import load_file, save_file

from cases.image_recognition import predict
from cases.image_recognition.backbones import load_body as load_picture_body
from cases.speech.audio import encoders, extractors
from cases.speech.transcription import whisper
from models.errors import InputError
from models.pretrained import catalog
from models.text import encoder, tokenizer


def pictures(folder):
    load_picture_body(folder)


def texts(folder):
    tokenizer.load(folder)
    encoder.load_body(folder)


def sounds(folder):
    extractors.load(folder)
    encoders.load_body(folder)


KINDS = {
    "timm": pictures,
    "vit": pictures,
    "bert": texts,
    **dict.fromkeys(made_sounds.BODIES, sounds),
    "scribe": whisper.load,
}


@pytest.fixture(scope="module", params=list(KINDS))
def whole(request, body, text_body, sound_bodies, materials, tmp_path_factory):
    """The folder of a small model, and what loads it as a case does."""
    if request.param == "vit":
        return made_backbones.write_body(tmp_path_factory.mktemp("vit"), "vit"), pictures
    known = {"timm": body, "bert": text_body, "scribe": materials["speech: transcribe"][0], **sound_bodies}
    return known[request.param], KINDS[request.param]


@pytest.fixture
def model(whole, tmp_path):
    """A copy that may be changed, and a function that takes it in as a run does."""
    source, load = whole
    folder = tmp_path / "model"
    shutil.copytree(source, folder)

    def take():
        load(catalog.folder(str(folder), tmp_path / "cache"))

    return folder, take


class Mark:
    """Unpickled, it leaves a folder behind."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


PICKLES = ["pytorch_model.bin", "pytorch_model.pth", "open_clip_pytorch_model.bin", "model.pt", "training_args.bin",
           "adapter_model.bin", "tf_model.h5", "flax_model.msgpack"]  # fmt: skip


def leave_pickles(folder, mark):
    for name in PICKLES:
        torch.save({"weight": Mark(mark)}, folder / name)


def test_a_pickle_beside_the_weights_is_left_alone(model, tmp_path):
    folder, take = model
    leave_pickles(folder, tmp_path / "mark")
    take()
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("dummy", ["dummy.safetensors", "open_clip_model.safetensors", "pytorch_model.safetensors"])
def test_another_safetensors_opens_no_door_to_a_pickle(model, whole, tmp_path, dummy):
    folder, take = model
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")  # as good, if it were read
    (folder / "model.safetensors").unlink()
    save_file({"nothing": torch.zeros(1)}, folder / dummy)
    with pytest.raises(InputError) as refused:
        take()
    assert "has its weights only as pickle: pytorch_model.bin." in str(refused.value)
    with pytest.raises(InputError):  # nor by whoever comes past the catalogue
        whole[1](folder)
    leave_pickles(folder, tmp_path / "mark")
    with pytest.raises(InputError):
        whole[1](folder)
    assert not (tmp_path / "mark").exists()


def test_an_adapter_is_refused(model, tmp_path):
    folder, take = model
    (folder / "adapter_config.json").write_text(
        json.dumps({"base_model_name_or_path": str(tmp_path), "peft_type": "LORA"})
    )
    with pytest.raises(InputError, match="holds an adapter, not a whole network"):
        take()


def test_code_beside_the_weights_is_not_run(model, tmp_path):
    folder, take = model
    config = json.loads((folder / "config.json").read_text("utf-8"))
    code = {name: "mine.Thing" for name in ("AutoConfig", "AutoModel", "AutoTokenizer")}
    config |= {"auto_map": code, "model_type": "mine", "architecture": "mine"}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "mine.py").write_text(f"import os\nos.mkdir({str(tmp_path / 'mark')!r})\nclass Thing: ...\n")
    with pytest.raises(InputError):
        take()
    assert not (tmp_path / "mark").exists()


DEEP = b"[" * 100_000


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json",
                                  "preprocessor_config.json", "model.safetensors"])  # fmt: skip
@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"null", DEEP, b"\xff\xfe", None])
def test_a_damaged_file_of_a_model_is_said(model, name, content):
    folder, take = model
    if not (folder / name).exists():
        return
    (folder / name).write_bytes((folder / name).read_bytes()[:-7] if content is None else content)
    try:
        take()
    except InputError as refused:
        assert len(str(refused)) < 1000
    else:
        assert content == b"{}" and name not in ("config.json", "model.safetensors"), "It was taken as it is."


def test_a_bundle_is_read_from_safetensors_only(body, tmp_path):
    bundle = tmp_path / "bundle"
    shutil.copytree(body, bundle / "body")
    save_file({"weight": torch.zeros(1)}, bundle / "head.safetensors")
    for name in ("labels", "preprocessing"):
        (bundle / f"{name}.json").write_text("{}")
    predict.load(bundle)
    torch.save(load_file(bundle / "body/model.safetensors"), bundle / "body/pytorch_model.bin")
    (bundle / "body/model.safetensors").unlink()
    with pytest.raises(FileNotFoundError):
        predict.load(bundle)
