"""A folder is kept in object storage as pieces and a manifest, and comes back as it was or not at all."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from stored_hosts import contents, names

from models.storage import manifest, object_folder
from models.storage.manifest import Piece
from models.storage.object_store import ObjectStore
from runs.store import objects


@pytest.fixture
def shelf(tmp_path):
    """Object storage of another kind: a folder."""
    return ObjectStore(f"file://{tmp_path}/shelf")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "folder"
    (made / "below").mkdir(parents=True)
    (made / "large").write_bytes(b"large" * object_folder.SMALL)
    (made / "below/small").write_text("small")
    (made / "empty").write_text("")
    return made


def fetched(store, content, into, beside):
    files = manifest.parsed(object_folder.read(store, "place", manifest.digest(content)))
    object_folder.fetch(store, "place", files, into, beside)
    return files


def test_a_folder_comes_back_as_it_was(shelf, folder, tmp_path):
    content = object_folder.push(shelf, "place", folder, names(folder), {})
    fetched(shelf, content, tmp_path / "back", tmp_path / "nothing")
    assert contents(tmp_path / "back") == contents(folder)
    assert (tmp_path / "back/large").stat().st_mtime_ns == (folder / "large").stat().st_mtime_ns


def test_a_second_push_copies_only_what_is_new(shelf, folder):
    known = manifest.parsed(object_folder.push(shelf, "place", folder, names(folder), {}))
    before = set(shelf.below("place"))
    (folder / "more").write_text("more")
    object_folder.push(shelf, "place", folder, names(folder), known)
    assert len(set(shelf.below("place")) - before) == 2  # the new file and the manifest


def test_many_small_files_share_few_objects(shelf, tmp_path):
    (tmp_path / "many").mkdir()
    for number in range(300):
        (tmp_path / "many" / str(number)).write_text(str(number))
    object_folder.push(shelf, "place", tmp_path / "many", names(tmp_path / "many"), {})
    assert len(shelf.below("place")) == 2


def test_an_object_that_was_changed_is_not_taken(shelf, folder, tmp_path):
    content = object_folder.push(shelf, "place", folder, names(folder), {})
    for key in shelf.below("place"):
        if not key.endswith(".json"):
            shelf.write(key, b"other" * object_folder.SMALL)
    with pytest.raises(ValueError, match="written"):
        fetched(shelf, content, tmp_path / "back", tmp_path / "nothing")


@pytest.mark.parametrize("name", ["../out", "/out", "below/../../out", "C:\\out", "..\\out", "C:out", "", ".", "a\0b"])
def test_a_manifest_that_leads_out_of_its_folder_is_refused(name):
    digest = manifest.digest(b"")
    told = json.dumps({name: asdict(Piece(digest, 0, 0, digest, 0))}).encode()
    with pytest.raises(ValueError, match="does not lie in its folder"):
        manifest.parsed(told)


@pytest.mark.parametrize("told", [b"", b"[]", b'{"a": 1}', b'{"a": {}}', b"\xff"])
def test_what_is_no_manifest_is_refused(told):
    with pytest.raises(ValueError, match="no manifest"):
        manifest.parsed(told)


def test_an_object_elsewhere_is_not_asked_for():
    piece = {"object": "../../other", "offset": 0, "size": 1, "sha256": "0" * 64, "modified": 0}
    with pytest.raises(ValueError, match="Where the bytes"):
        manifest.parsed(json.dumps({"a": piece}).encode())


def test_without_object_storage_nothing_is_noted(home):
    objects.owe("runs/one")
    assert objects.every() == [] and objects.home_of("read") is None and objects.taken_here() == []
