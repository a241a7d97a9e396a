"""Recordings as people have them: read right, or named with a way out."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys

import numpy as np
import pytest
import soundfile
import soxr
from conftest import ROOT
from sounds import encoded, sweep, tone

from cases.speech import decoder
from cases.speech.decoder import NOT_NUMBERS, TOO_LONG, heard


@pytest.fixture
def hear(tmp_path):
    def hearing(content, name="1.wav"):
        path = tmp_path / name
        path.write_bytes(content)
        return heard(path)

    return hearing


def level(wave):
    return float(np.sqrt(np.mean(np.square(wave, dtype=np.float64))))


@pytest.mark.parametrize(
    ("form", "subtype", "exact"),
    [
        ("WAV", "PCM_U8", 1e-2), ("WAV", "PCM_16", 1e-4), ("WAV", "PCM_24", 1e-6), ("WAV", "PCM_32", 1e-7),
        ("WAV", "FLOAT", 1e-7), ("WAV", "DOUBLE", 1e-7), ("WAV", "ULAW", 2e-2), ("WAVEX", "PCM_24", 1e-6),
        ("RF64", "PCM_16", 1e-4), ("W64", "PCM_16", 1e-4), ("FLAC", "PCM_24", 1e-6), ("OGG", "VORBIS", 5e-2),
        ("OGG", "OPUS", 5e-2), ("MP3", None, 5e-2),
    ],
)  # fmt: skip
def test_every_kind_gives_the_sound_that_was_written(hear, form, subtype, exact):
    wave = sweep(24_000) * 10
    facts, sound = hear(encoded(wave, form=form, subtype=subtype))
    assert sound.dtype == np.float32
    start = max(0, len(sound) - len(wave)) if form == "MP3" else 0  # an encoder may put silence before
    assert any(np.abs(sound[s : s + 20_000] - wave[:20_000]).max() < exact for s in range(0, start + 1))
    assert facts["seconds"] == pytest.approx(1.5, abs=0.1) and facts["rate"] == 16_000 and not facts["lies"]
    assert facts["rms"] == pytest.approx(level(wave), rel=0.05)


@pytest.mark.parametrize("rate", [8000, 11_025, 44_100, 192_000])
def test_any_rate_becomes_16_khz(hear, rate):
    wave = tone(1.0, 440.0, rate)
    facts, sound = hear(encoded(wave, rate))
    assert abs(len(sound) - 16_000) <= 1 and facts["rate"] == rate
    assert np.abs(sound[200:-200] - tone(1.0)[200 : len(sound) - 200]).max() < 2e-3


def test_block_by_block_it_is_resampled_as_in_one_piece(hear):
    wave = np.random.default_rng(0).normal(0, 0.1, (44_100 * 25, 2)).astype(np.float32)
    _, sound = hear(encoded(wave, 44_100, subtype="FLOAT"))
    whole = soxr.resample(wave.mean(1), 44_100, 16_000)
    assert len(sound) == len(whole) and np.abs(sound - whole).max() < 1e-5


def test_facts_tell_faults(hear):
    silent = hear(encoded(np.zeros(8000)))[0]
    assert (silent["peak"], silent["rms"], silent["silence"]) == (0, 0, 1)
    assert hear(encoded(np.concatenate([tone(0.2), np.zeros(12_800)])))[0]["silence"] == pytest.approx(0.8, abs=0.03)
    assert hear(encoded(tone() + 0.1))[0]["offset"] == pytest.approx(0.1, abs=1e-3)
    assert hear(encoded(np.clip(tone(loud=3), -1, 1)))[0]["clipped"] > 0.5
    assert hear(encoded(tone(loud=0.9)))[0]["clipped"] == 0
    opposite = hear(encoded(np.stack([tone(), -tone()], 1)))[0]
    assert opposite["mono"] < 1e-3 < opposite["rms"]
    assert hear(encoded(tone(loud=300), subtype="FLOAT"))[0]["peak"] == pytest.approx(300, rel=1e-3)


@pytest.mark.parametrize("told", [0, 8000, 10**6, 0xFFFFFFFF])
def test_a_header_that_lies_about_its_length_is_seen_through(hear, told):
    content = bytearray(encoded(tone(1.0)))
    struct.pack_into("<I", content, content.index(b"data") + 4, told)
    facts, sound = hear(bytes(content))
    assert len(sound) == 16_000 and facts["lies"] == (told != 0xFFFFFFFF)  # of a recorder that wrote no length
    struct.pack_into("<I", content, 4, 0)
    assert len(hear(bytes(content))[1]) == 16_000


@pytest.mark.parametrize("after", [b"LIST" + struct.pack("<I", 5000) + bytes(5000), bytes(6000), b"TAG" + bytes(125)])
def test_what_follows_the_sound_is_no_sound(hear, after):
    facts, sound = hear(encoded(tone(1.0)) + after)
    assert len(sound) == 16_000 and not facts["lies"]


def test_one_that_was_cut_off_is_read_as_far_as_it_goes(hear):
    facts, sound = hear(encoded(tone(1.0))[: 44 + 16_000])
    assert len(sound) == 8000 and facts["lies"]
    content = encoded(tone(4.0), form="MP3")
    facts, sound = hear(content[: len(content) // 2], "1.mp3")
    assert 20_000 < len(sound) < 40_000 and facts["lies"]


@pytest.mark.parametrize("odd", [np.nan, np.inf, 1e30])
def test_samples_that_are_no_numbers_are_named(hear, odd):
    wave = tone()
    wave[4000] = odd
    assert hear(encoded(wave, subtype="FLOAT"))[1] == NOT_NUMBERS


@pytest.mark.parametrize(("head", "name", "begins"), [
    (b"\0\0\0\x1cftypM4A \0\0\0\0", "1.m4a", "M4A and MP4 are not supported."),
    (b"\0\0\0\x1cftypmp42\0\0\0\0", "1.wav", "M4A and MP4 are not supported."),
    (b"\0\0\0\x14ftypqt  \0\0\0\0", "1.mov", "A video file or container."),
    (b"\x1a\x45\xdf\xa3\x9fB\x86\x81", "1.webm", "A video file or container."),
    (b"\xff\xf1P\x80\x02\x1f\xfc", "1.aac", "AAC is not supported."),
    (b"0&\xb2u\x8ef\xcf\x11\xa6\xd9", "1.wma", "WMA is not supported."),
    (b"#!AMR\n", "1.amr", "AMR and SILK are not supported."),
    (b"\x02#!SILK_V3", "1.silk", "AMR and SILK are not supported."),
    (b"FORM\0\0\0\0AIFFCOMM", "1.aiff", "AIFF, CAF, AU, APE and WavPack are not supported."),
    (b"MThd\0\0\0\x06", "1.mid", "A MIDI file holds notes, not sound."),
    (b"<!DOCTYPE html><html>", "1.mp3", "A web page, not a recording."),
    (b"\x89PNG\r\n\x1a\n", "1.wav", "Not a recording, despite its name."),
    (b"just some words", "1.wav", "Not a recording, despite its name."),
])  # fmt: skip
def test_what_is_not_read_is_named_with_a_way_out(hear, head, name, begins):
    reason = hear(head + bytes(100), name)[1]
    assert reason.startswith(begins)
    assert "WAV" in reason or "Download the recording itself." in reason


def test_more_than_ten_hours_are_named(hear, monkeypatch):
    monkeypatch.setattr(decoder, "MOST_HOURS", 1 / 3600)
    assert hear(encoded(tone(2.0)))[1] == TOO_LONG
    assert len(hear(encoded(tone(0.9)))[1]) == 14_400


@pytest.mark.skipif(not shutil.which("sox"), reason="sox, which is to say the same, is not installed.")
@pytest.mark.parametrize(
    ("rate", "channels", "subtype"), [(8000, 1, "PCM_U8"), (192_000, 2, "PCM_24"), (44_100, 6, "PCM_16")]
)
def test_peak_and_loudness_are_those_of_sox(hear, tmp_path, rate, channels, subtype):
    wave = np.random.default_rng(0).normal(0, 0.1, (rate, channels)).clip(-0.9, 0.9)
    facts, _ = hear(encoded(wave, rate, subtype=subtype))
    told = subprocess.run(["sox", tmp_path / "1.wav", "-n", "stat"], capture_output=True, text=True, check=True).stderr
    figures = dict(line.rsplit(":", 1) for line in told.splitlines() if ":" in line)
    figures = {" ".join(name.split()): float(value) for name, value in figures.items() if "dB" not in name}
    assert facts["peak"] == pytest.approx(max(figures["Maximum amplitude"], -figures["Minimum amplitude"]), abs=2e-6)
    assert facts["rms"] == pytest.approx(figures["RMS amplitude"], abs=2e-6)
    assert facts["seconds"] == pytest.approx(figures["Length (seconds)"], abs=1e-6)


@pytest.mark.slow
def test_an_hour_takes_the_memory_of_a_minute(tmp_path):
    path = tmp_path / "1.wav"
    block = tone(10.0, 440.0, 8000)
    with soundfile.SoundFile(path, "w", 8000, 1, "PCM_16") as file:
        for _ in range(360):
            file.write(block)
    program = (
        "import resource, sys, pathlib\n"
        "from cases.speech.decoder import heard\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before, path = peak(), pathlib.Path(sys.argv[1])\n"
        "facts, sound = heard(path); print(facts['seconds'], len(sound), (peak() - before) // 1024)"
    )
    ran = subprocess.run([sys.executable, "-c", program, path], cwd=ROOT, capture_output=True, text=True, check=True)
    seconds, kept, megabytes = ran.stdout.split()
    assert (float(seconds), int(kept)) == (3600, 480_000)
    assert int(megabytes) < 75  # all of it has 115
