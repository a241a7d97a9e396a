"""What the tests stand on: a home for each, real pictures, a tiny real network, a real agent."""

from __future__ import annotations

import gc
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from uuid import uuid4

import made_items
import made_sounds
import made_speech
import made_texts
import numpy as np
import postgres
import psutil
import pytest
from hypothesis import settings
from PIL import Image
from station import Station
from streamlit.components.v2 import manifest_scanner

from cases.base import UploadedFile
from cases.ingest import tables
from models.pretrained import catalog, formats
from models.progress import QUIET, NullReporter
from runs import paths
from runs.inference import client
from runs.jobs import data_import
from runs.store import database, queue, records

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: tiny networks lose time with more threads
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

settings.register_profile("casebook", deadline=None)  # a busy machine is no failure
settings.load_profile("casebook")

ROOT = Path(__file__).parent.parent
TINTS = {"moss": (104, 128, 100), "rust": (128, 108, 96), "slate": (104, 112, 124)}


def answering_below(folder):
    """The homes below this folder that a process answers for."""
    found = set()
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            home = Path(process.environ().get("CASEBOOK_HOME", ""))
            if "runs.inference.server" in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE:
                found |= {home} if home.is_relative_to(folder) else set()
    return found


@pytest.fixture(scope="session", autouse=True)
def nothing_stands_about(tmp_path_factory):
    """What the tests started to answer is gone when the last one is done."""
    yield
    assert answering_below(tmp_path_factory.getbasetemp()) == set()


@pytest.fixture(scope="session", autouse=True)
def packages_are_looked_through_once():
    """For components, as an app does when it starts; `AppTest` does it for every app that it pretends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


def pytest_collection_modifyitems(items):
    """Where there is no card, what is marked `gpu` says so."""
    marked = [one for one in items if one.get_closest_marker("gpu")]
    if not marked:
        return
    import torch

    if not torch.cuda.is_available():
        for one in marked:
            one.add_marker(pytest.mark.skip(reason="needs an NVIDIA card"))


def pytest_collection_finish():
    """As before runs are forked: the collections of each training pass over all that was loaded until here, which took
    most of its time."""
    gc.collect()
    gc.freeze()


def pytest_generate_tests(metafunc):
    """A module that names `DATABASES` is run on each of them, but for what goes on in a home that all tests share."""
    if kinds := getattr(metafunc.module, "DATABASES", None):
        shared = "at_station" in metafunc.fixturenames
        metafunc.parametrize("database_url", kinds[:1] if shared else kinds, indirect=True)


@pytest.fixture(scope="session")
def postgres_pattern():
    with postgres.migrated() as server:
        yield server


@pytest.fixture
def database_url(request, tmp_path):
    """Of a PostgreSQL where the test asks for one; None is SQLite in the home."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield None
        return
    server, name = request.getfixturevalue("postgres_pattern"), f"t{uuid4().hex}"
    yield server.database(name, template="pattern")
    database.engine().dispose()
    with server.connected() as db:
        db.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(autouse=True)
def one_thread():
    """Every test leaves torch with one: a process that is forked after more have computed waits for them for ever."""
    yield
    if torch := sys.modules.get("torch"):
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        assert threads == 1


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch, database_url):
    """Every test has its own home and its own database."""
    path = tmp_path / "home"
    monkeypatch.setenv("CASEBOOK_HOME", str(path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if database_url:
        monkeypatch.setenv("DATABASE_URL", database_url)
    yield path
    client.rest(path)


def picture(tint, random, size=48) -> bytes:
    """A PNG: a gradient in one tint under strong noise."""
    ramp = np.linspace(0.4, 1.3, size)[:, None, None]
    pixels = ramp * np.array(tint) + random.normal(0, 90, (size, size, 3))
    buffer = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="session")
def zip_of():
    """Write a zip of {name: bytes}."""

    def write(path, files):
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return path

    return write


@pytest.fixture
def part(tmp_path):
    """A file as it was uploaded: under a number that says nothing."""

    def make(name, content, split="", label=""):
        path = tmp_path / "uploads" / str(len(list(tmp_path.glob("uploads/*"))))
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return UploadedFile(path, name, split, label)

    return make


@pytest.fixture
def read_table(tmp_path):
    """What is read from a table of this content under this name."""

    def reading(content, name="texts.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tables.read(path, name)

    return reading


@pytest.fixture(scope="session")
def read_zip(tmp_path_factory):
    """Read a zip into a data set of somebody. Where one with the same content was read before, the home of this test
    gets a copy of what that came to, and the reading finds it there."""
    known = {}

    def reading(case, archive, identity="d1", owner="local"):
        with zipfile.ZipFile(archive) as opened:
            content = tuple((one.filename, one.CRC) for one in opened.infolist())
        key, there = (case, identity, archive.name, content), paths.datasets() / identity
        if key in known:
            shutil.copytree(known[key], there)
        read = data_import.into_dataset(case, [UploadedFile(archive, archive.name)], identity, QUIET)
        if key not in known:
            known[key] = shutil.copytree(there, tmp_path_factory.mktemp("read") / identity)
        records.add_dataset(owner, identity, case, read.name, sample=False)
        return read

    return reading


def _characters(texts):
    return [len(text) + 2 for text in texts]


@pytest.fixture
def read_texts(tmp_path):
    """Read texts with a tokenizer that is cheap: a token a character, and the marks at both ends."""
    from cases.text_analysis import reader

    def reading(*parts, **columns):
        folder = tmp_path / "data"
        folder.mkdir()
        return reader.read(parts, folder, "digest", NullReporter(), count=_characters, columns=columns)

    return reading


def in_place_of(identity, body, cache):
    """The folder in which a cache keeps a packaged model, with the small `body` in it, as if that was converted to
    it."""
    known = catalog.find(identity)
    folder = cache / f"models/{known.id}-{known.carrier.digest[:12]}"
    shutil.copytree(body, folder)
    files = {path.name: data_import.sha256_of(path) for path in sorted(folder.iterdir())}
    (folder / formats.SOURCE).write_text(json.dumps({"carrier": known.carrier.digest, "files": files}))
    return folder


@pytest.fixture(scope="session")
def counting_model(text_body, tmp_path_factory):
    """The small BERT in the place of the default text model: half a gigabyte less is read and checked wherever the
    tokens of texts are only counted."""
    return in_place_of("multilingual-e5-small", text_body, tmp_path_factory.mktemp("cache"))


def laid(models):
    """What lays these folders into the cache of a home, and returns the home."""

    def lay(home):
        kept = home / "cache/models"
        kept.mkdir(parents=True, exist_ok=True)
        for model in models:
            (kept / model.name).symlink_to(model)
        return home

    return lay


@pytest.fixture(scope="session")
def small_models(counting_model, body, sound_bodies, tmp_path_factory):
    """Small networks in the place of the packaged ones that data begin with, to be laid into a home."""
    cache = tmp_path_factory.mktemp("small")
    return laid([
        counting_model,
        in_place_of("efficientnet_lite0", body, cache),
        in_place_of("whisper-tiny.en", sound_bodies["whisper"], cache),
    ])  # fmt: skip


@pytest.fixture(scope="session")
def small_finer_models(body, tmp_path_factory):
    """Small networks in the place of the packaged image models that a search tries besides."""
    cache = tmp_path_factory.mktemp("finer")
    return laid([in_place_of(name, body, cache) for name in ("efficientnet_lite2", "efficientnet_lite0_lite2")])


@pytest.fixture
def tokens_at_hand(home, counting_model):
    """By `counting_model` texts are read in this test's home, and in others this is called with."""
    model = counting_model

    def lay(there):
        kept = there / "cache/models" / model.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        if not kept.exists():
            kept.symlink_to(model)

    lay(home)
    return lay


@pytest.fixture(scope="session")
def pictures():
    """The files of class folders: `each` pictures of every class, the same for the same seed."""

    def draw(each=8, *, classes=tuple(TINTS), seed=0, above=""):
        random = np.random.default_rng(seed)
        return {
            f"{above}{name}/{number:03}.png": picture(TINTS[name], random) for name in classes for number in range(each)
        }

    return draw


@pytest.fixture(scope="session")
def body(tmp_path_factory):
    """The folder of a real network of timm that is tiny, looks at 32 pixels and was never trained."""
    import timm
    import torch

    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("body")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = timm.create_model("test_resnet", num_classes=0, zero_init_last=False)
    network.pretrained_cfg = {**network.pretrained_cfg, "input_size": (3, 32, 32), "crop_pct": 0.8}
    timm.models.save_for_hf(network, folder, safe_serialization=True)
    return folder


@pytest.fixture(scope="session")
def text_body(tmp_path_factory):
    """The folder of a small BERT that was never trained, with a tokenizer of a few words and Chinese characters."""
    return made_texts.write_body(tmp_path_factory.mktemp("text_body"))


@pytest.fixture(scope="session")
def sound_bodies(tmp_path_factory):
    """The folders of small networks that hear and were never trained, by their kind."""
    return {kind: made_sounds.write_body(tmp_path_factory.mktemp(kind), kind) for kind in made_sounds.BODIES}


@pytest.fixture(scope="session")
def seen_sounds(sound_bodies, tmp_path_factory):
    """The kind of a small network → a cache with what it makes of the tones, and with the probe on that."""

    def see(body):
        folder = tmp_path_factory.mktemp(f"seen_{body}")
        made_sounds.build(made_sounds.write(folder / "data", body), folder, QUIET, model=str(sound_bodies[body]))
        return folder / "cache"

    return cache(see)


@pytest.fixture
def learn_sounds(sound_bodies, seen_sounds, tmp_path):
    """Train one of the small networks on tones, in a run's folder below `tmp_path` and a cache of an earlier run."""

    def learning(body="whisper", report=QUIET, **chosen):
        tones = made_sounds.write(tmp_path / "data", body)
        shutil.copytree(seen_sounds(body), tmp_path / "cache", dirs_exist_ok=True)
        return made_sounds.learn(tones, tmp_path, report, **{"model": str(sound_bodies[body]), **chosen})

    return learning


@pytest.fixture(scope="session")
def learnt_sounds(sound_bodies, tmp_path_factory):
    """Bundles that know low tones from high ones, by the kind of body; they are not to be changed."""

    def leave(kind):
        folder = tmp_path_factory.mktemp(f"learnt_{kind}")
        tones = made_sounds.write(folder / "data", kind)
        trainer = made_sounds.learn(tones, folder, QUIET, model=str(sound_bodies[kind]), mode="full",
                                    learning_rate=0.005, augmentation="none")  # fmt: skip
        trainer.save(folder / "bundle", made_sounds.RESULT, QUIET)
        return folder / "bundle"

    return cache(leave)


@pytest.fixture(scope="session")
def text_cache(tmp_path_factory):
    """A cache in which packaged text models are kept, `models/` as everywhere."""
    folder = tmp_path_factory.mktemp("text_cache")
    yield folder
    shutil.rmtree(folder)  # half a gigabyte


@pytest.fixture(scope="session")
def text_model(text_cache):
    """The folder of a packaged text model by its id; each is converted once."""
    return cache(lambda identity: catalog.folder(identity, text_cache / "models"))


@pytest.fixture
def texts(tmp_path):
    """See `made_texts.write`."""
    return made_texts.write(tmp_path / "data")


@pytest.fixture(scope="session")
def seen_texts(text_body, tmp_path_factory):
    """A cache with what the small BERT makes of the texts, and with the probe on that."""
    folder = tmp_path_factory.mktemp("seen_texts")
    made_texts.build(made_texts.write(folder / "data"), folder, QUIET, model=str(text_body))
    return folder / "cache"


@pytest.fixture
def learn_texts(text_body, seen_texts, texts, tmp_path):
    """Train the small BERT on `texts`, in a run's folder below `tmp_path` and a cache of an earlier run."""

    def learning(report=QUIET, **chosen):
        shutil.copytree(seen_texts, tmp_path / "cache", dirs_exist_ok=True)
        return made_texts.learn(texts, tmp_path, report, **{"model": str(text_body), **chosen})

    return learning


@pytest.fixture(scope="session")
def learnt_texts(text_body, tmp_path_factory):
    """A bundle that knows what each word of the texts tells; it is not to be changed."""
    folder = tmp_path_factory.mktemp("learnt_texts")
    trainer = made_texts.learn(made_texts.write(folder / "data"), folder, QUIET, model=str(text_body),
                               learning_rate=0.05, epochs=20, final_fit="cross_validated")  # fmt: skip
    trainer.save(folder / "bundle", made_texts.RESULT, QUIET)
    return folder / "bundle"


@pytest.fixture(scope="session")
def small_disk(tmp_path_factory):
    """Mount a disk of `kilobytes`; returns its folder and a way to enlarge it."""
    mounted = []

    def mount(kilobytes):
        folder = tmp_path_factory.mktemp("disk")
        made = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder], capture_output=True, check=False
        )
        if made.returncode:
            pytest.skip(f"A full disk needs leave to mount one: {made.stderr.decode().strip()}")
        mounted.append(folder)
        return folder, lambda more: subprocess.run(["mount", "-o", f"remount,size={more}k", folder], check=True)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture(scope="session")
def materials(tmp_path_factory, body, text_body, sound_bodies, pictures, zip_of):
    """A case or a task as in `SHORT` → the folder of a small body and the file of a few data."""
    folder = tmp_path_factory.mktemp("materials")
    books = dict(zip(("ratings.csv", "books.csv"), made_items.tables(), strict=True))
    (folder / "said.csv").write_text(made_texts.table(80))
    (folder / "dictation.zip").write_bytes(made_speech.archive(80))
    return {
        "image_recognition": (body, zip_of(folder / "noise.zip", pictures(8))),
        "recommendation": (text_body, zip_of(folder / "books.zip", books)),
        "text_analysis": (text_body, folder / "said.csv"),
        "speech": (sound_bodies["whisper"], zip_of(folder / "tones.zip", made_sounds.recordings(80))),
        "speech: transcribe": (made_speech.write_body(folder / "scribe"), folder / "dictation.zip"),
    }


@pytest.fixture(scope="session")
def wide_materials(tmp_path_factory, materials):
    """The same with bodies of texts and sounds so wide that a checkpoint takes 5 megabytes."""
    folder = tmp_path_factory.mktemp("wide")
    wide = {
        "text_analysis": made_texts.write_body(folder / "reader", width=160),
        "speech": made_sounds.write_body(folder / "hearer", width=128),
        "speech: transcribe": made_speech.write_body(folder / "scribe", width=128),
    }
    return materials | {case: (body, materials[case][1]) for case, body in wide.items()}


@pytest.fixture(scope="session")
def station(tmp_path_factory, materials, counting_model, body, pictures, zip_of):
    folder = tmp_path_factory.mktemp("station")
    more = {**pictures(20, above="train/"), **pictures(50, seed=1, above="test/")}
    archive = zip_of(tmp_path_factory.mktemp("zip") / "noise.zip", more)
    made = Station(folder, {**materials, "image_recognition": (body, archive)})
    (folder / "cache/models").mkdir(parents=True)
    (folder / "cache/models" / counting_model.name).symlink_to(counting_model)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(folder))
        made.start_agent()
    yield made
    made.kill_agent()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(folder))
        client.rest(folder)
        for run in queue.running():  # of a test that failed
            if run.pid and queue.alive(run):
                os.kill(run.pid, signal.SIGKILL)


@pytest.fixture
def at_station(station, monkeypatch):
    """This test works in the station's home, with an agent that runs."""
    monkeypatch.setenv("CASEBOOK_HOME", str(station.home))
    if station.agent.poll() is not None:
        station.start_agent()
    return station


@pytest.fixture(scope="session")
def learnt():
    """Every number a run came to: validation after each epoch, test, references, and the weights to the bit."""

    def collect(run):
        validation = {
            row["step"]: row["values"] for row in records.metrics_after(run, 0) if row["split"] == "validation"
        }
        weights = [data_import.sha256_of(path) for path in sorted(paths.run(run.id).glob("bundle/**/*.safetensors"))]
        return validation, run.result["test"], run.result["references"], weights

    return collect
