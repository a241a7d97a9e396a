"""What cropping costs and saves: Whisper's features of the sound and a second after it, or of the whole 30 seconds.

    python -m benchmarks.cropping --out

On both real sets in turn, the packaged Whisper tiny.en hears the same recordings in both ways, and the linear head that
Casebook fits to frozen features (its strength chosen by cross-validation on the training part) names those of the test
part. In the whole window the features are mean and maximum over all of its positions, as Whisper was pretrained. Time
is that of recordings of three seconds, one after the other and in batches as Casebook makes them.
"""

from __future__ import annotations

import io
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from zipfile import ZipFile

import numpy as np
import soundfile
import soxr
import torch

from benchmarks import table
from cases.speech.audio import encoders, extractors
from cases.speech.audio.encoders.whisper import WhisperAudioEncoder
from cases.speech.audio.features import LONGEST, RATE, WhisperFeatures, padded
from models.heads import linear_probe
from models.pretrained import catalog
from models.progress import QUIET

SETS = ("spk_fsdd_digits", "spk_fsdd_speaker")
POINT, SOONER = 1.0, 5.0  # bars: points of accuracy that may be lost, times sooner at three seconds
SECONDS = 3


def recordings(archive: Path, most: int) -> tuple[list[np.ndarray], list[str]]:
    """Sounds at 16 kHz and their classes."""
    with ZipFile(archive) as opened:
        names = sorted(name for name in opened.namelist() if name.endswith(".wav"))
        chosen = random.Random(0).sample(names, min(most, len(names)))
        read = [soundfile.read(io.BytesIO(opened.read(name)), dtype="float32") for name in chosen]
    return [soxr.resample(wave, rate, RATE) for wave, rate in read], [name.split("/")[-2] for name in chosen]


def cropped(body: WhisperAudioEncoder, extractor: WhisperFeatures, waves: list[np.ndarray]) -> np.ndarray:
    return encoders.vectors(body, extractor, waves, bf16=False, report=QUIET)


def whole(body: WhisperAudioEncoder, extractor: WhisperFeatures, waves: list[np.ndarray]) -> np.ndarray:
    """One window at a time: more at once are no quicker on a processor."""
    found = []
    for wave in waves:
        frames = padded([extractor.frames(np.pad(wave, (0, LONGEST - len(wave))))])
        with torch.no_grad():
            found.append(body(**{name: torch.from_numpy(array) for name, array in frames.items()}).numpy())
    return np.concatenate(found)


def right(features: np.ndarray, test: np.ndarray, labels: list[str], truth: list[str]) -> float:
    """Accuracy in per cent of the head that Casebook fits."""
    classes = sorted(set(labels))
    numbers = torch.tensor([classes.index(label) for label in labels])
    x = torch.from_numpy(features)
    hold = linear_probe.select_penalty_cv(x, numbers, len(classes), report=QUIET)
    with torch.no_grad():
        guesses = linear_probe.fit(x, numbers, len(classes), hold)(torch.from_numpy(test)).argmax(1)
    return 100 * float(np.mean([classes[guess] == name for guess, name in zip(guesses.tolist(), truth, strict=True)]))


def seconds(way: Callable[..., np.ndarray], body: WhisperAudioEncoder, extractor: WhisperFeatures, count: int) -> float:
    """Of one recording of three seconds."""
    waves = [np.random.default_rng(row).normal(0, 0.1, SECONDS * RATE).astype(np.float32) for row in range(count)]
    took = []
    for _ in range(3):
        start = time.monotonic()
        way(body, extractor, waves)
        took.append((time.monotonic() - start) / count)
    return median(took)


def main() -> None:
    parser = table.options(__doc__, "cropping")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--most", type=int, default=600, help="recordings to learn from")
    args = parser.parse_args()
    most, tested = (40, 20) if args.quick else (args.most, 300)
    with tempfile.TemporaryDirectory() as folder:
        weights = catalog.folder("whisper-tiny.en", Path(folder))
        body, extractor = encoders.load_body(weights).eval(), extractors.load(weights)
        took = {way.__name__: seconds(way, body, extractor, 2 if args.quick else 8) for way in (whole, cropped)}
        figures = {}
        for name in args.sets:
            waves, labels = recordings(table.SOUNDS / name / "train.zip", most)
            test, truth = recordings(table.SOUNDS / name / "test.zip", tested)
            figures[name] = {way.__name__: right(way(body, extractor, waves), way(body, extractor, test), labels, truth)
                             for way in (whole, cropped)}  # fmt: skip
    rows = []
    for name, one in figures.items():
        lost = one["whole"] - one["cropped"]
        rows.append([name, *one.values(), lost, POINT, table.verdict(lost, POINT, quick=args.quick)])
    table.show(["accuracy, %", "30 seconds", "cropped", "lost", "bar", ""], rows)
    ratio = took["whole"] / took["cropped"]
    judged = table.verdict(ratio, SOONER, quick=args.quick, least=True)
    row = ["features of three seconds", *took.values(), ratio, SOONER, judged]
    table.show(["seconds", "30 seconds", "cropped", "times", "bar", ""], [row])
    table.write(args.out, learnt_from=most, accuracy=figures, seconds=took, bars={"points": POINT, "sooner": SOONER})


if __name__ == "__main__":
    main()
