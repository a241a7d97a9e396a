"""Write down what is said in recordings, with the model in this folder.

    python predict.py call.wav answer.mp3

Needs torch, transformers, soundfile, soxr and numpy, and nothing of Casebook. Reads WAV, FLAC, OGG and MP3 at any rate;
a long recording is heard in windows of at most 30 seconds, cut where it is quiet. From Python:
`predict(load(folder), files)` returns the texts.
"""

import json
import sys
from pathlib import Path

import numpy as np

RATE = 16_000  # samples a second
LONGEST, LEAST, PAUSE = 30 * RATE, 20 * RATE, RATE // 5  # of a window; before a cut; that is quiet around a cut
AT_ONCE = 8  # windows
UNSPACED = {"zh", "ja", "th", "lo", "my", "yue"}  # languages without spaces between words


def decode(file):
    """(samples,) float32 at 16 kHz: the mean of the channels."""
    import soundfile
    import soxr

    with soundfile.SoundFile(file) as sound:
        rate, wave = sound.samplerate, sound.read(dtype="float32", always_2d=True).mean(1)
    return wave if rate == RATE else soxr.resample(wave, rate, RATE)


def windows(wave):
    """The sound in pieces, cut where it is quiet."""
    found = []
    while len(wave) > LONGEST:
        sums = np.concatenate([[0.0], np.cumsum(np.square(wave[LEAST:LONGEST], dtype=np.float64))])
        end = LEAST + int(np.argmin(sums[PAUSE:] - sums[:-PAUSE])) + PAUSE // 2
        found.append(wave[:end])
        wave = wave[end:]
    return [*found, wave]


def load(folder):
    """The network, its feature extractor and its tokenizer, and how its texts are put down."""
    import torch
    from transformers import AutoTokenizer, WhisperFeatureExtractor, WhisperForConditionalGeneration

    body = Path(folder) / "body"
    network = WhisperForConditionalGeneration.from_pretrained(body, dtype=torch.float32, use_safetensors=True).eval()
    how = json.loads((Path(folder) / "preprocessing.json").read_text("utf-8"))
    return network, WhisperFeatureExtractor.from_pretrained(body), AutoTokenizer.from_pretrained(body), how


def texts(model, waves):
    """What is said in each sound of at most 30 seconds."""
    import torch

    network, extractor, tokenizer, how = model
    given = extractor(waves, sampling_rate=RATE, return_tensors="pt", return_attention_mask=True)
    with torch.no_grad():
        tokens = network.generate(given.input_features, attention_mask=given.attention_mask, num_beams=1,
                                  do_sample=False)  # fmt: skip
    decoded = tokenizer.batch_decode(tokens, skip_special_tokens=True)
    replaced = str.maketrans(*how.get("replaced", ("", "")))  # characters of the script that the transcripts do not use
    return [text.strip().translate(replaced) for text in decoded]


def predict(model, files):
    """Transcribe each file; the texts of its windows are joined as the language is written."""
    told = []
    for file in files:
        pieces, found = windows(decode(file)), []
        for start in range(0, len(pieces), AT_ONCE):
            found += texts(model, pieces[start : start + AT_ONCE])
        told.append(("" if model[3]["language"] in UNSPACED else " ").join(filter(None, found)))
    return told


if __name__ == "__main__":
    loaded = load(Path(__file__).parent)
    for name in sys.argv[1:]:
        print(f"{name}\t{predict(loaded, [name])[0]}")
