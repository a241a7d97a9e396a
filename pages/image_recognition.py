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
    _("A network that has seen a million photographs learns to tell your own kinds of pictures apart."),
    UploadOptions(
        items=",".join(sorted(PICTURES)),
        tables=".csv,.tsv,.txt",
        hint=_("A zip or tar with a folder of pictures for each class, at any depth, or the folders themselves. "
               "Folders named train, validation and test are kept as the split."),
        collect=_("Loose pictures, the camera, a table of classes, or a test file of your own"),
        begin=_("Type a class, then drop or choose its pictures. Do the same for the next class."),
        drop=_("Drop pictures, folders, an archive or a table here"),
        drop_hint=_("A folder's name becomes the class of the pictures in it, unless you type one."),
        example=_("for example: cat"),
        read=_("Read these pictures"),
        camera=True,
        advice={ending: _(IS_HEIC) for ending in (".heic", ".heif", ".hif")},
    ),
)  # fmt: skip
