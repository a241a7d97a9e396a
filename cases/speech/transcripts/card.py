"""What a stranger must know before relying on a model that writes down speech."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from cases import card
from cases.card_words import ENGLISH
from models import catalog, languages

if TYPE_CHECKING:
    from cases.speech.transcripts.learner import TranscriptLearner

CARD = """# {name}

Writes down what is said in recordings (language: {language}{script}). It was fine-tuned with Casebook.

| | |
|---|---|
| pretrained model | {model} |
| licence of its weights | {licence} |
| what learned | {mode} |
| data | “{data}” (content {digest}): {train} recordings to train, {validation} to validate, {test} to test |
| mended by hand | {mended} |
{figures}
| ONNX files | {onnx} |

The figures were measured once, on the {test} test recordings, which were not trained on; in brackets stand 95 %
intervals over recordings. {meant} Before they are compared, texts lose capitals, punctuation and whatever Whisper's own
rules take away. The recordings themselves do not leave with the model.

## Limits

The figures hold for recordings like those of the data. With other voices, rooms, microphones or subjects the model may
do worse; of silence and noise it may write words that nobody said, and it may have unlearnt some of what the
pretrained model could. Nobody has checked whether it hears all people equally well: do so before anything depends on
it.

## Use

    pip install torch transformers soundfile soxr numpy
    python predict.py recording.wav

The folder `body` is a whole Whisper as the library transformers keeps it:

    from transformers import pipeline
    pipeline("automatic-speech-recognition", "body")("recording.wav")
{other}
Without torch: `hearing.onnx` takes frames (n, 3000, {bands}) of the window of 30 seconds and returns what was heard,
`writing.onnx` takes tokens (n, new), past and heard and returns the scores of the next token and the new past.
`body/generation_config.json` says with which tokens a text begins and ends. Both read weights of
`body/model.safetensors`, so keep the files together.

`python repeat.py` says how this model came about; with Casebook and the original data it trains it again.
"""


SPACED = """\
| test word error rate (WER) | {wer} |
| test character error rate (CER) | {cer} |
| the same of the texts as they stand | WER {raw_wer}, CER {raw_cer} |
| WER of the pretrained model, untouched | {untouched_wer} |"""
UNSPACED = """\
| test character error rate (CER) | {cer} |
| the same of the texts as they stand | {raw_cer} |
| CER of the pretrained model, untouched | {untouched_cer} |"""
MEANT = {
    "wer": "WER is the number of words to exchange, leave out or put in, by the number of words that were said.",
    "cer": "CER is the number of characters to exchange, leave out or put in, by the number of characters that were "
           "said.",
}  # fmt: skip
OTHER = """
What the network writes in {other} characters is put into {script} ones, as the data have them, by `predict.py` and by
the table `replaced` in `preprocessing.json`; `pipeline` leaves it as it is.
"""


def write(path: Path, learner: TranscriptLearner, result: dict[str, Any]) -> None:
    ground, settings, metric = learner.ground, learner.settings, learner.judge.metric
    others = (("", result["test"]), ("untouched_", result["references"]["untouched"]))
    measured = {f"{of}{name}": card.interval(ENGLISH, value) for of, values in others for name, value in values.items()}
    path.write_text(
        CARD.format(
            name=ground.dataset.name,
            language=languages.NAMES.get(learner.language, learner.language),
            script=f", {learner.script} characters" if learner.script else "",
            other=_other(learner.script),
            model=settings.model,
            licence=catalog.licence(settings.model, learner.weights),
            mode=settings.mode,
            data=ground.dataset.name,
            digest=ground.dataset.digest,
            **result["data"],
            mended=card.mended(ENGLISH, ground.dataset, result, "recordings"),
            figures=(SPACED if metric == "wer" else UNSPACED).format(**measured),
            meant=MEANT[metric],
            onnx=_agreement(result["onnx"]),
            bands=learner.transcriber.ears.bands,
        ),
        "utf-8",
    )


def _other(script: str) -> str:
    names = {"simplified": "traditional", "traditional": "simplified"}
    return OTHER.format(script=script, other=names[script]) if script else ""


def _agreement(onnx: dict[str, Any] | None) -> str:
    if onnx is None:
        return "there are none: the network has parts that ONNX cannot express"
    told = f"the same text on {onnx['same']} of {onnx['items']} test recordings"
    return f"{told}; another on: {', '.join(onnx['close'])}" if onnx["close"] else told
