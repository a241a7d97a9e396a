"""What is worth knowing of some recordings before they are learnt from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cases.base import Finding
from cases.dataset import LEFT_OUT, SPLITS, Dataset
from cases.speech import speaker_similarity
from cases.task_types import TaskType
from models.errors import N_

SHORT, LONG = 0.1, 30  # seconds; of longer ones the model hears the beginning
SILENT, MOSTLY = 0.001, 0.9  # peak, 60 dB below full scale; share of the time
CLIPPED = 0.001  # share of the samples
HURRIED = 30  # characters a second: twice as many as are usually spoken
WORDY = 800  # characters: the network writes 224 tokens at once, of which most hold three or four
_MUCH = {  # task type → what to do about a recording that is too long
    "classification": N_("The model hears the first 30 seconds of these. Cut them into pieces that each have one "
                         "label."),
    "transcription": N_("The model hears the first 30 seconds of these, so their transcripts tell more than it hears. "
                        "They are left out of the training. Cut them into pieces of 30 seconds, each with what is said "
                        "in it."),
}  # fmt: skip
OFFSET = 0.02  # of full scale
GUESSED = ("voices_both_sides", "voices")  # an encoder that errs says so, not the data
CANCELLED = 0.1  # share of the loudness that is left when channels are joined


def findings(dataset: Dataset) -> list[Finding]:
    """Those that were found, of the recordings that are not left out."""
    samples = dataset.samples[dataset.samples["split"] != LEFT_OUT]
    silent = samples["peak"] < SILENT
    kinds = (
        ("silent", silent, N_("Silent"),
         N_("There is nothing to learn from these. Was the microphone on?")),
        ("mostly_silent", (samples["silence"] > MOSTLY) & ~silent, N_("Silent for nine tenths of their time"),
         N_("Cut the silence away, or look whether the sound you mean is in them.")),
        ("short", samples["seconds"] < SHORT, N_("Shorter than a tenth of a second"),
         N_("There is little to hear in these.")),
        ("long", samples["seconds"] > LONG, N_("Longer than 30 seconds"), _MUCH[dataset.task_type.name]),
        *_of_transcripts(dataset, samples),
        ("clipped", samples["clipped"] > CLIPPED, N_("Overdriven: the loudest parts are cut off"),
         N_("They were recorded too loud. If one class has more of them, the model may learn that.")),
        ("loud", samples["peak"] > 1.5, N_("Far above full scale"),
         N_("Their numbers do not lie between -1 and 1, as is usual. Export them again as 16-bit WAV.")),
        ("offset", samples["offset"].abs() > OFFSET, N_("Not centred on zero"),
         N_("A fault of the microphone or the sound card (DC offset); hardly heard, but the model might learn it.")),
        ("cancelling", (samples["mono"] < CANCELLED * samples["rms"]) & ~silent, N_("Channels that cancel each other"),
         N_("Left and right are opposite, so that little is left when they are joined. Export one channel only.")),
        ("lying", samples["lies"], N_("Shorter or longer than their header says"),
         N_("What is there was read. They may have been cut off while recording or copying.")),
        ("other_rate", _unusual(samples["rate"]), N_("With another sampling rate than most"),
         N_("All are brought to 16,000 samples a second. If one class has another rate, the model may learn that.")),
        ("both_sides", _on_both_sides(samples, dataset.task_type), N_("Speakers who are both trained on and tested on"),
         N_("The figures tell how the model does with these voices, not with others. Leave them out of training, or "
            "bring other speakers to test on.")),
        ("speakers", _heard_often(samples, dataset.task_type), N_("By speakers with several recordings"),
         N_("Divided by chance, the same voices are trained on and tested on. To know how the model does with others, "
            "open “Split of the data” and keep all of a speaker together.")),
        ("voices_both_sides", _sound_alike(samples, tested=True), N_("Voices that training and test seem to share"),
         N_("Nobody says who speaks, but to a network that knows voices these sound like someone in the other part. "
            "Of short recordings it errs about one in five. If it is right, the figures tell how the model does with "
            "these voices, not with others. A column “speaker” in a table settles it.")),
        ("voices", _sound_alike(samples, tested=False), N_("Voices that seem to be in several recordings"),
         N_("Nobody says who speaks, but to a network that knows voices these sound like someone in recordings of "
            "other classes. Of short recordings it errs about one in five. With a column “speaker” in a table all of "
            "a speaker can be kept together, so that the test tells how the model does with others.")),
    )  # fmt: skip
    rows = samples.index.to_numpy()
    every = ((name, found.to_numpy(bool), title, advice) for name, found, title, advice in kinds)
    tested = (samples["split"] == "test").to_numpy()
    mends = {  # of what the test would know from training
        "both_sides": lambda found: {"strays": rows[found & ~tested]},
        "speakers": lambda found: _kept_together(samples),
        "voices_both_sides": lambda found: {},
        "voices": lambda found: {},
    }
    return [
        Finding(name, title, advice, rows[found], leak=name in mends, sure=name not in GUESSED,
                **mends[name](found) if name in mends else {})
        for name, found, title, advice in every if found.any()
    ]  # fmt: skip


def _kept_together(samples: pd.DataFrame) -> dict[str, Any]:
    """The setting that mends it, where there are speakers enough for three parts."""
    if samples["speaker"].replace("", np.nan).nunique() < len(SPLITS):
        return {}
    return {"settings": {"group_by": "speaker"}, "mend": N_("Keep each speaker together")}


def _of_transcripts(dataset: Dataset, samples: pd.DataFrame) -> list[tuple[str, pd.Series, str, str]]:
    if dataset.task_type.has_classes:
        return []
    said = samples["label"].fillna("")
    return [
        ("wordless", ~said.str.contains(r"\w"), N_("Transcripts without a word"),
         N_("There is nothing in these that could be written down. They are left out of the training.")),
        ("wordy", said.str.len() > WORDY, N_("Long transcripts"),
         N_("The network writes no more than some 150 words at once. Cut these recordings into pieces.")),
        ("hurried", said.str.len() > HURRIED * samples["seconds"].clip(lower=0.5),
         N_("More text than can be said in the time"),
         N_("The transcript may belong to another recording, or the recording may have been cut off.")),
    ]  # fmt: skip


def _unusual(rate: pd.Series) -> pd.Series:
    usual = rate.mode()
    return rate != (usual.iloc[0] if len(usual) else np.nan)


def _on_both_sides(samples: pd.DataFrame, task_type: TaskType) -> pd.Series:
    """Recordings of speakers who are in a test part that came with the data, and outside of it."""
    speaker, tested = _speakers(samples, task_type), samples["split"] == "test"
    return (speaker != "") & speaker.isin(speaker[tested]) & speaker.isin(speaker[~tested])


def _heard_often(samples: pd.DataFrame, task_type: TaskType) -> pd.Series:
    """Those of speakers with several, where the test part is still to be chosen."""
    speaker = _speakers(samples, task_type)
    often = speaker.map(speaker.value_counts()) > 1
    return (speaker != "") & often & (not (samples["split"] == "test").any())


def _sound_alike(samples: pd.DataFrame, *, tested: bool) -> pd.Series:
    """Those whose voice seems to be on the other side, where there is a test part that came with the data or none."""
    if "voice" not in samples or tested != (samples["split"] == "test").any():
        return pd.Series(False, samples.index)
    return speaker_similarity.alike(samples["voice"])


def _speakers(samples: pd.DataFrame, task_type: TaskType) -> pd.Series:
    """ "" where it is not known; of no sample where every class is by one speaker: then the voice is the class."""
    speaker = samples["speaker"] if "speaker" in samples else pd.Series("", samples.index)
    if not task_type.has_classes:
        return speaker
    voices = samples.assign(speaker=speaker)[speaker != ""].groupby("label")["speaker"].nunique()
    return speaker if len(voices) and voices.max() > 1 else pd.Series("", samples.index)
