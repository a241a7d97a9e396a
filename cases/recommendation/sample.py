"""The sample data: MovieLens 100K, which the package RecBole carries in its own layout, and a newer one to download.

100,000 ratings of films by visitors of a web site of the University of Minnesota in 1997 and 1998 (F. M. Harper and J.
A. Konstan, "The MovieLens Datasets", ACM TiiS 2015). RecBole is under the MIT licence; of the ratings GroupLens says
that they may be used for research but not for commercial purposes. The package is not imported, its files are read.
The newer one is GroupLens' small MovieLens, under the same conditions; it is renewed now and then, so that no digest of
it is kept.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from cases.base import Sample, UploadedFile
from cases.ingest import download, packaged
from models.errors import N_

FOLDER, NAME = "dataset_example/ml-100k", "movielens-100k.zip"
FILES = ("ml-100k.inter", "ml-100k.item")
ORIGIN = N_(
    "100,000 real ratings of 1,682 films by 943 people (MovieLens 100K, GroupLens, 1998; package RecBole, MIT). "
    "Research use only."
)
NEWER = "https://files.grouplens.org/datasets/movielens/ml-latest-small.zip"
MOST_BYTES = 20 * 2**20  # it has one megabyte
ORIGIN_OF_NEWER = N_(
    "Downloads ml-latest-small.zip (1 MB) from files.grouplens.org: 100,836 MovieLens ratings of 9,742 films by 610 "
    "people. Research use only."
)


def films(folder: Path) -> UploadedFile:
    """A zip of the ratings and of the table of films; the same bytes each time.

    Raises:
        InputError: the package is not installed.
    """
    source, path = packaged.folder("recbole") / FOLDER, folder / NAME
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in FILES:
            archive.writestr(zipfile.ZipInfo(name), (source / name).read_bytes())  # without the time
    return UploadedFile(path, NAME)


def newer_films(folder: Path, address: str = NEWER) -> UploadedFile:
    path = folder / address.rsplit("/", 1)[-1]
    download.fetch(address, path, MOST_BYTES)
    return UploadedFile(path, path.name)


SAMPLES = (
    Sample("films", N_("Try it with ratings of films"), ORIGIN, films, NAME),
    Sample(
        "newer_films",
        N_("Download ratings of newer films"),
        ORIGIN_OF_NEWER,
        newer_films,
        Path(NEWER).name,
        fetched=True,
    ),
)
