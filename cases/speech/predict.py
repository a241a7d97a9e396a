"""Say which class recordings are of, with the model in this folder.

    python predict.py call.wav answer.mp3

Needs torch, transformers, soundfile, soxr, safetensors and numpy, and nothing of Casebook. Reads WAV, FLAC, OGG and MP3
at any rate; of a longer recording it hears the first 30 seconds. From Python: `predict(load(folder), files)` returns an
array (files, classes) of probabilities.
"""

import json
import sys
from pathlib import Path

import numpy as np

RATE, WINDOW, STEP = 16_000, 400, 160  # samples a second; of what a frame hears; from one frame to the next
LONGEST = 30 * RATE
SILENCE = 50  # positions of 20 ms that Whisper hears after a sound
VOICE, EVERY = 160, 77  # frames that the speaker encoder hears at once, and from one such window to the next
AST = "audio-spectrogram-transformer"


def decode(file):
    """(samples,) float32 at 16 kHz: the mean of the channels."""
    import soundfile
    import soxr

    with soundfile.SoundFile(file) as sound:
        rate, wave = sound.samplerate, sound.read(31 * sound.samplerate, dtype="float32", always_2d=True).mean(1)
    return (wave if rate == RATE else soxr.resample(wave, rate, RATE))[:LONGEST]


def power(wave, count, bands, before):
    """(count, bands) around every hundredth of a second; silence follows, `before` says what comes first (np.pad)."""
    sound = np.zeros((count - 1) * STEP + WINDOW // 2 + 1)
    sound[: len(wave)] = wave[: len(sound)]
    sound = np.pad(sound, (WINDOW // 2, 0), mode=before)
    windows = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::STEP][:count]
    return np.abs(np.fft.rfft(windows * np.hanning(WINDOW + 1)[:-1])) ** 2 @ filters(bands)


def filters(bands):
    """(201, bands): triangles of area one, even below 1 kHz and in even ratios above it (Slaney 1998)."""
    mels = np.linspace(0, 15 + np.log(8) * 27 / np.log(6.4), bands + 2)
    edges = np.where(mels < 15, mels * 200 / 3, 1000 * np.exp(np.maximum(mels - 15, 0) * np.log(6.4) / 27))
    hertz = np.linspace(0, RATE / 2, WINDOW // 2 + 1)[:, None]
    rising, falling = (hertz - edges[:-2]) / np.diff(edges)[:-1], (edges[2:] - hertz) / np.diff(edges)[1:]
    return np.maximum(0, np.minimum(rising, falling)) * 2 / (edges[2:] - edges[:-2])


def whisper_frames(wave, bands):
    """(frames, bands) float32 as Whisper hears a sound, with two frames more than its positions have."""
    positions = max(1, -(-len(wave) // (2 * STEP)))
    count = 2 * min(positions + SILENCE, LONGEST // (2 * STEP)) + 2
    log = np.log10(np.maximum(power(wave, count, bands, "reflect"), 1e-10))
    return ((np.maximum(log, log.max() - 8) + 4) / 4).astype(np.float32)


def voice_frames(wave, bands):
    """(frames, bands) float32 as the speaker encoder hears a sound, as far as whole windows reach."""
    loudness = np.sqrt(np.mean(np.square(wave, dtype=np.float64)))
    louder = max(1.0, 10 ** (-30 / 20) / loudness) if loudness > 0 else 1.0
    windows = len(range(0, max(1, -(-(len(wave) + 1) // STEP) - VOICE + EVERY + 1), EVERY))
    filled = (len(wave) - (windows - 1) * EVERY * STEP) / (VOICE * STEP)
    windows = max(1, windows - (filled < 0.75))
    return power(wave * louder, VOICE + (windows - 1) * EVERY, bands, "constant").astype(np.float32)


def kaldi_frames(wave, bands):
    """(frames, bands) float32 as the Audio Spectrogram Transformer hears a sound, by the mel scale of Kaldi."""
    wave = np.pad(wave, (0, max(0, WINDOW - len(wave)))).astype(float)
    windows = np.lib.stride_tricks.sliding_window_view(wave, WINDOW)[::STEP]
    windows = windows - windows.mean(1, keepdims=True)
    windows = windows - 0.97 * np.concatenate([windows[:, :1], windows[:, :-1]], 1)
    mels = 1127 * np.log1p(np.linspace(0, RATE / 2, 257) / 700)[:, None]
    edges = np.linspace(*1127 * np.log1p(np.array([20, RATE / 2]) / 700), bands + 2)
    rising, falling = (mels - edges[:-2]) / np.diff(edges)[:-1], (edges[2:] - mels) / np.diff(edges)[1:]
    heard = np.abs(np.fft.rfft(windows * np.hanning(WINDOW), 512)) ** 2 @ np.maximum(0, np.minimum(rising, falling))
    return np.log(np.maximum(heard, 2.0**-23)).astype(np.float32)


def samples(wave, config, stated):
    """(samples, 1) float32 as wav2vec 2.0 and HuBERT hear a sound, and at least as many as they need."""
    least = 1
    for kernel, stride in zip(config["conv_kernel"][::-1], config["conv_stride"][::-1], strict=True):
        least = (least - 1) * stride + kernel
    if stated.get("do_normalize", True):
        wave = (wave - wave.mean()) / np.sqrt(wave.var() + 1e-7)
    return np.pad(wave, (0, max(0, least - len(wave)))).astype(np.float32)[:, None]


def read(folder, name):
    file = Path(folder) / name
    return json.loads(file.read_text("utf-8")) if file.exists() else {}


def ears(folder):
    """What turns a sound (samples,) at 16 kHz into the frames that the body in this folder hears; needs no torch."""
    config, stated = read(folder, "config.json"), read(folder, "preprocessor_config.json")
    kinds = {"whisper": whisper_frames, "ge2e_speaker_encoder": voice_frames, AST: kaldi_frames}
    frames = kinds.get(config["model_type"])
    return (lambda wave: frames(wave, config["num_mel_bins"])) if frames else lambda w: samples(w, config, stated)


def load(folder):
    """The network and everything it needs, as a dictionary."""
    from safetensors.torch import load_file

    folder = Path(folder)
    config = read(folder / "body", "config.json")
    kinds = {"whisper": whisper, "ge2e_speaker_encoder": speakers, AST: spectrogram_transformer}
    bodies = {"frames": ears(folder / "body"), "body": kinds.get(config["model_type"], waves)(folder / "body", config)}
    told = {"labels": read(folder, "labels.json"), **read(folder, "preprocessing.json")}
    return {**bodies, "head": load_file(folder / "head.safetensors"), **told}


def whisper(folder, config):
    """Frames (1, frames, bands) → (1, width): mean and maximum of what Whisper's encoder makes of a sound, and the mean
    of its middle layer."""
    import torch
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    encoder, gelu = WhisperEncoder.from_pretrained(folder, dtype=torch.float32).eval(), torch.nn.functional.gelu

    def hear(frames):
        count = (frames.shape[1] - 2) // 2
        frames = frames[:, : 2 * config["max_source_positions"]].transpose(1, 2)
        states = gelu(encoder.conv2(gelu(encoder.conv1(frames)))).transpose(1, 2)[:, :count]
        middle = states = states + encoder.embed_positions.weight[:count]
        for number, layer in enumerate(encoder.layers):
            middle = states if number == len(encoder.layers) // 2 else middle
            states = layer(states, None)
        states = encoder.layer_norm(states)
        return torch.cat([states.mean(1), states.amax(1), middle.mean(1)], 1)

    return hear


def speakers(folder, config):
    """Frames (1, frames, bands) → (1, width): the mean direction of what the speaker encoder makes of each window."""
    import torch
    from safetensors.torch import load_file
    from torch.nn.functional import linear, normalize

    weights = load_file(folder / "model.safetensors")
    lstm = torch.nn.LSTM(config["num_mel_bins"], config["hidden_size"], config["num_hidden_layers"], batch_first=True)
    lstm.load_state_dict({name[5:]: value for name, value in weights.items() if name.startswith("lstm.")})

    def hear(frames):
        windows = frames[0].unfold(0, VOICE, EVERY).transpose(1, 2)
        last = lstm(windows)[1][0][-1]
        return normalize(normalize(linear(last, weights["linear.weight"], weights["linear.bias"]).relu()).mean(0)[None])

    return hear


def waves(folder, config):
    """Samples (1, samples, 1) → (1, width): the mean of what wav2vec 2.0 or HuBERT makes of a sound."""
    import torch
    from transformers import AutoModel

    network = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    return lambda frames: network(frames[:, :, 0]).last_hidden_state.mean(1)


def spectrogram_transformer(folder, config):
    """Frames (1, frames, bands) → (1, width): the mean of what the network makes of each patch of a sound."""
    import torch
    from transformers import ASTModel

    network, stated = ASTModel.from_pretrained(folder).eval(), read(folder, "preprocessor_config.json")
    scale = (stated.get("mean", -4.2677393), 2 * stated.get("std", 4.5689974))
    mean, deviation = scale if stated.get("do_normalize", True) else (0, 1)
    size, step = config["max_length"], config["time_stride"]

    def hear(frames):
        patches = []
        for window in frames[0].split(size):
            filled = torch.nn.functional.pad(window, (0, 0, 0, size - len(window)))
            states = network((filled[None] - mean) / deviation).last_hidden_state[0, 2:]  # bands first, then moments
            moments = states.unflatten(0, (-1, (size - config["patch_size"]) // step + 1))
            patches.append(moments[:, : -(-len(window) // step)].flatten(0, 1))
        return torch.cat(patches).mean(0, keepdim=True)

    return hear


def logits(model, wave):
    """Scores (1, classes) of a sound (samples,) at 16 kHz."""
    import torch
    from torch.nn import functional

    head = model["head"]
    with torch.no_grad():
        x = model["body"](torch.from_numpy(model["frames"](wave))[None])
        x = (x - head["mean"]) / head["std"]
        if "hidden.weight" in head:
            activation = getattr(functional, model["activation"])
            x = activation(functional.linear(x, head["hidden.weight"], head["hidden.bias"]))
        return functional.linear(x, head["output.weight"], head["output.bias"])


def predict(model, files):
    return np.concatenate([logits(model, decode(file)).softmax(1).numpy() for file in files])


if __name__ == "__main__":
    loaded = load(Path(__file__).parent)
    for name in sys.argv[1:]:
        scores = predict(loaded, [name])[0]
        print(f"{name}\t{loaded['labels'][scores.argmax()]}\t{scores.max():.3f}")
