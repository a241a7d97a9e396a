"""Text analysis: teach a pretrained network your own kinds of texts."""

from __future__ import annotations

import cases
from cases.text_analysis.translations import TRANSLATIONS, meaning
from pages.shared.i18n import _
from pages.shared.upload_options import UploadOptions
from pages.steps import flow
from pages.steps.predict import translations

case = cases.get("text_analysis")

flow.show(
    case,
    _("Transfer learning for text: a neural network pretrained in a hundred languages turns "
      "feature vectors of texts into your classes."),
    UploadOptions(
        items=".txt",
        tables=".csv,.tsv,.txt,.jsonl,.ndjson,.json,.xlsx,.parquet",
        hint=_("A table of texts and classes: CSV, TSV, JSONL, XLSX or Parquet. Or a zip with one "
               "folder of .txt files per class."),
        collect=_("More ways: typed or pasted texts, several tables, test file"),
        begin=_("Type a class and paste its texts, or drop a table. Repeat for each class."),
        drop=_("Drop tables, folders of texts, or an archive here"),
        drop_hint=_("Folder names become classes. With a class typed above, each line of a .txt is one text."),
        example=_("for example: praise"),
        read=_("Import texts"),
        whole=True,
        typing=True,
        unlabelled=True,
    ),
    after_predict=lambda run: translations.show(run, translations.Lesson(TRANSLATIONS, meaning)),
)  # fmt: skip
