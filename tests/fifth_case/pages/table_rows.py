"""Table rows: train a small network on your own table."""

from __future__ import annotations

from types import SimpleNamespace

import cases
from cases.ingest import tables
from models.errors import N_
from pages.components.prediction_form import text
from pages.modalities.base import Modality
from pages.modalities.text import large, listed, original
from pages.shared.i18n import _
from pages.shared.upload_options import ARCHIVES, UploadOptions
from pages.steps import flow

TABLES = ",".join(sorted(tables.SUFFIXES | tables.TYPED))


def words() -> dict[str, str]:
    """The sentences of the form into which a row is typed."""
    return text.words() | {
        "title": _("Type or paste a row, one “column: value” per line"),
        "examples": _("Or a row of the test part, which the model never learnt from:"),
        "placeholder": _("column: value"),
    }


MODALITY = Modality(
    listed=listed,
    large=large,
    original=original,
    form=SimpleNamespace(component=text.component, MOST_BYTES=text.MOST_BYTES, beginnings=text.beginnings, words=words),
    wide=True,
    few_tested=N_("Too few test rows for a precise metric. Test on more."),
    no_mistake=N_("It made no mistake on these rows, so they cannot tell what would be better; more test rows could."),
    promised=N_(
        "Of 100 new rows like those it learnt from it gets about **{right:.0f}** right. With 95% confidence the true "
        "figure lies between {low:.0f} and {high:.0f}. Measured once, on {items:,} rows it had never seen. On rows of "
        "another kind it will do worse, and it always names one of its classes."
    ),
    fits=N_("It fits such rows only: any other row gets one of these classes, too."),
    recognises=N_("Classifies rows: {classes}"),
    recognised=N_("Of the test rows that are so, the share the model finds."),
    one=N_("One row"),
    many=N_("Many rows"),
    batch=f"{TABLES},{ARCHIVES}",
    drop=N_("Drop a table of rows"),
    table=N_("You get a table: each row with the prediction, its probability and the next two."),
    looked=N_("Show which columns mattered"),
    layout="words",
    looked_at_once=True,
    explained_whole=True,
    asking=N_("Asking the model which columns mattered …"),
    explained=N_(
        "It shows how far the score falls where the model does not know a column. It does not show why, nor whether "
        "the answer is right."
    ),
    lent=N_("Let visitors try some rows of the test part"),
    lent_help=N_("Off: nothing of your data can be seen. On: up to twelve test rows can, never training data."),
    with_lent=N_("with test rows"),
    portable=N_("The model from the encoded columns to probabilities, for any language that runs ONNX"),
    input=N_("{n:,} columns"),
    model="",
)

if __name__ == "__main__":
    case = cases.get("table_rows")

    flow.show(
        case,
        _("A small network learns from scratch which class each row of your table belongs to."),
        UploadOptions(
            items="",
            tables=TABLES,
            hint=_("A table with headings, one line per row, and a column of classes called “class”: CSV, TSV, XLSX or "
                   "Parquet."),
            collect=_("Several tables, or a test file of your own"),
            begin=_("Drop a table of rows."),
            drop=_("Drop tables or an archive here"),
            drop_hint=_("The headings tell which column is which."),
            example="",
            read=_("Import tables"),
            whole=True,
        ),
    )  # fmt: skip
