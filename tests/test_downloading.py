"""A sample that is not installed is downloaded, or it is said why not and what to do."""

from __future__ import annotations

import io
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

import cases
from cases.base import WorkDirs
from cases.ingest import download
from cases.recommendation import sample
from models.errors import InputError
from models.progress import QUIET

USED = ("ratings", "movies")
FILES = {
    "ml-latest-small/ratings.csv": "userId,movieId,rating,timestamp\n"
    + "".join(
        f"{user},{film},4.0,{1_000_000_000 + 10 * user + film}\n" for user in range(1, 5) for film in range(1, 7)
    ),
    "ml-latest-small/movies.csv": "movieId,title,genres\n"
    + "".join(f"{film},Film {film} (2018),Comedy|Drama\n" for film in range(1, 7)),
    "ml-latest-small/tags.csv": "userId,movieId,tag,timestamp\n1,1,funny,1445714994\n",
    "ml-latest-small/links.csv": "movieId,imdbId,tmdbId\n1,0114709,862\n",
    "ml-latest-small/README.txt": "Summary, of a made one\nEach film, and each user\nThere are six, and four",
}


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
    threading.Thread(target=server.serve_forever, daemon=True).start()
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


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((404, 0, b""), "404 Not Found"),
        ((503, 0, b""), "503 Service Unavailable"),
        ((200, 2000, b"x" * 2000), "> 1,000 B"),
        ((200, 900, b"x" * 600), "- 300 B"),
        ((200, 900, b""), "- 900 B"),
    ],
)
def test_what_cannot_be_had_whole_says_so_and_how_to_bring_it(site, tmp_path, answer, reason):
    host, answers = site
    answers["/films.zip"] = answer
    with pytest.raises(InputError) as refused:
        download.fetch(f"{host}/films.zip", tmp_path / "films.zip", most=1000)
    assert str(refused.value) == (
        f"The file could not be downloaded from 127.0.0.1 ({reason}). This machine needs to reach 127.0.0.1."
        f" Try again later, or download `{host}/films.zip` elsewhere and upload the file."
    )


def test_what_is_wrong_with_the_folder_is_not_laid_at_the_door_of_the_host(site, tmp_path):
    host, answers = site
    answers["/films.zip"] = (200, 3, b"abc")
    with pytest.raises(FileNotFoundError):
        download.fetch(f"{host}/films.zip", tmp_path / "missing" / "films.zip", most=1000)


def test_where_nobody_answers_it_is_said(site, tmp_path):
    with pytest.raises(InputError) as refused:
        download.fetch("http://127.0.0.1:9/films.zip", tmp_path / "films.zip", most=1000)
    assert str(refused.value) == (
        "The file could not be downloaded from 127.0.0.1 ([Errno 111] Connection refused). This machine needs to reach "
        "127.0.0.1. Try again later, or download `http://127.0.0.1:9/films.zip` elsewhere and upload the file."
    )
