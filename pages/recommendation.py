"""Recommendation: from what users had to what they may want next."""

from __future__ import annotations

import cases
from pages.shared.i18n import _
from pages.shared.upload_options import UploadOptions
from pages.steps import flow

case = cases.get("recommendation")

flow.show(
    case,
    _("Collaborative filtering: learn from user–item interactions what each user may like "
      "next, and why. Text embeddings of titles cover new items too (cold start)."),
    UploadOptions(
        items="",
        tables=".csv,.tsv,.txt,.jsonl,.ndjson,.json,.xlsx,.parquet,.dat,.data,.inter,.item",
        hint=_("A table of interactions: user, item, optional rating (or count) and time. Without "
               "ratings: implicit feedback. A table of items can be in the same zip. MovieLens and "
               "RecBole files work unchanged."),
        collect=_("More ways: interactions and items as separate files, test file"),
        begin=_("Add the table of interactions, and a table of items if you have one."),
        drop=_("Drop tables or an archive here"),
        drop_hint=_("Tables are identified by their columns."),
        example="",
        read=_("Import tables"),
        whole=True,
    ),
)  # fmt: skip
