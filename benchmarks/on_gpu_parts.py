"""What `benchmarks.on_gpu` trains: the networks of the cases, with weights that are found or random, and made-up data.

The networks are those of the cases themselves. Their packages also bring the readers of people's files, which need more
than a stock PyTorch image has; so the packages are entered past their `__init__`.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import nn

from models.heads.head import Head
from models.pretrained import catalog
from models.storage import ragged_array
from models.text.tokenizer import Tokeniser
from models.training import lora
from models.training.batches import Batches
from models.training.losses import Loss

ROOT = Path(__file__).parent.parent
CASES = ("cases", "cases.image_recognition", "cases.text_analysis", "cases.speech", "cases.recommendation")
CLASSES = 4
RATES = {"head": 1e-2, "LoRA": 1e-3, "full": 1e-4, "towers": 3e-3, "attention": 3e-3}
RANK, ALPHA = 8, 16.0


@dataclass(frozen=True)
class Material:
    """`build`: a fresh network, the same for the same random state; `all_of`: rows of all items in whole batches."""

    weights: str
    build: Callable[[], nn.Module]
    training: Any
    validation: Any
    batch: int
    all_of: Callable[[np.ndarray], Any] | None = None
    measure: Callable[[Any], dict[str, float]] = lambda _: {}
    bf16: bool = True  # where the machine is quick at it
    rates: Mapping[str, float] = field(default_factory=lambda: RATES)


@dataclass(frozen=True)
class Combination:
    """`prepare`: of a folder for files, of one where weights may lie, and whether it shall be small."""

    case: str
    part: str
    prepare: Callable[[Path, Path, bool], Material]

    def open_up(self, network: nn.Module) -> None:
        if self.part == "LoRA":
            torch.manual_seed(0)
            adapt(network.body)


def _past_readers(names: tuple[str, ...] = CASES) -> None:
    for name in names:
        if name not in sys.modules:
            package = ModuleType(name)
            package.__path__ = [str(ROOT / name.replace(".", "/"))]
            sys.modules[name] = package


def _found(cache: Path, *models: str) -> tuple[Path, str] | None:
    """The folder of the first of these models whose weights are on this machine, and its name."""
    for name in models:
        known = catalog.find(name)
        if catalog.is_here(known, cache):
            return catalog.folder(name, cache), name
    return None


def adapt(body: nn.Module) -> None:
    """As `models.training.lora` does it; where `peft` is missing by plain adapters of the same form."""
    if importlib.util.find_spec("peft"):
        lora.adapt(body, rank=RANK, alpha=ALPHA, dropout=0.0)
        return
    body.requires_grad_(False)
    for name in lora.targets(body):
        parent, _, own = name.rpartition(".")
        setattr(body.get_submodule(parent), own, Adapted(body.get_submodule(name)))


class Adapted(nn.Module):
    """A layer that stays as it is, and a product of two thin ones beside it that begins at zero."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer
        if isinstance(layer, nn.Linear):
            self.down, self.up = nn.Linear(layer.in_features, RANK, bias=False), nn.Linear(RANK, layer.out_features)
        else:
            how = {"stride": layer.stride, "padding": layer.padding, "dilation": layer.dilation, "bias": False}
            self.down = nn.Conv2d(layer.in_channels, RANK, layer.kernel_size, **how)
            self.up = nn.Conv2d(RANK, layer.out_channels, 1)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x) + self.up(self.down(x)) * (ALPHA / RANK)

    def __getattr__(self, name: str) -> Any:
        """What the network reads of its layer, its weight for one."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(self._modules["layer"], name)


def _accuracy(outcome: Any) -> dict[str, float]:
    return {"accuracy": float((outcome.predictions.argmax(1) == outcome.label_ids).mean())}


def _labels(items: int) -> np.ndarray:
    return np.arange(items) % CLASSES


def _parts(items: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to learn from and to validate on: a quarter."""
    return np.split(np.arange(items), [items - items // 4])


def pictures(folder: Path, cache: Path, small: bool) -> Material:
    """A disc of its class's colour on grey, under noise."""
    import timm

    _past_readers()
    from cases.image_recognition.network import PictureNetwork, load_body

    found = _found(cache, "efficientnet_lite0", "timm/vit_small_patch16_224.augreg_in21k_ft_in1k")
    architecture, side = ("resnet10t", 64) if small else ("vit_small_patch16_224", 224)

    def build() -> nn.Module:
        if found:
            body, preprocessing = load_body(found[0])
        else:
            body = timm.create_model(architecture, num_classes=0)
            preprocessing = {"crop": side, "mean": [0.5] * 3, "std": [0.25] * 3}
        head = Head(body.head_hidden_size, CLASSES, hidden=0, activation="relu", dropout=0.1)
        loss = Loss("cross_entropy", np.ones(CLASSES))
        return PictureNetwork(body, head, preprocessing, augmentation="crop_flip", loss=loss)

    items, batch = (32, 8) if small else (1024, 64)
    size = build().crop * 8 // 7
    random, labels = np.random.default_rng(0), _labels(items)
    colours = random.integers(40, 216, (CLASSES, 3))
    pixels = random.integers(60, 196, (items, size, size, 3), np.uint8)
    inner = slice(size // 4, 3 * size // 4)
    pixels[:, inner, inner] = (pixels[:, inner, inner] // 2) + (colours[labels] // 2)[:, None, None].astype(np.uint8)

    def of(rows: np.ndarray) -> Batches:
        return Batches("pixels", pixels, labels, rows)

    training, validation = map(of, _parts(items))
    return Material(found[1] if found else f"random {architecture}", build, training, validation, batch, of, _accuracy)


def texts(folder: Path, cache: Path, small: bool) -> Material:
    """Tokens drawn by chance, a tenth of them from those of the class."""
    _past_readers()
    from cases.text_analysis.batches import TextBatches
    from cases.text_analysis.network import TextNetwork
    from models.text import encoder

    found = _found(cache, "multilingual-e5-small", "all-MiniLM-L6-v2")

    def build() -> nn.Module:
        body = encoder.load_body(found[0]) if found else _bert(small)
        head = Head(encoder.width(body), CLASSES, hidden=0, activation="relu", dropout=0.1)
        return TextNetwork(body, head, Loss("cross_entropy", np.ones(CLASSES)))

    items, batch, most = (32, 8, 32) if small else (2048, 64, 128)
    words = build().body.config.vocab_size
    random, labels = np.random.default_rng(0), _labels(items)
    ids = []
    for label in labels:
        tokens = random.integers(10, words, random.integers(most // 4, most))
        chosen = random.random(len(tokens)) < 0.1
        tokens[chosen] = 10 + label * 50 + random.integers(0, 50, chosen.sum())
        ids.append([tokens.astype(np.int32)])
    tokeniser = Tokeniser(None, "", 0)  # nothing is written: only its way to fill a batch is needed

    def of(rows: np.ndarray) -> TextBatches:
        return TextBatches(tokeniser, ids, labels, rows)

    training, validation = map(of, _parts(items))
    return Material(found[1] if found else "random BERT", build, training, validation, batch, of, _accuracy)


def _bert(small: bool) -> nn.Module:
    from transformers import BertConfig, BertModel

    width, layers = (64, 2) if small else (768, 12)
    config = BertConfig(vocab_size=30_000, hidden_size=width, num_hidden_layers=layers,
                        num_attention_heads=width // 32, intermediate_size=4 * width)  # fmt: skip
    return BertModel(config, add_pooling_layer=False)


def _waves(folder: Path, items: int, seconds: float) -> ragged_array.RaggedArray:
    """Tones of a height for each class, under noise."""
    from cases.speech.audio.features import RATE

    random = np.random.default_rng(0)

    def wave(label: int) -> np.ndarray:
        times = np.arange(int(random.uniform(0.5, 1.0) * seconds * RATE)) / RATE
        tone = np.sin(2 * np.pi * (300 + 250 * label) * times * random.uniform(0.97, 1.03))
        return (0.3 * tone + random.normal(0, 0.1, len(times))).astype(np.float32)

    return ragged_array.write(folder / "sounds.float32", (wave(label) for label in _labels(items)))


def _whisper(small: bool) -> Any:
    from transformers import WhisperConfig

    width, layers = (64, 2) if small else (512, 6)
    return WhisperConfig(vocab_size=2000 if small else 51_865, num_mel_bins=80, d_model=width, encoder_layers=layers,
                         decoder_layers=layers, encoder_attention_heads=width // 32, max_source_positions=1500,
                         decoder_attention_heads=width // 32, encoder_ffn_dim=4 * width, decoder_ffn_dim=4 * width,
                         pad_token_id=0, bos_token_id=1, eos_token_id=1, decoder_start_token_id=2)  # fmt: skip


def sounds(folder: Path, cache: Path, small: bool) -> Material:
    _past_readers()
    from cases.speech.audio import encoders, extractors
    from cases.speech.audio.augment import AudioAugment
    from cases.speech.audio.batches import SoundBatches
    from cases.speech.audio.encoders.whisper import WhisperAudioEncoder
    from cases.speech.audio.features import WhisperFeatures
    from cases.speech.network import SoundNetwork

    found = _found(cache, "whisper-base", "whisper-tiny.en")
    extractor = extractors.load(found[0]) if found else WhisperFeatures(80)

    def build() -> nn.Module:
        body = encoders.load_body(found[0]) if found else WhisperAudioEncoder(_whisper_model(small).get_encoder())
        head = Head(body.width, CLASSES, hidden=0, activation="relu", dropout=0.1)
        disturb = AudioAugment(scale=extractor.scale, tail=extractor.tail, noise=True, shift=True, masks=True)
        return SoundNetwork(body, head, Loss("cross_entropy", np.ones(CLASSES)), disturb)

    items, batch, seconds = (32, 8, 0.5) if small else (512, 32, 4.0)
    waves, labels = _waves(folder, items, seconds), _labels(items)

    def of(rows: np.ndarray) -> SoundBatches:
        return SoundBatches(extractor, waves, labels, rows)

    training, validation = map(of, _parts(items))
    return Material(found[1] if found else "random Whisper", build, training, validation, batch, of, _accuracy)


def _whisper_model(small: bool) -> nn.Module:
    from transformers import WhisperModel

    return WhisperModel(_whisper(small))


def transcripts(folder: Path, cache: Path, small: bool) -> Material:
    """The height of a tone is to be written, as a word of three tokens."""
    _past_readers()
    from cases.speech.audio.augment import AudioAugment
    from cases.speech.audio.features import WhisperFeatures
    from cases.speech.transcription import whisper
    from cases.speech.transcription.seq2seq import SpokenTexts, WhisperSeq2Seq

    found = _found(cache, "whisper-base", "whisper-tiny.en")
    rules = whisper.load(found[0], None).rules if found else SimpleNamespace(prefix=(2, 3), end=1)

    def build() -> nn.Module:
        body = whisper.load(found[0], None).network.model if found else _whisper_model(small)
        extractor = WhisperFeatures(body.config.num_mel_bins)
        disturb = AudioAugment(scale=extractor.scale, tail=extractor.tail, noise=True, shift=True, masks=True)
        return WhisperSeq2Seq(body, rules.prefix, disturb)

    items, batch, seconds = (32, 8, 0.5) if small else (512, 32, 4.0)
    waves, extractor = _waves(folder, items, seconds), WhisperFeatures(80)
    tokens = [[100 + 3 * label, 101 + 3 * label, 102 + 3 * label, rules.end] for label in _labels(items).tolist()]
    training, validation = (SpokenTexts(extractor, waves, tokens, rows) for rows in _parts(items))
    return Material(found[1] if found else "random Whisper", build, training, validation, batch)


def lists(kind: str) -> Callable[[Path, Path, bool], Material]:
    """People who go from an item to one of the next few; `kind`: see `cases.recommendation.network.assemble`."""

    def prepare(folder: Path, cache: Path, small: bool) -> Material:
        _past_readers()
        from cases.recommendation import batches, network

        items, people, longest, batch = (200, 96, 10, 16) if small else (20_000, 8192, 50, 256)
        random = np.random.default_rng(0)
        each = [(random.integers(items) + random.integers(1, 4, longest + 1).cumsum()) % items for _ in range(people)]
        counts = np.bincount(np.concatenate(each), minlength=items)
        history = SimpleNamespace(items=items, people=people, of_each=each, counts=counts)
        settings = SimpleNamespace(
            width=64 if small else 256, text_only_dropout=0.0, dropout=0.1, max_history=longest, layers=2, heads=4
        )
        asked = SimpleNamespace(people=np.arange(people // 4), had=[some[:-1] for some in each[: people // 4]],
                                wanted=np.array([some[-1:] for some in each[: people // 4]]),
                                seen=[some[:-1] for some in each[: people // 4]])  # fmt: skip

        def build() -> nn.Module:
            return network.assemble(settings, kind, None, history, min_users=5, ordered=True)

        training = batches.Windows(history, longest, ordered=True)
        validation = batches.Questions(asked, items, longest)
        return Material("random, as always", build, training, validation, batch, bf16=False)

    return prepare


COMBINATIONS = tuple(
    Combination(case, part, prepare)
    for case, parts, prepare in (
        ("pictures", ("head", "LoRA", "full"), pictures),
        ("texts", ("head", "LoRA", "full"), texts),
        ("sounds", ("head", "LoRA", "full"), sounds),
        ("transcripts", ("LoRA", "full"), transcripts),
        ("lists", ("towers",), lists("towers")),
        ("lists", ("attention",), lists("attention")),
    )
    for part in parts
)
