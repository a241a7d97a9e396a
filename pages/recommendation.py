"""Recommendation: from what users had to what they may want next."""

from __future__ import annotations

import cases
from pages.shared.i18n import _
from pages.shared.upload_options import UploadOptions
from pages.steps import flow

case = cases.get("recommendation")

flow.show(
    case,
    _("Learn from user–item interactions what each user may like next, with a reason for each recommendation. "
              "A pretrained language model reads the titles, so new items can be recommended too (cold "
              "start)."),
    UploadOptions(
        items="",
        tables=".csv,.tsv,.txt,.jsonl,.ndjson,.json,.xlsx,.parquet,.dat,.data,.inter,.item",
        hint=_("A table of interactions, one per line: user, item, and if known a rating or count and a time. A table "
               "of items (title, genres, description) can come with it, as a second file or in the same zip. "
               "MovieLens and RecBole files work as they are."),
        collect=_("Several files: interactions and items, or a test file of your own"),
        begin=_("Drop the table of interactions, and the table of items if you have one."),
        drop=_("Drop tables or an archive here"),
        drop_hint=_("The columns tell which table is which."),
        example="",
        read=_("Read these tables"),
        whole=True,
    ),
)  # fmt: skip
