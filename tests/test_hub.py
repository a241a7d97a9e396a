"""Models and samples are downloaded once, as they were published, or it is said why not."""

from __future__ import annotations

import io
import socket
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hub_server import refusal

import cases
from cases.base import WorkDirs
from cases.ingest import download
from cases.recommendation import sample
from models.errors import InputError
from models.pretrained import catalog, hub
from models.progress import QUIET


def test_a_hub_model_is_downloaded_without_its_pickle(hub_server, tiny_resnet, tmp_path):
    import timm

    hub_server.models["owner/tiny"] = tiny_resnet
    assert not hub.is_here("owner/tiny", tmp_path / "cache" / "hub")
    folder = catalog.folder("owner/tiny", tmp_path / "cache")
    assert hub.is_here("owner/tiny@main", tmp_path / "cache" / "hub")
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]
    assert (tmp_path / "cache" / "hub") in folder.parents
    assert catalog.digest(folder) == catalog.digest(tiny_resnet)
    timm.create_model(f"local-dir:{folder}", pretrained=True)


@pytest.fixture
def tiny(hub_server, tiny_resnet):
    """The same where the hub has it."""
    hub_server.models["owner/tiny"] = tiny_resnet
    return tiny_resnet


def test_a_downloaded_model_needs_the_hub_no_more_and_offline_nothing_is_asked(hub_server, tiny, tmp_path, monkeypatch):
    folder = catalog.folder("owner/tiny", tmp_path)
    asked = len(hub_server.asked)
    assert catalog.folder("owner/tiny", tmp_path) == folder
    assert not [path for path in hub_server.asked[asked:] if "resolve" in path]
    hub_server.models["owner/tiny"] = (503, {})
    assert catalog.folder("owner/tiny", tmp_path) == folder
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    asked = len(hub_server.asked)
    assert catalog.folder("owner/tiny", tmp_path) == folder
    told = refusal("owner/tiny", tmp_path / "elsewhere")
    assert "“owner/tiny” (main) is not on this machine, and HF_HUB_OFFLINE forbids downloading it." in told
    assert len(hub_server.asked) == asked


@pytest.mark.parametrize(("answer", "told"), [
    (None, "{url} has no public model “owner/tiny”."), ((503, {}), "{url} answered with the error 503."),
    ((200, {"Content-Length": "5"}), "{url} does not respond like a model hub."),
    ((403, {"X-Error-Code": "GatedRepo"}), "“owner/tiny” requires accepting its terms."),
])  # fmt: skip
def test_what_a_hub_answers_instead_is_told(hub_server, tmp_path, answer, told):
    if answer:
        hub_server.models["owner/tiny"] = answer
    assert refusal("owner/tiny", tmp_path).startswith(told.format(url=hub_server.url))


def test_a_model_whose_files_have_terms_says_where_to_accept_them(hub_server, tiny, tmp_path):
    hub_server.downloads["owner/tiny"] = (403, {"X-Error-Code": "GatedRepo"})
    assert f"Accept the terms on {hub_server.url}/owner/tiny and set HF_TOKEN" in refusal("owner/tiny", tmp_path)


def test_a_hub_model_of_pickles_is_refused_before_it_is_downloaded(hub_server, tiny, tmp_path):
    (tiny / "model.safetensors").unlink()
    assert "has its weights only as pickle: pytorch_model.bin." in refusal("owner/tiny", tmp_path)
    assert len(hub_server.asked) == 1


@pytest.mark.parametrize("kind", ["refuses", "is silent", "has no scheme"])
def test_a_hub_that_cannot_be_reached_is_given_up(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(hub, "TIMEOUT", 0.2 if kind == "is silent" else 60)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == "is silent":
            taken.listen()
        endpoint = "hub.example" if kind == "has no scheme" else f"http://127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
        assert f"not on this machine, and {endpoint} cannot be reached." in refusal("owner/tiny", tmp_path)


def test_a_download_that_breaks_off_says_so_and_is_taken_up_again(hub_server, tiny, tmp_path):
    hub_server.downloads["owner/tiny"] = (404, {"X-Error-Code": "EntryNotFound"})
    told = refusal("owner/tiny", tmp_path)
    assert told.startswith(f"The download of “owner/tiny” from {hub_server.url} was interrupted (404 Client Error.")
    assert "Try again: downloaded files are kept." in told and "HF_HUB_DISABLE_XET=1" in told
    hub_server.downloads.clear()
    assert catalog.digest(catalog.folder("owner/tiny", tmp_path)) == catalog.digest(tiny)


# What was downloaded is checked before it is used, and what was damaged is downloaded anew.


def cut(path):
    path.write_bytes(path.read_bytes()[:-20])


def flipped(path):
    path.write_bytes(last_bit_turned(path.read_bytes()))


def deleted(path):
    path.unlink()


def last_bit_turned(content):
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize("damage", [cut, flipped, deleted])
@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_damaged_file_alone_is_downloaded_anew_and_without_the_hub_it_is_named(
    hub_server, tiny, tmp_path, name, damage
):
    folder = catalog.folder("owner/tiny", tmp_path)
    whole = {one: (tiny / one).read_bytes() for one in ("model.safetensors", "config.json")}
    damage((folder / name).resolve())
    asked = len(hub_server.asked)
    assert catalog.folder("owner/tiny", tmp_path) == folder
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == whole
    assert {path.rpartition("/")[2] for path in hub_server.asked[asked:] if "resolve" in path} == {name}
    damage((folder / name).resolve())
    hub_server.models["owner/tiny"] = (503, {})
    told = f"“{name}” of the downloaded model “owner/tiny” is missing or damaged, and {hub_server.url}"
    for _ in range(2):  # and nothing is built from it
        assert refusal("owner/tiny", tmp_path).startswith(hub_server.url if damage is deleted else told)
    hub_server.models["owner/tiny"] = tiny
    assert {file.name: file.read_bytes() for file in catalog.folder("owner/tiny", tmp_path).iterdir()} == whole


def test_another_file_than_was_announced_is_refused(hub_server, tiny, tmp_path):
    hub_server.instead["model.safetensors"] = last_bit_turned((tiny / "model.safetensors").read_bytes())
    assert f"from {hub_server.url} does not match its published SHA-256." in refusal("owner/tiny", tmp_path)
    hub_server.instead.clear()
    assert catalog.digest(catalog.folder("owner/tiny", tmp_path)) == catalog.digest(tiny)


# A sample that is not installed is downloaded, or it is said why not and what to do.


USED = ("ratings", "movies")
FILES = {
    "ml-latest-small/ratings.csv": "\n".join(["userId,movieId,rating,timestamp", *(
        f"{user},{film},4.0,{1_000_000_000 + 10 * user + film}" for user in range(1, 5) for film in range(1, 7))]),
    "ml-latest-small/movies.csv": "\n".join(["movieId,title,genres", *(
        f"{film},Film {film} (2018),Comedy|Drama" for film in range(1, 7))]),
    "ml-latest-small/tags.csv": "userId,movieId,tag,timestamp\n1,1,funny,1445714994\n",
    "ml-latest-small/links.csv": "movieId,imdbId,tmdbId\n1,0114709,862\n",
    "ml-latest-small/README.txt": "Summary, of a made one\nEach film, and each user\nThere are six, and four",
}  # fmt: skip


@pytest.fixture
def site():
    """The address of a server on this machine, and the answers it gives by path: (status, promised length, body)."""
    answers: dict[str, tuple[int, int, bytes]] = {}

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self):
            status, length, body = answers[self.path]
            self.send_response(status)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Nothing on the screen."""

    server = HTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", answers
    server.shutdown()
    server.server_close()


def test_newer_films_are_downloaded_and_read(site, tmp_path):
    host, answers = site
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    answers["/ml-latest-small.zip"] = (200, len(held.getvalue()), held.getvalue())

    part = sample.newer_films(tmp_path, f"{host}/ml-latest-small.zip")

    assert (part.name, part.path.read_bytes()) == ("ml-latest-small.zip", held.getvalue())
    (tmp_path / "data").mkdir()
    dataset = cases.get("recommendation").read([part], WorkDirs(tmp_path / "data", tmp_path), "0123456789abcdef", QUIET)
    assert dataset.samples["label"].tolist() == [f"Film {film} (2018)" for film in range(1, 7)]
    assert sorted(dataset.set_aside["name"]) == sorted(set(FILES) - {f"ml-latest-small/{name}.csv" for name in USED})


@pytest.mark.parametrize(("answer", "reason"), [
    ((404, 0, b""), "404 Not Found"), ((503, 0, b""), "503 Service Unavailable"),
    ((200, 1001, b"x" * 1001), "> 1,000 B"), ((200, 900, b"x" * 600), "- 300 B"), ((200, 900, b""), "- 900 B"),
])  # fmt: skip
def test_what_cannot_be_had_whole_says_so_and_how_to_bring_it(site, tmp_path, answer, reason):
    host, answers = site
    answers["/films.zip"] = answer
    with pytest.raises(InputError) as refused:
        download.fetch(f"{host}/films.zip", tmp_path / "films.zip", most=1000)
    assert f"could not be downloaded from 127.0.0.1 ({reason})." in str(refused.value)
    assert f"download `{host}/films.zip` elsewhere and upload the file." in str(refused.value)
