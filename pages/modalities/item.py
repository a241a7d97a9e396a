"""Items of a catalogue."""

from __future__ import annotations

from cases.ingest import tables
from models.errors import N_
from pages.modalities.base import Modality
from pages.modalities.text import large, listed, original
from pages.shared.upload_options import ARCHIVES

MODALITY = Modality(
    listed=listed,
    large=large,
    original=original,
    form=None,
    wide=True,
    few_tested="",  # sentences about classes, of which there are none
    no_mistake="",
    promised="",
    fits="",
    recognises="",
    recognised="",
    one=N_("One user"),
    many=N_("Batch prediction"),
    batch=",".join((*sorted(tables.ALL), ARCHIVES)),
    drop=N_("Drop a table of interactions: one user and one item per line"),
    table=N_("Result: a table of users with their top three items and scores."),
    looked="",
    layout="",
    looked_at_once=False,
    explained_whole=True,
    asking="",
    explained="",
    lent="",  # visitors always choose from the titles; what users had is never shown
    lent_help="",
    with_lent="",
    portable=N_("Maps a user's item embeddings to the user embedding, for any ONNX runtime"),
    input=N_("the last {n:,} interactions"),
    examples=9,
    model="intfloat/multilingual-e5-base",
)
