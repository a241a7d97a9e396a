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
    "classification": N_("Only the first 30 seconds are used. Cut the recordings into pieces with one label each."),
    "transcription": N_("Excluded from training: the transcript covers more than the 30 seconds that the model uses. "
                        "Cut the recordings into pieces."),
}  # fmt: skip
OFFSET = 0.02  # of full scale
GUESSED = ("voices_both_sides", "voices")  # an encoder that errs says so, not the data
SAME_VOICES = N_("Training and test have speakers in common. Expect less with other voices.")
CANCELLED = 0.1  # share of the loudness that is left when channels are joined


def findings(dataset: Dataset) -> list[Finding]:
    """Those that were found, of the recordings that are not left out."""
    samples = dataset.samples[dataset.samples["split"] != LEFT_OUT]
    silent = samples["peak"] < SILENT
    kinds = (
        ("silent", silent, N_("Silent"),
         N_("They carry no information for training. Was the microphone on?")),
        ("mostly_silent", (samples["silence"] > MOSTLY) & ~silent, N_("Over 90% silence"),
         N_("Trim the silence, or check that they contain the sound.")),
        ("short", samples["seconds"] < SHORT, N_("Shorter than 0.1 seconds"),
         N_("They contain little information.")),
        ("long", samples["seconds"] > LONG, N_("Longer than 30 seconds"), _MUCH[dataset.task_type.name]),
        *_of_transcripts(dataset, samples),
        ("clipped", samples["clipped"] > CLIPPED, N_("Clipping"),
         N_("Recorded too loud. If one class has more of them, the model may learn the clipping.")),
        ("loud", samples["peak"] > 1.5, N_("Out-of-range samples"),
         N_("Sample values should lie between −1 and 1. Export them again as 16-bit WAV.")),
        ("offset", samples["offset"].abs() > OFFSET, N_("DC offset"),
         N_("Caused by the microphone or sound card. Hardly audible, but the model may learn it.")),
        ("cancelling", (samples["mono"] < CANCELLED * samples["rms"]) & ~silent, N_("Opposite-phase channels"),
         N_("Left and right cancel each other when mixed to mono. Export one channel only.")),
        ("lying", samples["lies"], N_("Wrong header length"),
         N_("The actual audio is used. Recording or copying may have been interrupted.")),
        ("other_rate", _unusual(samples["rate"]), N_("Different sampling rate"),
         N_("All are resampled to 16,000 Hz. If one class has another rate, the model may learn that.")),
        ("both_sides", _on_both_sides(samples, dataset.task_type), N_("Speakers in training and test"),
         N_("The metrics hold for these voices, not for new ones. Exclude them from training, or test on other "
            "speakers.")),
        ("speakers", _heard_often(samples, dataset.task_type), N_("Several recordings per speaker"),
         N_("A random split puts the same voices into training and test. To measure generalisation, group the split by "
            "speaker.")),
        ("voices_both_sides", _sound_alike(samples, tested=True), N_("Possibly shared speakers"),
         N_("Found by the speaker encoder, which misjudges one in five short recordings. Metrics may be optimistic; "
            "add a “speaker” column.")),
        ("voices", _sound_alike(samples, tested=False), N_("Possibly repeated speakers"),
         N_("Found by the speaker encoder, which misjudges one in five short recordings. A “speaker” column lets you "
            "group the split.")),
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
                outcome=SAME_VOICES if name in mends and name not in GUESSED else "",
                **mends[name](found) if name in mends else {})
        for name, found, title, advice in every if found.any()
    ]  # fmt: skip


def _kept_together(samples: pd.DataFrame) -> dict[str, Any]:
    """The setting that mends it, where there are speakers enough for three parts."""
    if samples["speaker"].replace("", np.nan).nunique() < len(SPLITS):
        return {}
    return {"settings": {"group_by": "speaker"}, "mend": N_("Group by speaker")}


def _of_transcripts(dataset: Dataset, samples: pd.DataFrame) -> list[tuple[str, pd.Series, str, str]]:
    if dataset.task_type.has_classes:
        return []
    said = samples["label"].fillna("")
    return [
        ("wordless", ~said.str.contains(r"\w"), N_("Empty transcripts"),
         N_("They contain no words and are excluded from training.")),
        ("wordy", said.str.len() > WORDY, N_("Long transcripts"),
         N_("The decoder writes about 150 words at most. Cut these recordings into pieces.")),
        ("hurried", said.str.len() > HURRIED * samples["seconds"].clip(lower=0.5),
         N_("Implausibly long transcripts"),
         N_("The transcript may belong to another recording, or the recording was cut off.")),
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
