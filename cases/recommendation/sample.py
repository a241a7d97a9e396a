"""The sample data: MovieLens 100K, which the package RecBole carries in its own layout.

100,000 ratings of films by visitors of a web site of the University of Minnesota in 1997 and 1998 (F. M. Harper and J.
A. Konstan, "The MovieLens Datasets", ACM TiiS 2015). RecBole is under the MIT licence; of the ratings GroupLens says
that they may be used for research but not for commercial purposes. The package is not imported, its files are read.
"""

from __future__ import annotations

import zipfile
from importlib.util import find_spec
from pathlib import Path

from cases.base import Part, Sample
from models.errors import N_, InputError

FOLDER, NAME = "dataset_example/ml-100k", "movielens-100k.zip"
FILES = ("ml-100k.inter", "ml-100k.item")
ORIGIN = N_(
    "Real ratings: MovieLens 100K, 100,000 ratings of 1,682 films by 943 people in 1997 and 1998 (GroupLens, "
    "University of Minnesota), from the package RecBole (MIT). The ratings are for research, not for commercial use."
)


def films(folder: Path) -> Part:
    """A zip of the ratings and of the table of films; the same bytes each time.

    Raises:
        InputError: the package is not installed.
    """
    found = find_spec("recbole")
    if found is None:
        raise InputError(
            found=N_("The package {package}, which carries this sample, is not installed."),
            expected=N_("The sample is read from the files of that package."),
            remedy=N_("Install it with pip install --no-deps {package}, or bring data of your own."),
            package="recbole",
        )
    path = folder / NAME
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in FILES:
            content = (Path(found.submodule_search_locations[0]) / FOLDER / name).read_bytes()
            archive.writestr(zipfile.ZipInfo(name), content)  # without the time
    return Part(path, NAME)


FILMS = Sample("films", N_("Try it with ratings of films"), ORIGIN, films)
