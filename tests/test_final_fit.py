"""What is set is what acts: the curves are those of the model that is delivered, unless a final fit is asked for."""

from __future__ import annotations

from functools import cache

import made_sounds
import made_texts
import numpy as np
import pytest

import cases
from cases.base import UploadedFile, WorkDirs
from cases.settings import idle, knobs
from models.progress import QUIET, NullReporter
from runs.jobs import data_import

pytestmark = pytest.mark.slow

BASE = {"mode": "head", "epochs": 2, "batch_size": 8, "learning_rate": 0.02, "precision": "fp32"}
OTHER = {
    "epochs": 1, "blocks": 1, "rank": 2, "alpha": 4.0, "lora_dropout": 0.5, "batch_size": 4, "learning_rate": 0.01,
    "weight_decay": 0.5, "focal_gamma": 1.0, "label_smoothing": 0.3, "hidden": 4, "dropout": 0.5,
    "loss": "focal",  # of classes of one size the balanced loss is the usual one
    "layer_decay": 0.5, "words": "without", "augmented_views": 2,
    "precision": "bf16",  # what the machine chooses may be the 32 bits of the others
}  # fmt: skip
# where the loss rises before its best epoch, texts are long, names tell what texts are about
ELSEWHERE = ("patience", "long_texts", "windows", "class_names")
NETWORK_ALONE = {"text_analysis": {"words": "without"}}  # its curves are not those of two models together
CASES = ("image_recognition", "text_analysis", "speech")
FINAL_FIT = {"final_fit": "cross_validated"}


class Listening(NullReporter):
    def __init__(self):
        self.validation = []

    def metrics(self, split, step, values):
        if split == "validation":
            self.validation.append(values)


@pytest.fixture(scope="module")
def material(tmp_path_factory, body, text_body, sound_bodies, pictures, zip_of):
    """The small body and some data of a case; the data are read once, and with them what the body saw of them."""
    folder = tmp_path_factory.mktemp("material")

    def read_pictures():
        part = UploadedFile(zip_of(folder / "noise.zip", pictures(8)), "noise.zip")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CASEBOOK_HOME", str(folder / "home"))
            return data_import.into_dataset("image_recognition", [part], "noise", QUIET)

    made = {
        "image_recognition": lambda: (body, read_pictures()),
        "text_analysis": lambda: (text_body, made_texts.write(folder / "texts", 60)),
        "speech": lambda: (sound_bodies["whisper"], made_sounds.write(folder / "tones", count=60)),
    }
    return cache(lambda name: (*made[name](), folder / "cache" / name))


@pytest.fixture
def learn(material, tmp_path):
    """Train a head on the data of a case by these settings."""

    def learning(name, report=QUIET, **chosen):
        body, dataset, kept = material(name)
        case, place = cases.get(name), WorkDirs(tmp_path / f"run-{len(list(tmp_path.glob('run-*')))}", kept)
        place.folder.mkdir()
        settings = case.Settings(**{"model": str(body), **BASE, **chosen})
        trainer = case.tasks[0].build(settings, dataset, place, QUIET)
        trainer.fit(report)
        return trainer

    return learning


def shown(case, values):
    """The settings of the form's third step but the model, which stands on cards, and the reasons of those without
    effect."""
    fields = {name: knob for name, (_, knob) in knobs(case.Settings).items() if knob.group not in ("data", "task")}
    return {name: knob for name, knob in fields.items() if name != "model"}, idle(case.Settings, values)


def another(name, knob, value):
    """Of options the one in `OTHER`, or the first that is not the value."""
    return next(one for one in (OTHER.get(name), *(knob.options or ())) if one not in (None, value))


def head_of(trainer):
    """What answers at the end: the head, and how sure it is together with a second model."""
    second = trainer.items.ensemble
    return {**{name: value.cpu().numpy() for name, value in trainer.network.head.state_dict().items()},
            "second": np.array(second.factor if second else 0.0)}  # fmt: skip


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize(  # what is usual of each case, the rest of one: they share these settings
    ("name", "chosen"),
    [
        ("image_recognition", {}),
        ("text_analysis", NETWORK_ALONE["text_analysis"]),
        ("speech", {"hidden": 8, "loss": "focal"}),
        ("text_analysis", FINAL_FIT),
    ],
)
def test_a_setting_is_greyed_out_exactly_where_it_changes_nothing_of_the_delivered_model(learn, name, chosen):
    before, case = learn(name, **chosen), cases.get(name)
    values, delivered = vars(before.settings), head_of(before)
    fields, reasons = shown(case, values)
    assert ("patience" in reasons) == (chosen == FINAL_FIT)
    fields = {field: knob for field, knob in fields.items() if field not in ELSEWHERE}
    others = {field: another(field, knob, values[field]) for field, knob in fields.items()}
    idle_ones = {field: other for field, other in others.items() if field in reasons}
    assert shown(case, values | idle_ones)[1] == reasons  # none of them wakes another one up
    assert same(delivered, head_of(learn(name, **{**chosen, **idle_ones})))
    for field in fields.keys() - reasons:
        assert not same(delivered, head_of(learn(name, **{**chosen, field: others[field]}))), field
    trained = {"epochs", "batch_size", "learning_rate", "schedule", "optimizer", "weight_decay", "dropout"}
    assert trained <= set(reasons) if chosen == FINAL_FIT else not trained & set(reasons)


def test_early_stopping_changes_the_delivered_model_where_the_loss_rises_before_its_best_epoch(learn):
    for seed in range(20):
        report, chosen = (
            Listening(),
            {"seed": seed, "learning_rate": 0.3, "dropout": 0.8, "epochs": 8, "words": "without"},
        )
        trainer = learn("text_analysis", report, **chosen)
        losses = [one["loss"] for one in report.validation]
        if (np.diff(losses[: int(np.argmin(losses)) + 1]) > 0).any():
            break
    assert not same(head_of(trainer), head_of(learn("text_analysis", **chosen, patience=1)))


@pytest.mark.parametrize("name", CASES)
def test_the_best_point_of_the_validation_curve_is_what_the_delivered_model_scores(learn, name):
    report = Listening()
    trainer = learn(name, report, **NETWORK_ALONE.get(name, {}))
    best = min(report.validation, key=lambda one: one["loss"])
    evaluation = trainer.evaluate(QUIET)
    told = evaluation.outcome.of("validation")
    assert float((told.predicted == told.labels).mean()) == best["accuracy"]
    assert evaluation.validation == {"value": best["accuracy"], "items": len(told.labels)}
    right = told.probabilities[np.arange(len(told.labels)), told.labels]
    assert -np.log(right).mean() == pytest.approx(best["loss"], abs=1e-5)


def test_untouched_the_head_is_delivered_as_it_was_trained_and_yesterdays_choice_means_what_it_meant(learn):
    usual = cases.get("text_analysis").Settings()
    assert usual.final_fit == "none"
    yesterday = learn("text_analysis", **FINAL_FIT)  # as every run of texts and sounds says that was not told otherwise
    rows = np.concatenate([yesterday.context.rows[part] for part in ("train", "validation")])
    assert np.allclose(head_of(yesterday)["mean"], yesterday.features.open()[rows].mean(0), atol=1e-5)
