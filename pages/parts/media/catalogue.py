"""Items of a catalogue."""

from __future__ import annotations

from cases import tables
from models.errors import N_
from pages.parts.bring.drop import ARCHIVES
from pages.parts.media.entry import Medium

MEDIUM = Medium(
    wide=True,
    few_tested="",  # sentences about classes, of which there are none
    expected="",
    no_mistake="",
    promised="",
    recognised="",
    one=N_("One user"),
    many=N_("Many users"),
    batch=",".join((*sorted(tables.ALL), ARCHIVES)),
    drop=N_("Drop a table of what users had: a line for each user and item"),
    table=N_("You get a table: each user with the three best items and their shares."),
    looked="",
    looked_at_once=False,
    asking="",
    explained="",
    lent="",  # visitors always choose from the titles; what users had is never shown
    lent_help="",
    with_lent="",
    portable=N_("From the vectors of what somebody had to a vector of that person, for any language that runs ONNX"),
    input=N_("the last {n:,} items"),
    model="intfloat/multilingual-e5-base",
)
