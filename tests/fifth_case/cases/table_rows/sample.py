"""The sample data: wines that scikit-learn carries, their alcohol told in words.

Origin: S. Aeberhard and M. Forina, "Wine", UCI Machine Learning Repository, 1992, doi:10.24432/C5PC7J, licence CC BY
4.0.
"""

from __future__ import annotations

import csv
from importlib.util import find_spec
from pathlib import Path

from cases.base import Sample, UploadedFile
from models.errors import N_

NAME = "wine.csv"
STRENGTHS = (("light", 12.6), ("medium", 13.4), ("strong", 100.0))  # up to so many per cent
CULTIVARS = ("Barolo", "Grignolino", "Barbera")
COLUMNS = (
    "alcohol", "malic acid", "ash", "alcalinity of ash", "magnesium", "phenols", "flavanoids",
    "nonflavanoid phenols", "proanthocyanins", "color intensity", "hue", "OD280/OD315", "proline",
)  # fmt: skip


def wine(folder: Path) -> UploadedFile:
    """178 wines, one per line: twelve numbers, a word for the alcohol, and the cultivar."""
    source = Path(find_spec("sklearn").submodule_search_locations[0]) / "datasets/data/wine_data.csv"
    with source.open(encoding="utf-8", newline="") as file:
        _about, *rows = csv.reader(file)
    path = folder / NAME
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, "class"])
        for alcohol, *numbers, cultivar in rows:
            strength = next(word for word, most in STRENGTHS if float(alcohol) <= most)
            writer.writerow([strength, *numbers, CULTIVARS[int(cultivar)]])
    return UploadedFile(path, NAME)


WINE = Sample(
    "wine",
    N_("Try it with wines"),
    N_("Real measurements: 178 wines of three cultivars, their alcohol in three steps. From the package scikit-learn "
       "(Aeberhard and Forina, UCI Machine Learning Repository, 1992, CC BY 4.0)."),
    wine,
    NAME,
)  # fmt: skip
