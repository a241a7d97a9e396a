"""What is worth knowing of some texts before they are learnt from."""

from __future__ import annotations

import pandas as pd

from cases.base import Finding
from cases.dataset import LEFT_OUT, Dataset
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
         N_("The model reads the beginning of these; the rest is cut off. Put what matters first, or split them.")),
        ("unreadable", text.str.contains(REPLACED, regex=False), N_("Characters that could not be read"),
         N_("Bytes in other characters were mixed into the file. Save it again as UTF-8 and bring it anew.")),
        ("no_letters", ~text.str.contains(LETTER), N_("Without a letter"),
         N_("Only digits, signs or emoji; the model may find little in them.")),
        ("short", samples["characters"] <= SHORT, N_("At most two characters"),
         N_("There is little to learn from these.")),
        ("markup", text.str.contains(MARKUP), N_("With tags of web pages"),
         N_("They are read as text. If one class has more of them, the model may learn the tags.")),
        ("repeated", _repeated(text), N_("With a beginning or an end that many others have"),
         N_("A notice or a signature, perhaps. If one class has more of it, the model may learn that.")),
        ("foreign", _foreign(samples["language"]), N_("In another language than most"),
         N_("The default model reads both Chinese and English; look whether these belong here.")),
    )  # fmt: skip
    rows = samples.index.to_numpy()
    every = ((name, found.to_numpy(bool), title, advice) for name, found, title, advice in kinds)
    return [Finding(name, title, advice, rows[found]) for name, found, title, advice in every if found.any()]


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
