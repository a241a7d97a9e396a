"""What is worth knowing of some texts before they are learnt from."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cases.base import Finding
from cases.dataset import LEFT_OUT, Dataset
from cases.ingest import tables
from cases.ingest.tables.encoding import REPLACED
from models.errors import N_

LIMIT = 512  # tokens that the default model reads of a text
SHORT = 2  # characters
EDGE = 30  # characters of a beginning or an end that is compared with others
OFTEN, SHARE = 10, 0.05  # so many texts, and this share of all, have it in common
FOREIGN = 0.1  # share of the texts up to which a language is the exception
MARKUP = r"</?[A-Za-z][^<>]{0,200}>|&(?:[a-z]{2,8}|#\d{1,6});"
LETTER = r"[^\W\d_]"


def findings(dataset: Dataset) -> list[Finding]:
    """Those that were found, of the texts that are not left out."""
    samples = dataset.samples[dataset.samples["split"] != LEFT_OUT]
    text = samples["text"]
    kinds = (
        ("cut", samples["tokens"] > LIMIT, N_("Longer than 512 tokens"),
         N_("The default model reads 512 tokens at once. The setting “Long texts” decides about the rest.")),
        ("unreadable", text.str.contains(REPLACED, regex=False), N_("Unreadable characters"),
         N_("The file mixes character encodings. Save it as UTF-8 and upload it again.")),
        ("no_letters", ~text.str.contains(LETTER), N_("Texts without letters"),
         N_("Only digits, symbols or emoji, with little information.")),
        ("short", samples["characters"] <= SHORT, N_("At most two characters"),
         N_("They contain little information.")),
        ("markup", text.str.contains(MARKUP), N_("HTML markup"),
         N_("HTML markup is read as text. If one class has more of it, the model may learn the markup.")),
        ("repeated", _repeated(text), N_("Repeated openings or endings"),
         N_("Perhaps a notice or a signature. If one class has more of it, the model may learn that.")),
        ("foreign", _foreign(samples["language"]), N_("Different language"),
         N_("The default model reads Chinese and English. Check whether these texts belong here.")),
    )  # fmt: skip
    rows = samples.index.to_numpy()
    every = ((name, found.to_numpy(bool), title, advice) for name, found, title, advice in kinds)
    found = [Finding(name, title, advice, rows[found]) for name, found, title, advice in every if found.any()]
    return [*_clustered(dataset), *found]


def _clustered(dataset: Dataset) -> list[Finding]:
    """That the classes are clusters with names: to tell them again is easy, whatever they should mean."""
    if not any(note["message"] == tables.FROM_CLUSTERS for note in dataset.notes):
        return []
    return [Finding(
        "clustered", N_("Labels from clusters"),
        N_("The score shows how well the clusters are told again, not whether the labels are true. Check some "
           "by hand."),
        np.zeros(0, np.int64), leak=True,
        outcome=N_("The labels are named clusters of alike texts; nobody read each text. The score may be too good."),
    )]  # fmt: skip


def _repeated(text: pd.Series) -> pd.Series:
    """Texts of which many others, not the same ones, begin or end alike."""
    long = text[text.str.len() >= 2 * EDGE].drop_duplicates()
    found = pd.Series(False, text.index)
    for edge in (long.str[:EDGE], long.str[-EDGE:]):
        often = edge.map(edge.value_counts()) >= max(OFTEN, SHARE * len(text))
        found[often.index[often]] = True
    return found


def _foreign(language: pd.Series) -> pd.Series:
    share = language.map(language.value_counts(normalize=True))
    return language.isin(["zh", "en"]) & (share <= FOREIGN)
