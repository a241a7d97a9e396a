"""What was downloaded from the hub is checked before it is used, and what was damaged is downloaded anew."""

from __future__ import annotations

import shutil

import pytest
from hub_server import refusal

from models.pretrained import catalog
from models.storage import checksums


def cut(path):
    path.write_bytes(path.read_bytes()[:-20])


def flipped(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def deleted(path):
    path.unlink()


damages = pytest.mark.parametrize("damage", [cut, flipped, deleted])
files = pytest.mark.parametrize("name", ["model.safetensors", "config.json"])


@damages
@files
def test_a_file_that_was_damaged_since_is_downloaded_anew_and_no_other(hub_server, tiny_resnet, tmp_path, name, damage):
    hub_server.models["owner/tiny"] = tiny_resnet
    folder = catalog.folder("owner/tiny", tmp_path)
    damage((folder / name).resolve())
    asked = len(hub_server.asked)
    assert catalog.folder("owner/tiny", tmp_path) == folder
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        file.name: file.read_bytes()
        for file in tiny_resnet.iterdir()
        if file.name in ("model.safetensors", "config.json")
    }
    assert {path.rpartition("/")[2] for path in hub_server.asked[asked:] if "resolve" in path} == {name}


@pytest.mark.parametrize("damage", [cut, flipped])
@files
def test_without_the_hub_a_damaged_file_is_named_and_nothing_is_built_from_it(
    hub_server, tiny_resnet, tmp_path, name, damage
):
    hub_server.models["owner/tiny"] = tiny_resnet
    folder = catalog.folder("owner/tiny", tmp_path)
    damage((folder / name).resolve())
    hub_server.models["owner/tiny"] = (503, {})
    for _ in range(2):
        assert refusal("owner/tiny", tmp_path) == (
            f"“{name}” of the downloaded model “owner/tiny” is missing or damaged, and {hub_server.url} cannot "
            "provide it now. Model files must be exactly as downloaded. Try again when the Hub can be reached, or "
            "choose another model."
        )
    hub_server.models["owner/tiny"] = tiny_resnet
    assert catalog.digest(catalog.folder("owner/tiny", tmp_path)) == catalog.digest(tiny_resnet)


@files
def test_without_the_hub_a_model_of_which_a_file_is_gone_is_not_used(hub_server, tiny_resnet, tmp_path, name):
    hub_server.models["owner/tiny"] = tiny_resnet
    folder = catalog.folder("owner/tiny", tmp_path)
    deleted((folder / name).resolve())
    hub_server.models["owner/tiny"] = (503, {})
    assert refusal("owner/tiny", tmp_path).startswith(f"{hub_server.url} answered with the error 503.")


def forget_checksums(folder):
    """As where a model was downloaded before they were kept."""
    shutil.rmtree(folder.parent.parent / "checksums")


def test_weights_from_before_checksums_were_kept_are_known_by_what_the_hub_announced(hub_server, tiny_resnet, tmp_path):
    hub_server.models["owner/tiny"] = tiny_resnet
    folder = catalog.folder("owner/tiny", tmp_path)
    forget_checksums(folder)
    hub_server.models["owner/tiny"] = (503, {})
    assert catalog.folder("owner/tiny", tmp_path) == folder
    flipped((folder / "model.safetensors").resolve())
    assert refusal("owner/tiny", tmp_path).startswith("“model.safetensors” of the downloaded model “owner/tiny”")


def test_another_file_than_was_announced_is_refused(hub_server, tiny_resnet, tmp_path):
    hub_server.models["owner/tiny"] = tiny_resnet
    content = bytearray((tiny_resnet / "model.safetensors").read_bytes())
    content[-1] ^= 1
    hub_server.instead["model.safetensors"] = bytes(content)
    assert refusal("owner/tiny", tmp_path) == (
        f"“model.safetensors” of “owner/tiny” from {hub_server.url} does not match its published SHA-256. Model files "
        "must be exactly as downloaded. Try again later, or set HF_ENDPOINT to a mirror of the Hub."
    )
    hub_server.instead.clear()
    assert catalog.digest(catalog.folder("owner/tiny", tmp_path)) == catalog.digest(tiny_resnet)


def test_files_are_read_for_their_checksum_once(hub_server, tiny_resnet, tmp_path):
    hub_server.models["owner/tiny"] = tiny_resnet
    catalog.folder("owner/tiny", tmp_path)
    catalog.folder("owner/tiny", tmp_path)
    known = checksums._digest.cache_info().misses
    catalog.folder("owner/tiny", tmp_path)
    assert checksums._digest.cache_info().misses == known
