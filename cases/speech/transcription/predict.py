"""Write down what is said in recordings, with the model in this folder.

    python predict.py call.wav answer.mp3
    python predict.py --onnx call.wav

Needs torch, transformers, soundfile, soxr and numpy, with --onnx features.py and greedy_decoder.py beside it,
onnxruntime, tokenizers, soundfile, soxr and numpy; and nothing of Casebook. Reads WAV, FLAC, OGG and MP3 at any rate; a
long recording is heard in windows of at most 30 seconds, cut where it is quiet. From Python:
`predict(load(folder), files)` returns the texts, and so does `predict(load_onnx(folder), files)`.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

RATE = 16_000  # samples a second
LONGEST, LEAST, PAUSE = 30 * RATE, 20 * RATE, RATE // 5  # of a window; before a cut; that is quiet around a cut
POOL, AT_ONCE = 16, 8  # recordings that are decoded before they are heard; windows
HEARING, WRITING = "hearing.onnx", "writing.onnx"  # files of both halves
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


def described(folder):
    """How texts are put down, as a dictionary."""
    return json.loads((Path(folder) / "preprocessing.json").read_text("utf-8"))


def load(folder):
    """How texts are put down, and as `texts` what writes down sounds of at most 30 seconds."""
    import torch
    from transformers import AutoTokenizer, WhisperFeatureExtractor, WhisperForConditionalGeneration

    body = Path(folder) / "body"
    network = WhisperForConditionalGeneration.from_pretrained(body, dtype=torch.float32, use_safetensors=True).eval()
    extractor, tokenizer = WhisperFeatureExtractor.from_pretrained(body), AutoTokenizer.from_pretrained(body)

    def texts(waves):
        given = extractor(waves, sampling_rate=RATE, return_tensors="pt", return_attention_mask=True)
        with torch.no_grad():
            tokens = network.generate(given.input_features, attention_mask=given.attention_mask, num_beams=1,
                                      do_sample=False)  # fmt: skip
        return tokenizer.batch_decode(tokens, skip_special_tokens=True)

    return {"texts": texts, **described(folder)}


def load_onnx(folder):
    """The same from hearing.onnx and writing.onnx, with onnxruntime and tokenizers in the place of torch and
    transformers."""
    import onnxruntime
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(folder) / "body/tokenizer.json"))
    whisper = OnnxWhisper(folder, lambda file: onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"]))

    def texts(waves):
        return [tokenizer.decode(one.tokens, skip_special_tokens=True) for one in whisper.written(waves)]

    return {"texts": texts, **described(folder)}


class OnnxWhisper:
    """Both halves of the network in a folder; `opened` makes a session of onnxruntime of the name of a file."""

    def __init__(self, folder, opened):
        if __package__ == "cases.speech.transcription":
            from cases.speech.audio import features
            from cases.speech.transcription import greedy_decoder
        else:  # in a bundle they lie beside this script
            import features  # type: ignore[no-redef]  # they are the same files
            import greedy_decoder  # type: ignore[no-redef]
        folder = Path(folder)
        config = json.loads((folder / "body/config.json").read_text("utf-8"))
        self.extractor = features.WhisperFeatures(config["num_mel_bins"])
        self.positions = config["max_source_positions"]
        self.rules = greedy_decoder.rules(folder / "body", described(folder)["language"])
        self.write_with = greedy_decoder.write
        self.hear, self.write = (opened(str(folder / name)) for name in (HEARING, WRITING))
        _, layers, both, heads, _, size = self.write.get_inputs()[1].shape
        self.past = (layers, both, heads, 0, size)

    def written(self, waves):
        """A `greedy_decoder.DecodedText` for each sound (samples,) of at most 30 seconds."""
        frames = np.stack([self.extractor.window(wave, self.positions) for wave in waves])
        heard = self.hear.run(None, {"frames": frames})[0]
        past = np.zeros((len(waves), *self.past), np.float32)

        def step(tokens):
            nonlocal past
            scores, past = self.write.run(None, {"tokens": tokens, "past": past, "heard": heard})
            return scores

        return self.write_with(step, len(waves), self.rules)


def predict(model, files):
    """Transcribe each file; the texts of its windows are joined as the language is written."""
    told = []
    replaced = str.maketrans(*model.get("replaced", ("", "")))  # characters that the transcripts do not use
    between = "" if model["language"] in UNSPACED else " "
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(files), POOL):
            pieces = [windows(wave) for wave in pool.map(decode, files[start : start + POOL])]
            waves = [wave for some in pieces for wave in some]
            texts = [text for at in range(0, len(waves), AT_ONCE) for text in model["texts"](waves[at : at + AT_ONCE])]
            written = iter(text.strip().translate(replaced) for text in texts)
            told += [between.join(filter(None, [next(written) for _ in some])) for some in pieces]
    return told


if __name__ == "__main__":
    names = [name for name in sys.argv[1:] if name != "--onnx"]
    loaded = (load_onnx if "--onnx" in sys.argv else load)(Path(__file__).parent)
    for name in names:
        print(f"{name}\t{predict(loaded, [name])[0]}")
