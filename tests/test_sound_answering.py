"""A saved sound model answers without torch, tells a long recording moment by moment, and explains what mattered."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys

import made_sounds
import numpy as np
import pytest
import soundfile
from conftest import ROOT
from PIL import Image
from sounds import encoded, tone
from starlette.applications import Starlette
from starlette.testclient import TestClient

from cases.base import Item, Prediction, Segment, UploadedFile
from cases.speech import CASE, explanation, occlusion, predict, segments
from models.errors import InputError
from models.progress import QUIET
from runs import paths, tokens
from runs.api.routes import ROUTES
from runs.jobs import data_import
from runs.store import dataset_rows, upload_rows
from runs.uploads import draft_files, drafts
from runs.uploads.draft_files import DraftFile

pytestmark = pytest.mark.slow

KINDS = pytest.mark.parametrize("kind", ["whisper", "speakers"])
NO_ITEM = {"message": "Example not found."}


@pytest.fixture
def given(tmp_path):
    """Files that hold these sounds or bytes."""

    def write(*contents):
        files = []
        for number, content in enumerate(contents):
            files.append(tmp_path / f"{number}.wav")
            if isinstance(content, bytes):
                files[-1].write_bytes(content)
            else:
                soundfile.write(files[-1], content, 16_000, subtype="FLOAT")
        return files

    return write


@KINDS
def test_sounds_of_all_lengths_are_answered_in_their_order_as_the_script_says(learnt_sounds, given, kind):
    usual = made_sounds.seconds(kind)[1]
    waves = [tone(usual, 300), tone(0.05, 900), tone(31.0, 2700), np.zeros(800, np.float32), tone(usual, 2700)]
    files, bundle = given(*waves), learnt_sounds(kind)
    answers, expected = CASE.tasks[0].predictor(bundle)(files), predict.predict(predict.load(bundle), files)
    labels = ("high", "low", "middle")
    for answer, shares in zip(answers, expected, strict=True):
        assert answer.labels == tuple(labels[i] for i in np.argsort(-shares))
        assert np.allclose(answer.probabilities, np.sort(shares)[::-1], atol=1e-3)
        assert (answer.shown, answer.moments) == ("", ())
    assert (answers[0].labels[0], answers[4].labels[0]) == ("low", "high")


def test_a_long_recording_is_told_moment_by_moment(learnt_sounds, given):
    wave = np.concatenate([tone(40.0, 300), tone(3.0, 2700), tone(5.0, 300)])
    ask = CASE.tasks[0].predictor(learnt_sounds("whisper"))
    answer, begun, short = ask(given(wave, tone(30.0, 300), tone(0.4, 900)), show=True)
    kind, content = short.shown.split(",")  # what was heard can be seen
    assert kind == "data:image/webp;base64" and short.moments == ()
    assert Image.open(io.BytesIO(base64.b64decode(content))).size == (320, 129)
    assert answer.labels == begun.labels  # its first 30 seconds decide
    assert answer.probabilities == pytest.approx(begun.probabilities, abs=1e-3)
    assert [moment.label for moment in answer.moments] == ["low", "high", "low"]
    starts, stops = zip(*((moment.start, moment.stop) for moment in answer.moments), strict=True)
    assert (starts[0], stops[-1]) == (0, 48) and starts[1:] == stops[:-1]
    assert starts[1:] == pytest.approx((40, 43), abs=0.5)
    assert all(0.3 < moment.probability <= 1 for moment in answer.moments)


def test_of_silence_nothing_is_said():
    wave = np.concatenate([tone(3.0), np.full(48_000, 1e-5), tone(3.0)])
    asked = []
    answer = lambda waves: asked.extend(map(len, waves)) or np.array([[0.9, 0.1]] * len(waves))  # noqa: E731
    found = segments.moments(wave, 1.0, ("a", "b"), answer)
    assert set(asked) == {16_000}  # what is shorter than a window is no sound to be judged by
    assert found == (Segment(0.0, 3.0, "a", pytest.approx(0.9)), Segment(3.0, 6.0, "", 0.0),
                     Segment(6.0, 9.0, "a", pytest.approx(0.9)))  # fmt: skip
    [whole] = segments.moments(np.zeros(64_000), 1.0, ("a", "b"), lambda waves: np.ones((len(waves), 2)))
    assert whole == Segment(0.0, 4.0, "", 0.0)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"words", "Not a recording, despite its name. Save the original as WAV or FLAC."),
        (np.zeros(0, np.float32), "It holds no sound: its length is zero. Record it again."),
    ],
)
def test_what_cannot_be_read_is_answered_by_its_reason_beside_the_others(learnt_sounds, given, content, reason):
    bad, good = CASE.tasks[0].predictor(learnt_sounds("whisper"))(given(content, tone()))
    assert isinstance(bad, InputError) and isinstance(good, Prediction)
    assert str(bad).startswith(f"{reason} A recording such as WAV, FLAC, OGG or MP3 is needed.")
    assert CASE.tasks[0].predictor(learnt_sounds("whisper"))([]) == []


def test_neither_reading_nor_answering_needs_torch(learnt_sounds, given):
    program = (
        "import sys, cases.speech.reader, cases.speech.settings\nfrom pathlib import Path\n"
        "from cases.speech import CASE\n"
        "[answer] = CASE.tasks[0].predictor(Path(sys.argv[1]))([Path(sys.argv[2])], show=True)\n"
        "print(answer.labels[0], sorted({'torch', 'transformers'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program, learnt_sounds("whisper"), *given(tone(0.4, 2700))]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == "high []\n"


def test_a_zip_of_recordings_is_taken_apart_to_be_answered(tmp_path, zip_of, learnt_sounds):
    files = {"a/1.wav": encoded(tone(0.4, 300)), "2.flac": encoded(tone(0.4, 2700), form="FLAC"), "notes.txt": b"x"}
    batch = CASE.batch(UploadedFile(zip_of(tmp_path / "many.zip", files), "many.zip"), tmp_path / "many")
    assert [member.name for member in batch.members] == ["2.flac", "a/1.wav"]
    assert [(one.path, one.reason) for one in batch.set_aside] == [("notes.txt", "Unsupported file type.")]
    answers = CASE.tasks[0].predictor(learnt_sounds("whisper"))([member.file for member in batch.members])
    assert [answer.labels[0] for answer in answers] == ["high", "low"]


@pytest.fixture(scope="module")
def hidden():
    """A second of silence with a high tone from 0.5 s to 0.7 s."""
    wave = np.random.default_rng(0).normal(0, 0.003, 16_000).astype(np.float32)
    wave[8000:11_200] += tone(0.2, 2700)
    return wave


@pytest.fixture(scope="module")
def bundle(sound_bodies, tmp_path_factory):
    """Of a network that learnt tones amid silence."""
    folder = tmp_path_factory.mktemp("amid_silence")
    tones = made_sounds.write(folder / "data", silence=0.6)
    trainer = made_sounds.learn(tones, folder, QUIET, model=str(sound_bodies["whisper"]), mode="full",
                                learning_rate=0.001, augmentation="none")  # fmt: skip
    trainer.save(folder / "bundle", made_sounds.RESULT, QUIET)
    return folder / "bundle"


@pytest.fixture
def explain(bundle, learnt_sounds, tmp_path):
    def explained(wave, truth=None, kind="whisper"):
        soundfile.write(tmp_path / "a.wav", wave, 16_000, subtype="FLOAT")
        asked = bundle if kind == "whisper" else learnt_sounds(kind)
        return explanation.explain(asked, Item(file=tmp_path / "a.wav", truth=truth), tmp_path)

    return explained


def test_the_moment_that_tells_the_class_is_found_and_can_be_heard(explain, hidden, tmp_path):
    found = json.loads(json.dumps(explain(hidden)))
    assert (found["predicted"], found["truth"], found["pictures"]) == ("high", None, ["heard", "predicted"])
    assert found["sounds"] == ["heard", "predicted-only", "predicted-without"]
    assert (found["seconds"], found["unheard"]) == (1, 0)
    [(start, stop)] = found["stretches"]["predicted"]
    assert 0.3 < start < 0.6 and 0.6 < stop < 0.9
    heard, only, without = (soundfile.read(tmp_path / f"{name}.wav", dtype="float32")[0] for name in found["sounds"])
    assert np.abs(only + without - heard).max() < 2e-4
    assert np.square(only[8000:11_200]).sum() > 0.99 * np.square(only).sum() > 0.5 * np.square(heard).sum()
    assert found["said"]["predicted-only"][0] == "high" and found["said"]["heard"][1] == found["confidence"]


def test_the_label_is_explained_beside_the_answer_where_they_differ(explain, hidden):
    found = explain(hidden, truth="low")
    assert (found["truth"], found["pictures"]) == ("low", ["heard", "predicted", "truth"])
    assert found["sounds"][3:] == ["truth-only", "truth-without"] and set(found["stretches"]) == {"predicted", "truth"}
    assert explain(hidden, truth="high")["pictures"] == ["heard", "predicted"]
    assert explain(hidden, truth="a class it never met")["truth"] is None


def loud(*spans):
    """Asks how loud a sound is in each of these spans of moments: one class each, and one that is never loud."""

    def ask(waves):
        loudness = [[float(np.square(wave[160 * a : 160 * b]).mean()) for a, b in spans] for wave in waves]
        return np.pad(20 * np.array(loudness), [(0, 0), (0, 1)])

    return ask


def test_what_silence_takes_from_the_score_is_what_a_moment_is_worth():
    found = occlusion.find(tone(1.0), {"one": 0, "other": 1}, loud((40, 60), (80, 100)))
    assert found["one"].weights.shape == (100,) and found["one"].weights[40:60].min() > 0.4
    assert np.abs(found["one"].weights[[*range(24), *range(76, 100)]]).max() < 1e-6
    assert found["other"].weights.argmax() >= 80


def test_the_fewest_moments_that_make_the_model_say_so_are_chosen():
    found = occlusion.find(tone(1.0), {"one": 0}, loud((40, 60)))["one"]
    assert found.chosen[40:60].mean() > 0.7 and found.chosen.sum() <= 32
    scattered = occlusion.find(tone(1.0), {"one": 0}, loud((0, 100)))["one"]
    assert scattered.chosen.sum() > 60  # where all of it matters, little of it does not suffice


@pytest.fixture
def client():
    return TestClient(Starlette(routes=ROUTES))


@pytest.fixture
def dataset(zip_of, read_zip, tmp_path):
    names = {f"{label}/{n}.flac": encoded(tone(0.5, 300 * n), 16_000, "FLAC") for label in "ab" for n in (1, 2)}
    return read_zip("speech", zip_of(tmp_path / "tones.zip", names), owner="ann")


def ask(client, row, headers=None, **more):
    token = tokens.sign("dataset", dataset="d1", case="speech", owner="ann")
    return client.get("/api/item", params={"token": token, "row": row, **more}, headers=headers or {})


def test_an_item_is_seen_and_heard(client, dataset):
    seen, heard = ask(client, 0), ask(client, 0, heard=1)
    assert seen.headers["content-type"] == "image/webp"
    assert heard.headers["content-type"] == "audio/wav"
    wave, rate = soundfile.read(io.BytesIO(heard.content))
    assert (len(wave), rate) == (8000, 16_000)
    assert ask(client, 9, heard=1).status_code == 404 and ask(client, 9, heard=1).json() == NO_ITEM


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [("bytes=0-", 206, slice(0, None)), ("bytes=44-143", 206, slice(44, 144)), ("bytes=16000-99999", 206,
     slice(16000, None)), ("bytes=99999-", 416, slice(0, 0)), ("lines=1-2", 200, slice(0, None))],
)  # fmt: skip
def test_a_sound_can_be_had_in_parts(client, dataset, asked, status, part):
    whole = ask(client, 0, heard=1).content
    answer = ask(client, 0, {"Range": asked}, heard=1)
    assert (answer.status_code, answer.content) == (status, whole[part])
    if status == 206:
        start = part.start
        assert answer.headers["content-range"] == f"bytes {start}-{start + len(answer.content) - 1}/{len(whole)}"


def test_what_a_case_cannot_play_is_no_item(client, tmp_path, pictures, zip_of):
    archive = zip_of(tmp_path / "set.zip", pictures(2))
    data_import.into_dataset("image_recognition", [UploadedFile(archive, "set.zip")], "d2", QUIET)
    dataset_rows.add("ann", "d2", "image_recognition", "set", sample=False)
    token = tokens.sign("dataset", dataset="d2", case="image_recognition", owner="ann")
    answer = client.get("/api/item", params={"token": token, "row": 0, "heard": 1})
    assert (answer.status_code, answer.json()) == (404, NO_ITEM)


@pytest.fixture
def draft():
    """A collection with a take and a photo, and with pages that were dropped among them."""
    made = drafts.begin("ann", "speech")
    for upload, name in (("take", "recording-1.wav"), ("photo", "moss.JPG"), ("page", "page.html"), ("art", "art.svg")):
        (paths.uploads() / upload).write_bytes(encoded(tone()) if upload == "take" else b"<svg>")
        upload_rows.add("ann", upload, name, 6, "0" * 64)
        draft_files.add(made, DraftFile(upload, name, 6, "yes"))
    return made


def hear(client, draft, upload, owner="ann"):
    token = tokens.sign("pieces", draft=draft, owner=owner)
    return client.get("/api/piece", params={"token": token, "upload": upload})


def test_a_take_is_heard_and_a_picture_is_seen_by_its_owner_whatever_its_bytes_are(client, draft):
    answer = hear(client, draft, "take")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    assert answer.content == encoded(tone())
    answer = hear(client, draft, "photo")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")


def test_nothing_else_is_given_out_by_that_address(client, draft):
    (paths.uploads() / "other").write_bytes(b"of another collection")
    assert hear(client, draft, "page").json() == hear(client, draft, "art").json() == NO_ITEM  # which can hold scripts
    assert hear(client, draft, "other").json() == NO_ITEM
    assert hear(client, draft, "../secret").json() == NO_ITEM
    assert hear(client, draft, "take", owner="bob").json() == NO_ITEM
    assert client.get("/api/piece", params={"token": "forged", "upload": "take"}).json() == NO_ITEM
    draft_files.remove(draft, ["take"])
    assert hear(client, draft, "take").json() == NO_ITEM
