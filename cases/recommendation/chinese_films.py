"""The sample for readers of Chinese: the films of MovieLens 100K that are well known in China, under Chinese titles.

No package on the index carries interactions with a Chinese catalogue (`docs/samples.md` names those looked at).
`chinese_titles.tsv` has the number of a film in MovieLens and the title under which it is known; the ratings are those
of the sample of films, under the same conditions.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from cases.base import Sample, UploadedFile
from cases.ingest import packaged
from cases.recommendation.sample import FILES, FOLDER
from models.errors import N_

NAME, TITLES = "movielens-chinese-titles.zip", Path(__file__).with_name("chinese_titles.tsv")
GENRES = {
    "Action": "动作", "Adventure": "冒险", "Animation": "动画", "Children's": "儿童", "Comedy": "喜剧", "Crime": "犯罪",
    "Documentary": "纪录片", "Drama": "剧情", "Fantasy": "奇幻", "Film-Noir": "黑色电影", "Horror": "恐怖",
    "Musical": "歌舞", "Mystery": "悬疑", "Romance": "爱情", "Sci-Fi": "科幻", "Thriller": "惊悚", "War": "战争",
    "Western": "西部",
}  # fmt: skip


def titles() -> dict[str, str]:
    """The number of a film in MovieLens → its Chinese title."""
    return dict(line.split("\t") for line in TITLES.read_text("utf-8").splitlines())


def films(folder: Path) -> UploadedFile:
    """A zip of the ratings of these films and of their table; the same bytes each time.

    Raises:
        InputError: the package is not installed.
    """
    source, known, path = packaged.folder("recbole") / FOLDER, titles(), folder / NAME
    ratings, items = ((source / name).read_text("utf-8") for name in FILES)
    tables = {
        "ratings.csv": _table(ratings, ("user", "item", "rating", "timestamp"), lambda row: [row] if row[1] in known
                              else []),
        "films.csv": _table(items, ("item", "title", "year", "genres"), lambda row: [_film(row, known[row[0]])]
                            if row[0] in known else []),
    }  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in tables.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # without the time
    return UploadedFile(path, NAME)


def _film(row: list[str], title: str) -> list[str]:
    number, original, year, genres = row
    return [number, f"{title} {original}", year, "|".join(GENRES[genre] for genre in genres.split() if genre in GENRES)]


def _table(content: str, heading: Iterable[str], lines: Callable[[list[str]], list[list[str]]]) -> str:
    read = csv.reader(io.StringIO(content), delimiter="\t", quoting=csv.QUOTE_NONE)
    next(read)
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows(line for row in read for line in lines(row))
    return written.getvalue()


CHINESE_FILMS = Sample(
    "chinese_films",
    N_("Try it with film ratings under Chinese titles"),
    N_("258 MovieLens 100K films well known in China, under Chinese titles (package RecBole, MIT). Real ratings, "
       "research use only."),
    films,
    NAME,
)  # fmt: skip
