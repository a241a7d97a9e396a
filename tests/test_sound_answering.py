"""A saved sound model answers without torch, whatever it is given, and tells a long recording moment by moment."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
from itertools import pairwise

import made_sounds
import numpy as np
import pytest
import soundfile
from conftest import ROOT
from PIL import Image
from sounds import tone

from cases.base import Prediction, Segment
from cases.speech import CASE, predict, segments
from models.errors import InputError

KINDS = pytest.mark.parametrize("kind", ["whisper", "speakers"])


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


def test_what_was_heard_can_be_seen(learnt_sounds, given):
    [answer] = CASE.tasks[0].predictor(learnt_sounds("whisper"))(given(tone(0.4, 900)), show=True)
    kind, content = answer.shown.split(",")
    assert kind == "data:image/webp;base64"
    assert Image.open(io.BytesIO(base64.b64decode(content))).size == (320, 129)
    assert answer.moments == ()


def test_a_long_recording_is_told_moment_by_moment(learnt_sounds, given):
    wave = np.concatenate([tone(40.0, 300), tone(3.0, 2700), tone(5.0, 300)])
    answer, begun = CASE.tasks[0].predictor(learnt_sounds("whisper"))(given(wave, tone(30.0, 300)), show=True)
    assert answer.labels == begun.labels  # its first 30 seconds decide
    assert answer.probabilities == pytest.approx(begun.probabilities, abs=1e-3)
    assert [moment.label for moment in answer.moments] == ["low", "high", "low"]
    starts, stops = zip(*((moment.start, moment.stop) for moment in answer.moments), strict=True)
    assert (starts[0], stops[-1]) == (0, 48) and starts[1:] == stops[:-1]
    assert starts[1:] == pytest.approx((40, 43), abs=0.5)
    assert all(0.3 < moment.probability <= 1 for moment in answer.moments)


def test_of_more_than_ten_minutes_it_is_said_how_much_was_not_heard(learnt_sounds, given):
    long, short = CASE.tasks[0].predictor(learnt_sounds("whisper"))(given(tone(604.5), tone(2.0)), show=True)
    assert (long.unheard, short.unheard) == (pytest.approx(4.5), 0)
    assert long.moments[-1].stop == pytest.approx(600)


@pytest.mark.parametrize("seconds", [0.3, 1.9, 2.0, 2.3, 7.77, 900.0])
def test_moments_cover_a_sound_without_gaps(seconds):
    asked = []

    def ask(waves):
        asked.extend(map(len, waves))
        return np.array([[0.2, 0.8] if number % 2 else [0.9, 0.1] for number in range(len(waves))])

    found = segments.moments(np.ones(round(seconds * 16_000), np.float32), 1.0, ("a", "b"), ask)
    assert bool(found) == (seconds >= 2) and len(asked) <= segments.MOST and all(asked)
    if found:
        assert (found[0].start, found[-1].stop) == (0, pytest.approx(seconds, abs=1e-4))
        assert all(one.stop == other.start for one, other in pairwise(found))


def test_neighbours_of_one_label_are_one_moment():
    shares = iter([[0.9, 0.1]] * 3 + [[0.1, 0.9]] * 4)
    found = segments.moments(np.ones(64_000), 1.0, ("a", "b"), lambda waves: np.array([next(shares) for _ in waves]))
    assert found == (Segment(0.0, 2.0, "a", pytest.approx(0.8)), Segment(2.0, 4.0, "b", pytest.approx(0.9)))


def test_of_silence_nothing_is_said():
    wave = np.concatenate([tone(3.0), np.full(48_000, 1e-5), tone(3.0)])
    found = segments.moments(wave, 1.0, ("a", "b"), lambda waves: np.array([[0.9, 0.1]] * len(waves)))
    assert found == (Segment(0.0, 3.0, "a", pytest.approx(0.9)), Segment(3.0, 6.0, "", 0.0),
                     Segment(6.0, 9.0, "a", pytest.approx(0.9)))  # fmt: skip
    [whole] = segments.moments(np.zeros(64_000), 1.0, ("a", "b"), lambda waves: np.ones((len(waves), 2)))
    assert whole == Segment(0.0, 4.0, "", 0.0)


def test_a_window_is_as_long_as_most_recordings():
    assert segments.usual(np.array([8000, 16_000, 24_000])) == 1.0
    assert segments.usual(np.array([100])) == 0.5 and segments.usual(np.array([480_000])) == 30.0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "It holds no sound: its length is zero. Record it again."),
        (b"words", "Not a recording, despite its name. Save the original as WAV or FLAC."),
        (np.zeros(0, np.float32), "It holds no sound: its length is zero. Record it again."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_answered_by_its_reason_beside_the_others(learnt_sounds, given, content, reason):
    bad, good = CASE.tasks[0].predictor(learnt_sounds("whisper"))(given(content, tone()))
    assert isinstance(bad, InputError) and isinstance(good, Prediction)
    assert str(bad) == (
        f"{reason} A recording such as WAV, FLAC, OGG or MP3 is needed. Try again, or make a new recording."
    )


def test_nothing_is_answered_by_nothing(learnt_sounds):
    assert CASE.tasks[0].predictor(learnt_sounds("whisper"))([]) == []


def test_a_bundle_without_a_portable_model_says_so(tmp_path):
    with pytest.raises(InputError) as refused:
        CASE.tasks[0].predictor(tmp_path)
    assert str(refused.value) == (
        "This run has no ONNX model. Predictions need the ONNX file of the bundle. Train again, or download the model "
        "and use its predict.py."
    )


def test_it_needs_no_torch(learnt_sounds, given):
    program = (
        "import sys\nfrom pathlib import Path\nfrom cases.speech import CASE\n"
        "[answer] = CASE.tasks[0].predictor(Path(sys.argv[1]))([Path(sys.argv[2])], show=True)\n"
        "print(answer.labels[0], sorted({'torch', 'transformers'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program, learnt_sounds("whisper"), *given(tone(0.4, 2700))]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == "high []\n"


def test_a_zip_of_recordings_is_taken_apart_to_be_answered(tmp_path, zip_of, learnt_sounds):
    from sounds import encoded

    from cases.base import UploadedFile

    files = {"a/1.wav": encoded(tone(0.4, 300)), "2.flac": encoded(tone(0.4, 2700), form="FLAC"), "notes.txt": b"x"}
    batch = CASE.batch(UploadedFile(zip_of(tmp_path / "many.zip", files), "many.zip"), tmp_path / "many")
    assert [member.name for member in batch.members] == ["2.flac", "a/1.wav"]
    assert [(one.path, one.reason) for one in batch.set_aside] == [("notes.txt", "Unsupported file type.")]
    answers = CASE.tasks[0].predictor(learnt_sounds("whisper"))([member.file for member in batch.members])
    assert [answer.labels[0] for answer in answers] == ["high", "low"]
