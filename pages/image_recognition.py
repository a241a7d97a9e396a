"""Image recognition: teach a pretrained network your own kinds of pictures."""

from __future__ import annotations

import cases
from cases.image_recognition.file_types import IS_HEIC, PICTURES
from pages.shared.i18n import _
from pages.shared.upload_options import UploadOptions
from pages.steps import flow

case = cases.get("image_recognition")

flow.show(
    case,
    _("Transfer learning for pictures: fine-tune a neural network, pretrained on a million "
      "photographs, to recognise your classes."),
    UploadOptions(
        items=",".join(sorted(PICTURES)),
        tables=".csv,.tsv,.txt",
        hint=_("A zip or tar with one folder of pictures per class, at any depth, or the folders "
               "themselves. Folders named train, validation and test set the split."),
        collect=_("More ways: single pictures, camera, class table, test file"),
        begin=_("Type a class, then add its pictures. Repeat for each class."),
        drop=_("Drop pictures, folders, an archive or a table here"),
        drop_hint=_("Without a typed class, the folder name becomes the class."),
        example=_("for example: cat"),
        read=_("Import pictures"),
        camera=True,
        advice={ending: _(IS_HEIC) for ending in (".heic", ".heif", ".hif")},
    ),
)  # fmt: skip
