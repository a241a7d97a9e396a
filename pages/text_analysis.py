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
    _("A network that has read a large part of the web, in a hundred languages, learns to tell your own kinds "
              "of texts apart."),
    UploadOptions(
        items=".txt",
        tables=".csv,.tsv,.txt,.jsonl,.ndjson,.json,.xlsx,.parquet",
        hint=_("A table with a text and its class in each line: CSV, TSV, JSONL, XLSX or Parquet. Or a zip with a "
               "folder of .txt files for each class."),
        collect=_("Typed or pasted texts, several tables, or a test file of your own"),
        begin=_("Type a class and paste its texts, or drop a table. Do the same for the next class."),
        drop=_("Drop tables, folders of texts, or an archive here"),
        drop_hint=_("A folder's name becomes the class of the texts in it. With a class typed above, each line of a "
                    ".txt is a text of that class."),
        example=_("for example: praise"),
        read=_("Read these texts"),
        whole=True,
        typing=True,
        unlabelled=True,
    ),
    after_predict=lambda run: translations.show(run, translations.Lesson(TRANSLATIONS, meaning)),
)  # fmt: skip
