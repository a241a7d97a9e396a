"""A head that learns from augmented views: the same views whenever they are computed, and nothing else sees them."""

from __future__ import annotations

import made_sounds
import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms.v2 import functional

import cases
from cases.base import UploadedFile, WorkDirs
from cases.classification.conditions import views_learnt
from cases.image_recognition import augment
from cases.image_recognition import trainer as pictures_trainer
from cases.image_recognition.augment import Augment
from models.heads import linear_probe
from models.heads.augmented_features import AlternatingViews, AugmentedFeatures
from models.heads.head import ProbeConfig
from models.progress import QUIET, NullReporter, Stopped
from runs.jobs import data_import

HEAD = {"mode": "head", "epochs": 6, "batch_size": 8, "learning_rate": 0.02, "precision": "fp32"}
VIEWS = 3
SIZE, CROP = 40, 32


@pytest.fixture(scope="module")
def archive(tmp_path_factory, pictures, zip_of):
    """Thirty-six pictures that are divided, and nine more whose part is given: the test."""
    more = {**pictures(12, above="train/"), **pictures(3, seed=1, above="test/")}
    return zip_of(tmp_path_factory.mktemp("views") / "noise.zip", more)


@pytest.fixture
def dataset(archive):
    return data_import.into_dataset("image_recognition", [UploadedFile(archive, archive.name)], "d1", QUIET)


@pytest.fixture
def build(body, dataset, tmp_path):
    """A trainer in a run's folder and a cache of these names."""

    def building(folder="run", cache="cache", report=QUIET, **chosen):
        place = WorkDirs(tmp_path / folder, tmp_path / cache)
        place.folder.mkdir(exist_ok=True)
        settings = cases.get("image_recognition").Settings(**{"model": str(body), **HEAD, **chosen})
        return cases.get("image_recognition").tasks[0].build(settings, dataset, place, report)

    return building


class StoppingAt(NullReporter):
    """A person stops it once so much of `what` is done."""

    def __init__(self, what, done):
        self.at, self.reached = (what, done), False

    def progress(self, what, done, total, **more):
        self.reached |= what == self.at[0] and done >= self.at[1]

    def check(self):
        if self.reached:
            raise Stopped


def weights(trainer):
    return {name: value.numpy() for name, value in trainer.network.head.state_dict().items()}


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


# the views


def test_views_are_the_same_after_an_interruption_whatever_was_drawn_before(build):
    whole = build(augmented_views=VIEWS).views
    with pytest.raises(Stopped):
        build(cache="other", report=StoppingAt("views", 16), augmented_views=VIEWS)
    torch.rand(7)
    again = build(cache="other", augmented_views=VIEWS, seed=5).views  # it divides the data otherwise
    assert np.array_equal(whole.views, again.views)
    between = whole.views - whole.beside(whole.rows)
    assert not between.any() and len(np.unique(whole.views.reshape(-1, whole.views.shape[2]), axis=0)) == 36 * VIEWS


@pytest.mark.slow
def test_the_views_of_a_sound_are_the_same_after_an_interruption(sound_bodies, tmp_path, monkeypatch):
    from cases.speech import trainer as sounds

    monkeypatch.setattr(sounds, "FEATURE_BATCH", 16)
    tones, chosen = made_sounds.write(tmp_path / "data", count=24), {"model": str(sound_bodies["whisper"]), **HEAD}

    def built(name, report=QUIET):
        (tmp_path / name).mkdir(exist_ok=True)
        settings = cases.get("speech").Settings(**chosen, augmented_views=2)
        place = WorkDirs(tmp_path / name, tmp_path / f"cache-{name}")
        return cases.get("speech").tasks[0].build(settings, tones, place, report)

    whole = built("whole").views
    with pytest.raises(Stopped):
        built("stopped", StoppingAt("views", 16))
    assert np.array_equal(whole.views, built("stopped").views.views)
    assert not np.array_equal(whole.views[:, 0], whole.views[:, 1])


def looked_at(folder):
    """The names of the features that a network made and that are kept."""
    return {path.name for path in folder.glob("cache/features/*/*.rows")} - {"colors.rows"}


def test_they_are_kept_by_their_number_and_by_what_is_done_to_a_picture(build, tmp_path, monkeypatch):
    def kept():
        return looked_at(tmp_path)

    build(augmented_views=2)
    known = kept()
    assert len(known) == 2
    build(augmented_views=2, epochs=1, seed=3, hidden=4)
    assert kept() == known
    build(augmented_views=2, augmentation="crop")
    build(augmented_views=1)
    monkeypatch.setattr("cases.image_recognition.augment.SCALE", (0.7, 1.0))
    build(augmented_views=2)
    assert len(kept()) == 5


# what learns from them


def test_every_epoch_takes_each_example_once_plain_or_as_a_view_and_all_of_them_in_turn():
    plain = np.arange(6, dtype=np.float32)[:, None]
    views = AugmentedFeatures(plain, plain[[1, 2, 4, 5]][:, None] + np.array([0.25, 0.5], np.float32)[:, None],
                              np.array([1, 2, 4, 5]))  # fmt: skip
    batches, seen, orders = AlternatingViews(views, np.arange(6), np.array([5, 1, 4, 2]), 0), [], set()
    for epoch in range(3):
        batches.set_epoch(epoch)
        batch = batches.__getitems__([0, 1, 2, 3])
        told = dict(zip(batch["labels"].tolist(), batch["features"][:, 0].tolist(), strict=True))
        assert {label: int(value) for label, value in told.items()} == {1: 1, 2: 2, 4: 4, 5: 5}
        seen.append({label: value % 1 for label, value in told.items()})
        orders.add((*told,))
    assert [{epoch[label] for epoch in seen} for label in (1, 2, 4, 5)] == [{0.0, 0.25, 0.5}] * 4
    assert len(set(seen[0].values())) > 1 and len(orders) > 1  # an epoch has some of each, in another order


def test_a_head_learns_from_them_and_a_stopped_training_comes_to_the_same_head(build):
    plain, whole = build("plain"), build("whole", augmented_views=VIEWS)
    plain.fit(QUIET)
    whole.fit(QUIET)
    assert not same(weights(plain), weights(whole))
    with pytest.raises(Stopped):
        build("stopped", augmented_views=VIEWS).fit(StoppingAt("training", 11))  # in the middle of an epoch
    resumed = build("stopped", augmented_views=VIEWS)
    resumed.fit(QUIET)
    assert same(weights(whole), weights(resumed))


def test_the_final_fit_learns_from_them_too(build):
    plain, varied = (build(str(count), final_fit="cross_validated", augmented_views=count) for count in (0, VIEWS))
    for trainer in (plain, varied):
        trainer.fit(QUIET)
    assert not same(weights(plain), weights(varied))
    rows = np.concatenate([varied.context.rows[part] for part in ("train", "validation")])
    every = np.concatenate([varied.features.open()[rows], *np.moveaxis(varied.views.beside(rows), 1, 0)])
    assert np.allclose(weights(varied)["mean"], every.mean(0), atol=1e-5)


def test_what_judges_an_example_was_fitted_to_no_view_of_it():
    """The features tell nothing but which example it is: whoever saw a copy of it knows its label."""
    random = np.random.default_rng(0)
    features = torch.from_numpy(random.normal(size=(120, 200)).astype(np.float32))
    labels, views = torch.from_numpy(random.integers(0, 2, 120)), features[:, None].expand(-1, 4, -1)
    hold, alone = ProbeConfig(1e-4, 1.0, 200), np.full(120, -1)
    told = linear_probe.out_of_fold(features, labels, 2, hold, alone, QUIET, views=views)
    assert (told.argmax(1) == labels.numpy()).mean() < 0.7
    known = linear_probe.fit(features, labels, 2, hold)
    assert (known(features).argmax(1) == labels).float().mean() == 1


@pytest.mark.slow
def test_baselines_doubtful_labels_and_the_learning_curve_know_plain_examples_alone(build):
    plain, varied = build("plain"), build("varied", augmented_views=VIEWS)
    for trainer in (plain, varied):
        trainer.fit(QUIET)
    one, other = (trainer.evaluate(QUIET).outcome for trainer in (plain, varied))
    assert np.array_equal(one.out_of_fold.probabilities, other.out_of_fold.probabilities)
    assert np.array_equal(one.neighbours, other.neighbours)
    assert not np.array_equal(one.probabilities, other.probabilities)
    assert plain.references == varied.references
    assert vars(plain.learning_curve({}, QUIET)) == vars(varied.learning_curve({}, QUIET))
    validated = varied.batches(varied.context.rows["validation"]).__getitems__([0, 1])["features"]
    assert np.array_equal(validated, varied.features.open()[varied.context.rows["validation"][:2]])


# where there are none


@pytest.mark.parametrize("chosen", [{"mode": "full"}, {"augmentation": "none"}, {"augmented_views": 0}])
def test_no_view_is_computed_where_nothing_would_learn_from_it(build, tmp_path, chosen):
    trainer = build(**{"augmented_views": VIEWS, **chosen})
    assert trainer.views is None and views_learnt(vars(trainer.settings)) == 0
    assert len(looked_at(tmp_path)) == 1


# what they cost


@pytest.mark.slow
def test_the_estimate_counts_them_until_they_are_kept(body, dataset, build, tmp_path, monkeypatch):
    case = cases.get("image_recognition")
    monkeypatch.setattr(pictures_trainer, "FEATURE_BATCH", 16)

    def measured(**chosen):
        settings = case.Settings(**{"model": str(body), **HEAD, **chosen})
        folder = tmp_path / "profile"
        folder.mkdir(exist_ok=True)
        found = case.tasks[0].profile(settings, dataset, WorkDirs(folder, tmp_path / "cache"), QUIET)
        return found["pace"]["prepare"] * found["per_second"], found  # in looks at one picture

    first, without = measured()
    with_views, found = measured(augmented_views=4)
    assert first >= 1 and with_views >= 1 + 4 * 36 / 45  # and decoding, which is measured, too
    assert without["views"] == [] and len(found["views"]) == 3
    build()
    looks, _ = measured(augmented_views=4)
    assert looks > 0.999 * 4 * 36 / 45  # a product of two measured numbers, which rounds
    assert measured()[0] == 0
    build(augmented_views=4)
    assert measured(augmented_views=4)[0] == 0


@pytest.fixture(scope="module")
def smooth():
    """Smooth ones, in which a place can be told from the next."""
    random = np.random.default_rng(0)
    coarse = random.integers(256, size=(6, 8, 8, 3), dtype=np.uint8)
    large = [np.asarray(Image.fromarray(one).resize((SIZE, SIZE), Image.Resampling.BICUBIC)) for one in coarse]
    return torch.from_numpy(np.stack(large)).permute(0, 3, 1, 2)


def cut_by_one(picture, width, height, x, y, mirrored):
    """As torchvision cuts and mirrors a picture; of a whole number of pixels."""
    left, top = ((1 + middle - side) / 2 * SIZE for middle, side in ((x, width), (y, height)))
    sizes = [round(value) for value in (top, left, height * SIZE, width * SIZE)]
    view = functional.resized_crop(picture.float(), *sizes, [CROP, CROP], antialias=False)
    return functional.horizontal_flip(view) if mirrored else view


def in_whole_pixels(count):
    """What is drawn, moved to the next whole pixel, so that torchvision can cut it too."""
    width, height, x, y, mirrored = augment.drawn(count, flip=True)
    width, height = ((side * SIZE).round() / SIZE for side in (width, height))
    x, y = (2 * (((1 + middle - side) / 2 * SIZE).floor().clamp_min(0) / SIZE) + side - 1
            for middle, side in ((x, width), (y, height)))  # fmt: skip
    return width, height, x, y, mirrored


def test_they_are_those_of_torchvision(smooth, monkeypatch):
    torch.manual_seed(3)
    cuts = in_whole_pixels(len(smooth))
    monkeypatch.setattr(augment, "drawn", lambda count, *, flip: cuts)
    views = Augment(CROP, flip=True).batched(smooth)
    assert cuts[4].any() and not cuts[4].all()
    each = [cut_by_one(*one) for one in zip(smooth, *([value.item() for value in part] for part in cuts), strict=True)]
    inside = (slice(None), slice(2, -2), slice(2, -2))  # torchvision does not look beyond a cut, at its edge
    for view, one in zip(views, each, strict=True):
        assert (view - one)[inside].abs().max() < 1.0
        assert (view - one).abs().mean() < 1.0


def test_a_picture_has_the_view_alone_that_it_has_among_others(smooth, monkeypatch):
    torch.manual_seed(3)
    cuts = augment.drawn(len(smooth), flip=True)
    monkeypatch.setattr(augment, "drawn", lambda count, *, flip: cuts)
    together = Augment(CROP, flip=True).batched(smooth)
    for number, picture in enumerate(smooth):
        mine = tuple(part[number : number + 1] for part in cuts)
        monkeypatch.setattr(augment, "drawn", lambda count, *, flip, mine=mine: mine)
        assert torch.allclose(Augment(CROP, flip=True).batched(picture[None])[0], together[number], atol=1e-3)


def test_the_whole_picture_is_the_picture(smooth, monkeypatch):
    one, none = torch.ones(len(smooth)), torch.zeros(len(smooth))
    monkeypatch.setattr(augment, "drawn", lambda count, *, flip: (one, one, none, none, none.bool()))
    assert torch.allclose(Augment(SIZE, flip=False).batched(smooth), smooth.float(), atol=1e-2)


def test_cuts_are_as_large_and_as_formed_as_those_on_a_processor_and_lie_inside():
    torch.manual_seed(0)
    width, height, x, y, mirrored = augment.drawn(4000, flip=True)
    assert (width * height).min() > 0.45 and (width * height).max() <= 1 and 0.45 < mirrored.float().mean() < 0.55
    assert 0.70 < (width * height).mean() < 0.78  # half to the whole, and a little is lost where a cut does not fit
    assert (x.abs() + width <= 1 + 1e-6).all() and (y.abs() + height <= 1 + 1e-6).all()
    assert not augment.drawn(10, flip=False)[4].any()
