"""What data are called until a person gives them a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from cases.base import UploadedFile
from cases.ingest import tables
from cases.ingest.collection import CollectedFiles
from cases.ingest.labeled_files import of_folders

MOST = 60  # characters
MOST_CLASSES = 4  # that make a title
_ENDING = re.compile(rf"(\.tar)?\.\w+({tables.CLUSTERED})?$", re.IGNORECASE)
_SAYS_NOTHING = re.compile(
    r"(train(ing)?|test(ing)?|val(id|idation)?|dev|data|datasets?|archive|files?|folder|new folder|untitled( folder)?|"
    r"images?|pictures?|photos?|imgs?|texts?|sounds?|audios?|wavs?|recordings?|clips?|labels?|samples?|upload|download|"
    r"lines|u|ratings?|interactions?|items?|table|sheet|book|工作簿|表格|数据集?|训练集?|测试集?|验证集?|样本|图片|照片|文本|语音|音频|"
    r"录音|文件|文件夹|新建文件夹|新建文本文档|未命名|压缩包|归档)[\s_\-.()（）\d]*",
    re.IGNORECASE,
)


def title_of(parts: Sequence[UploadedFile], classes: Sequence[str] = (), gathered: CollectedFiles | None = None) -> str:
    """The first that says something: the name of an archive, of the folder around everything, of a table; then the
    classes; then whatever there is."""
    named = [part for part in parts if not part.label]
    archives = [part.name for part in named if PurePosixPath(part.name).suffix.lower() not in tables.ALL]
    names = [*archives, *_around(parts, gathered), *(part.name for part in named)]
    titles = [_ENDING.sub("", PurePosixPath(name).name) or name for name in names]
    typed = list(dict.fromkeys(part.label for part in parts if part.label))
    if typed and not archives:
        titles = [_listed(typed), *titles]
    telling = (title for title in titles if title and not _SAYS_NOTHING.fullmatch(title))
    return next(telling, _listed(classes) if len(classes) > 1 else titles[0])[:MOST]


def says_nothing(name: str) -> bool:
    """Whether half the world calls its files so."""
    return bool(_SAYS_NOTHING.fullmatch(name))


def _around(parts: Sequence[UploadedFile], gathered: CollectedFiles | None) -> list[str]:
    """The folder that all files of an archive, or all that were brought, lie in; none where it is a class or a part."""
    names = [found.name for found in (*gathered.files, *gathered.tables)] if gathered else []
    places = [PurePosixPath(name) for name in names or [part.name for part in parts]]
    tops = {place.parts[0] if len(place.parts) > 2 else "" for place in places}
    top = tops.pop() if len(tops) == 1 else ""
    return [top] if top and of_folders([top])[0] else []


def _listed(classes: Sequence[str]) -> str:
    some = ", ".join(classes[:MOST_CLASSES])
    return some if len(classes) <= MOST_CLASSES else f"{some} …"
