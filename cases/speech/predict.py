"""Say which class recordings are of, with the model in this folder.

    python predict.py call.wav answer.mp3

Needs features.py beside it, torch, transformers, soundfile, soxr, safetensors and numpy, and nothing of Casebook. Reads
WAV, FLAC, OGG and MP3 at any rate; of a longer recording it hears the first 30 seconds. From Python:
`predict(load(folder), files)` returns an array (files, classes) of probabilities.
"""

import json
import sys
from pathlib import Path

import numpy as np

if __package__ == "cases.speech":
    from cases.speech.audio import features
else:  # in a bundle it lies beside this script
    import features  # type: ignore[no-redef]  # it is the same file

AST = "audio-spectrogram-transformer"
HOW = {"dtype": "float32", "use_safetensors": True}


def decode(file):
    """(samples,) float32 at 16 kHz: the mean of the channels."""
    import soundfile
    import soxr

    with soundfile.SoundFile(file) as sound:
        rate, wave = sound.samplerate, sound.read(31 * sound.samplerate, dtype="float32", always_2d=True).mean(1)
    return (wave if rate == features.RATE else soxr.resample(wave, rate, features.RATE))[: features.LONGEST]


def ears(folder):
    """What turns a sound (samples,) at 16 kHz into the frames that the body in this folder hears; needs no torch."""
    said = (features.stated(Path(folder), name) for name in ("config.json", "preprocessor_config.json"))
    found = features.extractor(*said)
    if found is None:
        raise ValueError("The body in this folder is of a kind that features.py does not know.")
    return found.frames


def load(folder):
    """The network and everything it needs, as a dictionary."""
    from safetensors.torch import load_file

    folder = Path(folder)
    config = features.stated(folder / "body", "config.json")
    kinds = {"whisper": whisper, "ge2e_speaker_encoder": speakers, AST: spectrogram_transformer}
    bodies = {"frames": ears(folder / "body"), "body": kinds.get(config["model_type"], waves)(folder / "body", config)}
    labels, told = (json.loads((folder / name).read_text("utf-8")) for name in ("labels.json", "preprocessing.json"))
    return {**bodies, "head": load_file(folder / "head.safetensors"), "labels": labels, **told}


def whisper(folder, config):
    """Frames (1, frames, bands) → (1, width): mean and maximum of what Whisper's encoder makes of a sound, and the mean
    of its middle layer."""
    import torch
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    encoder, gelu = WhisperEncoder.from_pretrained(folder, **HOW).eval(), torch.nn.functional.gelu

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
        voice = features.SpeakerFeatures
        windows = frames[0].unfold(0, voice.WINDOW, voice.EVERY).transpose(1, 2)
        last = lstm(windows)[1][0][-1]
        return normalize(normalize(linear(last, weights["linear.weight"], weights["linear.bias"]).relu()).mean(0)[None])

    return hear


def waves(folder, config):
    """Samples (1, samples, 1) → (1, width): the mean of what wav2vec 2.0 or HuBERT makes of a sound."""
    from transformers import AutoModel

    network = AutoModel.from_pretrained(folder, **HOW).eval()
    return lambda frames: network(frames[:, :, 0]).last_hidden_state.mean(1)


def spectrogram_transformer(folder, config):
    """Frames (1, frames, bands) → (1, width): the mean of what the network makes of each patch of a sound."""
    import torch
    from transformers import ASTModel

    network = ASTModel.from_pretrained(folder, **HOW).eval()
    stated = features.stated(folder, "preprocessor_config.json")
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
