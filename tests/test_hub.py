"""A real server on this machine that speaks as much of the hub's protocol as a download needs."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from models.errors import InputError
from models.pretrained import catalog, hub
from models.progress import QUIET
from models.storage import checksums
from models.text import encoder, tokenizer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def announced(name, content):
    """What a file goes by: the SHA-256 of a large one, some other number of all others."""
    return (hashlib.sha256 if name.endswith(".safetensors") else hashlib.sha1)(content).hexdigest()


class Hub(BaseHTTPRequestHandler):
    """Serves `server.models`: id → folder, or the refusal it gives instead: (status, headers).

    `server.downloads` holds refusals of models whose files it names but does not give, `server.instead` what is sent in
    place of a file.
    """

    def do_GET(self):
        self.server.asked.append(self.path)
        path = self.path.partition("?")[0].strip("/").split("/")
        name, rest = ("/".join(path[2:4]), path[4:]) if path[0] == "api" else ("/".join(path[:2]), path[2:])
        folder = self.server.models.get(name, (401, {}))
        if isinstance(folder, tuple):
            self.answer(b'{"error": "refused"}', folder[0], **folder[1])
        elif rest[1] not in ("main", COMMIT):
            self.answer(b"{}", 404, **{"X-Error-Code": "RevisionNotFound"})
        elif rest[0] == "resolve" and name in self.server.downloads:
            status, headers = self.server.downloads[name]
            self.answer(b"", status, **headers)
        elif rest[0] == "resolve":
            content = (folder / rest[2]).read_bytes()
            self.answer(self.sent(rest[2], content), ETag=f'"{announced(rest[2], content)}"',
                        **{"X-Repo-Commit": COMMIT})  # fmt: skip
        else:
            self.answer(json.dumps(self.listing(name, folder)[rest[0]]).encode())

    do_HEAD = do_GET

    def sent(self, name, content):
        return self.server.instead.get(name, content)

    def listing(self, name, folder):
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        tree = [
            {"type": "file", "path": name, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}
            for name, content in files.items()
        ]
        siblings = [{"rfilename": name} for name in files]
        return {"revision": {"id": name, "sha": COMMIT, "siblings": siblings}, "tree": tree}

    def answer(self, content, status=200, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        server.models, server.downloads, server.instead, server.asked = {}, {}, {}, []
        server.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        monkeypatch.setenv("HF_ENDPOINT", server.url + "/")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield server
        server.shutdown()


@pytest.fixture
def tiny(tmp_path):
    import timm
    from timm.models import save_for_hf

    folder = tmp_path / "tiny"
    save_for_hf(timm.create_model("test_resnet"), str(folder), safe_serialization="both")
    (folder / "README.md").write_text("Not needed.")
    return folder


def refusal(model, cache):
    with pytest.raises(InputError) as caught:
        catalog.folder(model, cache)
    return str(caught.value)


def test_a_hub_model_is_downloaded_without_its_pickle(server, tiny, tmp_path):
    import timm

    server.models["owner/tiny"] = tiny
    assert not hub.is_here("owner/tiny", tmp_path / "cache" / "hub")
    folder = catalog.folder("owner/tiny", tmp_path / "cache")
    assert hub.is_here("owner/tiny@main", tmp_path / "cache" / "hub")
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]
    assert (tmp_path / "cache" / "hub") in folder.parents
    assert catalog.digest(folder) == catalog.digest(tiny)
    timm.create_model(f"local-dir:{folder}", pretrained=True)


def test_an_encoder_of_texts_comes_with_its_tokenizer_and_reads_as_it_does_in_its_folder(server, text_body, tmp_path):
    server.models["owner/reader"] = text_body
    folder = catalog.folder("owner/reader", tmp_path / "cache", "text")
    read = [encoder.vectors(encoder.load_body(place), tokenizer.load(place), ["moss and rust", "苔藓"], bf16=False,
                            report=QUIET) for place in (folder, text_body)]  # fmt: skip
    assert (tmp_path / "cache" / "hub") in folder.parents and read[0].shape == (2, 64)
    assert (read[0] == read[1]).all()


def test_a_revision_can_be_named(server, tiny, tmp_path):
    server.models["owner/tiny"] = tiny
    assert catalog.folder(f"owner/tiny@{COMMIT}", tmp_path).name == COMMIT
    assert refusal("owner/tiny@v9", tmp_path) == (
        "“owner/tiny” has no revision “v9”. A revision is a branch, a tag or a commit of the model. Take one from the "
        "model’s page, or omit it to use the newest."
    )


def test_a_downloaded_model_needs_the_hub_no_more(server, tiny, tmp_path, monkeypatch):
    server.models["owner/tiny"] = tiny
    folder = catalog.folder("owner/tiny", tmp_path)
    asked = len(server.asked)
    assert catalog.folder("owner/tiny", tmp_path) == folder
    assert not [path for path in server.asked[asked:] if "resolve" in path]

    server.models["owner/tiny"] = (503, {})
    assert catalog.folder("owner/tiny", tmp_path) == folder
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    asked = len(server.asked)
    assert catalog.folder("owner/tiny", tmp_path) == folder
    assert len(server.asked) == asked


def test_offline_nothing_is_asked(server, tiny, tmp_path, monkeypatch):
    server.models["owner/tiny"] = tiny
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert refusal("owner/tiny", tmp_path) == (
        "“owner/tiny” (main) is not on this machine, and HF_HUB_OFFLINE forbids downloading it. A Hub model is "
        "downloaded once, over the network. Unset HF_HUB_OFFLINE, or choose a local model."
    )
    assert server.asked == []


def test_an_unknown_id_is_named(server, tmp_path):
    assert refusal("owner/unknown", tmp_path) == (
        f"{server.url} has no public model “owner/unknown”. A Hub ID is owner/name, as on the model’s page. Check the "
        "spelling; for a private model, set HF_TOKEN to a token with read access."
    )


@pytest.mark.parametrize("late", [True, False])
def test_a_model_with_terms_says_where_to_accept_them(late, server, tiny, tmp_path):
    gated = (403, {"X-Error-Code": "GatedRepo"})
    server.models["owner/gated"] = tiny if late else gated
    server.downloads["owner/gated"] = gated
    assert refusal("owner/gated", tmp_path) == (
        "“owner/gated” requires accepting its terms. "
        "The Hub needs the token of an account that accepted them. "
        f"Accept the terms on {server.url}/owner/gated and set HF_TOKEN to your token."
    )


def test_a_hub_in_trouble_is_said_to_be(server, tmp_path):
    server.models["owner/tiny"] = (503, {})
    assert refusal("owner/tiny", tmp_path) == (
        f"{server.url} answered with the error 503. The Hub must list the files of “owner/tiny”. "
        "Try again later, or set HF_ENDPOINT to a mirror of the Hub."
    )


def test_a_page_that_is_no_hub_is_said_to_be(server, tmp_path):
    server.models["owner/tiny"] = (200, {"Content-Length": "5"})
    assert refusal("owner/tiny", tmp_path) == (
        f"{server.url} does not respond like a model hub. "
        "HF_ENDPOINT must be the address of the Hugging Face Hub or a mirror. "
        "Correct HF_ENDPOINT, or log in to the network, then try again."
    )


def test_a_hub_model_of_pickles_is_refused_before_it_is_downloaded(server, tiny, tmp_path):
    (tiny / "model.safetensors").unlink()
    server.models["owner/tiny"] = tiny
    assert refusal("owner/tiny", tmp_path) == (
        "“owner/tiny” has its weights only as pickle: pytorch_model.bin. Weights are read from safetensors files only, "
        "since a pickle can run arbitrary code. Save the model again as safetensors, or choose a model that has them."
    )
    assert len(server.asked) == 1


def unreachable(endpoint):
    return (
        f"“owner/tiny” (main) is not on this machine, and {endpoint} cannot be reached. A Hub model is downloaded "
        "once, over the network. Check the network, set HF_ENDPOINT to a reachable mirror, or choose a local model."
    )


def test_a_refused_connection_is_answered_at_once(tmp_path, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and never listens
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
        started = time.monotonic()
        assert refusal("owner/tiny", tmp_path) == unreachable(endpoint)
    assert time.monotonic() - started < 5


def test_a_hub_that_says_nothing_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(hub, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
        assert refusal("owner/tiny", tmp_path) == unreachable(endpoint)


def test_an_address_without_scheme_is_not_reached(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "hub.example")
    assert refusal("owner/tiny", tmp_path) == unreachable("hub.example")


def test_a_download_that_breaks_off_says_so_and_is_taken_up_again(server, tiny, tmp_path):
    server.models["owner/tiny"] = tiny
    server.downloads["owner/tiny"] = (404, {"X-Error-Code": "EntryNotFound"})
    message = refusal("owner/tiny", tmp_path)
    before, cause, after = message.partition("(")[0], message[message.index("(") :], message[message.index("). ") :]
    assert before == f"The download of “owner/tiny” from {server.url} was interrupted "
    assert cause.startswith("(404 Client Error. Entry Not Found for url: ")  # the words of huggingface_hub
    assert after == (
        "). All files of the model must be downloaded. Try again: downloaded files are kept. With a mirror, set "
        "HF_HUB_DISABLE_XET=1, or large files may bypass it."
    )
    server.downloads.clear()
    assert catalog.digest(catalog.folder("owner/tiny", tmp_path)) == catalog.digest(tiny)


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
def test_a_file_that_was_damaged_since_is_downloaded_anew_and_no_other(server, tiny, tmp_path, name, damage):
    server.models["owner/tiny"] = tiny
    folder = catalog.folder("owner/tiny", tmp_path)
    damage((folder / name).resolve())
    asked = len(server.asked)
    assert catalog.folder("owner/tiny", tmp_path) == folder
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == {
        file.name: file.read_bytes() for file in tiny.iterdir() if file.name in ("model.safetensors", "config.json")
    }
    assert {path.rpartition("/")[2] for path in server.asked[asked:] if "resolve" in path} == {name}


@pytest.mark.parametrize("damage", [cut, flipped])
@files
def test_without_the_hub_a_damaged_file_is_named_and_nothing_is_built_from_it(server, tiny, tmp_path, name, damage):
    server.models["owner/tiny"] = tiny
    folder = catalog.folder("owner/tiny", tmp_path)
    damage((folder / name).resolve())
    server.models["owner/tiny"] = (503, {})
    for _ in range(2):
        assert refusal("owner/tiny", tmp_path) == (
            f"“{name}” of the downloaded model “owner/tiny” is missing or damaged, and {server.url} cannot "
            "provide it now. Model files must be exactly as downloaded. Try again when the Hub can be reached, or "
            "choose another model."
        )
    server.models["owner/tiny"] = tiny
    assert catalog.digest(catalog.folder("owner/tiny", tmp_path)) == catalog.digest(tiny)


@files
def test_without_the_hub_a_model_of_which_a_file_is_gone_is_not_used(server, tiny, tmp_path, name):
    server.models["owner/tiny"] = tiny
    folder = catalog.folder("owner/tiny", tmp_path)
    deleted((folder / name).resolve())
    server.models["owner/tiny"] = (503, {})
    assert refusal("owner/tiny", tmp_path).startswith(f"{server.url} answered with the error 503.")


def forget_checksums(folder):
    """As where a model was downloaded before they were kept."""
    shutil.rmtree(folder.parent.parent / "checksums")


def test_weights_from_before_checksums_were_kept_are_known_by_what_the_hub_announced(server, tiny, tmp_path):
    server.models["owner/tiny"] = tiny
    folder = catalog.folder("owner/tiny", tmp_path)
    forget_checksums(folder)
    server.models["owner/tiny"] = (503, {})
    assert catalog.folder("owner/tiny", tmp_path) == folder
    flipped((folder / "model.safetensors").resolve())
    assert refusal("owner/tiny", tmp_path).startswith("“model.safetensors” of the downloaded model “owner/tiny”")


def test_another_file_than_was_announced_is_refused(server, tiny, tmp_path):
    server.models["owner/tiny"] = tiny
    content = bytearray((tiny / "model.safetensors").read_bytes())
    content[-1] ^= 1
    server.instead["model.safetensors"] = bytes(content)
    assert refusal("owner/tiny", tmp_path) == (
        f"“model.safetensors” of “owner/tiny” from {server.url} does not match its published SHA-256. Model files must "
        "be exactly as downloaded. Try again later, or set HF_ENDPOINT to a mirror of the Hub."
    )
    server.instead.clear()
    assert catalog.digest(catalog.folder("owner/tiny", tmp_path)) == catalog.digest(tiny)


def test_files_are_read_for_their_checksum_once(server, tiny, tmp_path):
    server.models["owner/tiny"] = tiny
    catalog.folder("owner/tiny", tmp_path)
    catalog.folder("owner/tiny", tmp_path)
    known = checksums._digest.cache_info().misses
    catalog.folder("owner/tiny", tmp_path)
    assert checksums._digest.cache_info().misses == known
