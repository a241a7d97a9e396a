"""Tones that stand for words, and a small whole Whisper that was never trained to write them down."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import soundfile
from made_sounds import PITCHES, wave

from cases.base import WorkDirs
from models.progress import QUIET

WORDS = ("Hmm", "high", "low", "middle", "one", "two", "<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|zh|>",
         "<|transcribe|>", "<|notimestamps|>")  # fmt: skip  # what comes after the last is a time for transformers
ENGLISH_WORDS = ("high", "low", "middle")  # for the three tones
END, START, ENGLISH, CHINESE, TASK, SILENT = range(6, 12)


def write_body(folder, *, width=32, tongues=False, signs=""):
    """The folder of the Whisper, with its tokenizer of a few words; it may not begin with `Hmm`.

    `tongues`: it says in which of two languages it writes. `signs`: of Chinese, five in place of the words.
    """
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import (
        GenerationConfig,
        PreTrainedTokenizerFast,
        WhisperConfig,
        WhisperFeatureExtractor,
        WhisperForConditionalGeneration,
    )

    torch.set_num_threads(1)
    marks = dict(bos_token_id=END, eos_token_id=END, pad_token_id=END, decoder_start_token_id=START)
    config = WhisperConfig(
        vocab_size=len(WORDS), num_mel_bins=80, encoder_layers=1, decoder_layers=1, d_model=width,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=2 * width, decoder_ffn_dim=2 * width,
        suppress_tokens=None, begin_suppress_tokens=None, init_std=0.3, max_target_positions=32,
        max_source_positions=100, **marks,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = WhisperForConditionalGeneration(config)
    network.save_pretrained(folder)
    known = dict(lang_to_id={"<|en|>": ENGLISH, "<|zh|>": CHINESE}, task_to_id={"transcribe": TASK})
    never = [START, ENGLISH, CHINESE, TASK, SILENT]
    stated = dict(suppress_tokens=never, begin_suppress_tokens=[0], no_timestamps_token_id=SILENT, **marks)
    GenerationConfig(is_multilingual=tongues, max_length=32, **stated, **(known if tongues else {})).save_pretrained(
        folder
    )
    WhisperFeatureExtractor(feature_size=80, chunk_length=2).save_pretrained(folder)
    known = (WORDS[0], *signs, *WORDS[END:]) if signs else WORDS
    words = Tokenizer(models.WordLevel({word: number for number, word in enumerate(known)}, unk_token=WORDS[0]))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    if signs:
        words.pre_tokenizer, words.decoder = pre_tokenizers.Split("", "isolated"), decoders.Fuse()
    PreTrainedTokenizerFast(tokenizer_object=words, eos_token=WORDS[END], pad_token=WORDS[END], unk_token=WORDS[0],
                            additional_special_tokens=list(WORDS[START:])).save_pretrained(folder)  # fmt: skip
    return folder


def signs(sign):
    """The token of a Chinese sign in a body with the signs 高低中開开."""
    return 1 + "高低中開开".index(sign)


def spoken(labels, random):
    """One tone for each word, a little pause between."""
    pause = np.zeros(1600, np.float32)
    return np.concatenate([np.concatenate([wave(label, random, 0.4), pause]) for label in labels])


def archive(count=40, heading="file,transcript", seed=0, words=ENGLISH_WORDS, between=" "):
    """The bytes of a zip of recordings of one or two words, with a table of what is said in each.

    `words` are said for high, low and middle, with `between` two of them.
    """
    random, buffer, lines = np.random.default_rng(seed), io.BytesIO(), [heading]
    with zipfile.ZipFile(buffer, "w") as made:
        for number in range(count):
            labels = [str(random.choice(list(PITCHES))) for _ in range(1 + number % 2)]
            sound = io.BytesIO()
            soundfile.write(sound, spoken(labels, random), 16_000, format="WAV", subtype="PCM_16")
            made.writestr(f"clips/{number:02}.wav", sound.getvalue())
            said = between.join(dict(zip(ENGLISH_WORDS, words, strict=True))[label] for label in labels)
            lines.append(f"{number:02}.wav,{said}")
        made.writestr("clips/table.csv", "\n".join(lines))
    return buffer.getvalue()


def begin(dataset, folder, model, report=QUIET, **chosen):
    """The trainer that is about to train, in a cache and a run's folder below `folder`."""
    import cases

    usual = {"task": "transcribe", "model": str(model), "epochs": 2, "batch_size": 8, "augmentation": "none"}
    case, place = cases.get("speech"), WorkDirs(folder / "run", folder / "cache")
    return case.tasks[1].build(case.Settings(**{**usual, **chosen}), dataset, place, report)


def learn(dataset, folder, model, report=QUIET, **chosen):
    """The same, that has trained."""
    trainer = begin(dataset, folder, model, report, **chosen)
    trainer.fit(report)
    return trainer
