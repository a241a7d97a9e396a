"""Lessons: each file says all it needs in both languages, what it expects comes on the samples, and where it does not
that is told honestly; a run of a lesson is in no list, and what was predicted outlives it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import made_items
import numpy as np
import pytest
import torch
from conftest import ROOT
from test_language import CROWDED, HALF_WIDTH, LINKS
from test_pages import open_page, said, sound  # noqa: F401  a fixture
from test_samples import needs
from told import given

import cases
from cases import tasks
from cases.base import WorkDirs
from cases.classification.lesson_arm import HeadArms
from cases.classification.model_inputs import SmallItems
from cases.recommendation import lesson_data, reader, sample
from cases.recommendation.context import prepare
from cases.recommendation.lesson_arm import RankingArms
from cases.recommendation.lesson_data import RankingData
from cases.recommendation.settings import Settings as RankerSettings
from cases.settings import as_json
from cases.training import config
from models.errors import InputError
from models.lessons import effect
from models.lessons.data import DataOptions, FeatureData, arrange
from models.lessons.effect import Expected
from models.lessons.heads import HEADS, HeadOptions
from models.lessons.rankings import RANKINGS, RankerOptions, RankingOptions
from models.progress import QUIET
from pages.shared import glossary
from pages.steps.lesson.course import answers
from runs import paths
from runs.identity import people, removal
from runs.language import LANGUAGES
from runs.lessons import courses, curves, experiment, files
from runs.store import lesson_answers, queue, records
from runs.worker.worker import work

PICTURES = "image_recognition"
LESSONS = files.lessons()
EVERY = pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
SHORT = [lesson for lesson in LESSONS.values() if not lesson.minutes]  # the effects of others: benchmarks/lessons.py
WHOLE = "pretraining"  # the lesson that trains whole networks
SAMPLES = {  # case → features of its sample that are kept
    "image_recognition": "places", "text_analysis": "reviews", "speech": "commands",
}  # fmt: skip


def kept(case):
    """What the packaged network made of the sample of a case, in 8 bits a number: all but the test part."""
    with np.load(ROOT / "tests/lesson_features" / f"{SAMPLES[case]}.npz") as file:
        features = file["features"] * file["scale"]
        labels, together = file["labels"].astype(np.int64), file["together"]
        hand = file["by_hand"] * file["by_hand_scale"] if "by_hand" in file else None
        return FeatureData(features, labels, int(file["classes"]), np.arange(len(labels)), together, hand)


@cache
def films():
    """The sample of recommendation without its test part, with what the packaged language model made of its texts, in
    8 bits a number. The ratings may not be passed on, so they are read from the package that carries them."""
    with TemporaryDirectory() as folder:
        place = Path(folder)
        dataset = reader.read([sample.films(place)], place, "0123456789abcdef", QUIET).without_test()
        context = prepare(RankerSettings(network="towers", begin="nothing"), dataset, WorkDirs(place, place), QUIET)
    with np.load(ROOT / "tests/lesson_features/films.npz") as file:
        text = (file["text"] * file["scale"]).astype(np.float32)
    known = context.division.of("train", "validation")
    return RankingArms(RankingData(known.of_each, known.items, ordered=True, text=lambda: text))


ARMS = {HEADS: lambda lesson, changed: HeadArms(FeatureData(**{**vars(kept(lesson.sample)), **changed})),
        RANKINGS: lambda _lesson, _changed: films()}  # fmt: skip


def performed(lesson, **changed):
    arms = ARMS[lesson.kind](lesson, changed)
    return experiment.perform(lesson, cases.get(lesson.sample).Settings, arms, lambda *_told: None)


# what stands in the files


@EVERY
def test_every_name_in_a_lesson_is_there(lesson):
    assert lesson.chapter in glossary.book() and {*lesson.terms} <= glossary.terms().keys() and lesson.terms
    assert {*lesson.cases} <= {*cases.NAMES} and lesson.sample in {*SAMPLES, "recommendation"}
    suited = [case for case in map(cases.get, cases.NAMES)
              if any(lesson.suits(case.name, task.task_type.name) for task in case.tasks)]  # fmt: skip
    assert suited
    for case in suited:
        for arm in lesson.arms:
            settings = experiment.settings_of(arm, case.Settings, 0)
            trains = getattr(arm.model, "body", "") and lesson.minutes
            assert trains or getattr(settings, "mode", "head") == "head", "features are computed once"


def sentences(lesson):
    """All texts of a lesson in each language."""
    words = [lesson.title, lesson.predict, lesson.question, *(arm.name for arm in lesson.arms)]
    words += [one.text for one in (*lesson.choices, *lesson.answers)] + [one.because for one in lesson.answers]
    return {language: [*(one[language] for one in words), *lesson.prose[language].values()] for language in LANGUAGES}


@EVERY
def test_a_lesson_is_told_in_both_languages_in_short_sentences(lesson):
    told = sentences(lesson)
    for text in told["en"]:
        assert not re.search("[\u4e00-\u9fff]", text)
        for sentence in re.split(r"[.!?:;]\s", re.sub(r"\$[^$]*\$", "formula", text)):
            assert len(re.findall(r"\w\S*", sentence)) <= 20, sentence
    for text in told["zh"]:
        plain = re.sub(r"\$[^$]*\$", "", LINKS.sub("", text))
        assert not HALF_WIDTH.search(plain) and not CROWDED.search(plain), text
        assert re.search("[\u4e00-\u9fff]", text) or text in told["en"], text  # Dropout, ReLU


def test_there_are_lessons_and_their_order_is_told_apart():
    assert len(LESSONS) >= 8 and len({lesson.order for lesson in LESSONS.values()}) == len(LESSONS)


@pytest.mark.parametrize(("before", "after", "told"), [
    ("+++\n", "", "has to begin with TOML"),
    ('id = "learning-rate"', 'id = "other"', "the name of the file"),
    ('zh = "学习率', 'fr = "学习率', "every language"),
    ("# zh · came", "# zh · gone", "means nothing"),
    ('below = ["right"]', 'below = ["left"]', "effects name arms"),
    ('measure = "loss"', 'measure = "beauty"', "measures are"),
    ("expected = true\n", "", "one choice is expected"),
    ("[settings]", "[data]\nshares = 1\n\n[settings]", "no such data options: shares"),
    ("[settings]", 'body = "brain"\n\n[settings]', "A body is 'pretrained' or 'scratch', not 'brain'"),
    ('chapter = "basics"\n', "", "chapter"),
])  # fmt: skip
def test_what_an_author_got_wrong_is_named(tmp_path, before, after, told):
    text = (files.FOLDER / "learning-rate.md").read_text("utf-8")
    assert before in text
    path = tmp_path / "learning-rate.md"
    path.write_text(text.replace(before, after), "utf-8")
    with pytest.raises(files.LessonError, match=told) as refused:
        files.read(path)
    assert str(refused.value).startswith("learning-rate.md: ")


def test_authors_find_every_word_of_the_format_in_the_documents():
    words = [*files.PROSE[1:]]
    for kind in files.KINDS.values():
        words += [*kind.measures, *kind.curves, *(one.name for form in (kind.data, kind.model) for one in fields(form))]
    for page in ("docs/lessons.md", "docs/lessons.zh-CN.md"):
        text = (ROOT / page).read_text("utf-8")
        assert all(f"`{name}`" in text for name in words), page


# what comes


@pytest.mark.parametrize(("before", "after", "told"), [
    ('tasks = ["ranking"]', 'tasks = ["ranking", "classification"]', "of one kind"),
    ('tasks = ["ranking"]', 'tasks = ["cooking"]', "tasks are classification, ranking"),
    ('ranker = "popularity"', 'ranker = "beauty"', "A ranker is one of popularity, item_knn"),
    ('ranker = "popularity"', "settings = { epochs = 2 }", "the curve is one of train_loss, hit@10"),
    ('ranker = "popularity"', 'settings = { network = "factors" }', "one of towers, attention"),
    ('ranker = "popularity"', "layers = 2", "layers"),
    ('ranker = "popularity"', 'ranker = "popularity"\ndata = { leak = 0.5 }', "no such data options: leak"),
    ('ranker = "popularity"', 'ranker = "popularity"\ndata = { new = 1.0 }', "`new` is a share"),
    ('measure = "coverage"', 'measure = "accuracy"', "measures are hit@10"),
])  # fmt: skip
def test_what_an_author_of_a_lesson_that_ranks_got_wrong_is_named(tmp_path, before, after, told):
    text = (files.FOLDER / "popularity-bias.md").read_text("utf-8")
    assert before in text
    path = tmp_path / "popularity-bias.md"
    path.write_text(text.replace(before, after, 1), "utf-8")
    with pytest.raises(files.LessonError, match=told):
        files.read(path)


@pytest.mark.parametrize("lesson", [pytest.param(one, marks=[needs("recbole")] if one.kind is RANKINGS else [])
                                    for one in SHORT], ids=[one.id for one in SHORT])  # fmt: skip
def test_the_expected_effect_comes_on_the_sample_in_direction_and_size(lesson):
    found = performed(lesson)
    assert found["came"], found["effects"]
    assert all(len(values) == 3 for arm in found["arms"].values() for values in arm.values())


def test_where_there_is_nothing_to_learn_the_effect_does_not_come():
    lesson, places = LESSONS["data-driven"], kept(PICTURES)
    noise = np.random.default_rng(0).permutation(places.labels)
    found = performed(lesson, labels=noise)
    assert not found["came"] and abs(found["effects"][0]["high"] - 0.1) < 0.1  # as good as a guess among ten


def test_an_effect_is_judged_by_size_and_by_every_repetition():
    higher = Expected("accuracy", ("b", "c"), above="a", by=0.1)
    values = {"a": [0.9, 0.8], "b": [0.5, 0.6], "c": [0.7, 0.7]}
    came = effect.judge(higher, values)
    assert came.met and came.arms == ("a", "c") and (came.high, came.low) == (pytest.approx(0.85), pytest.approx(0.7))
    assert not effect.judge(higher, {**values, "c": [0.95, 0.5]}).met  # once it was the other way round
    assert not effect.judge(higher, {**values, "c": [0.8, 0.79]}).met  # too little
    assert effect.judge(higher, {"a": [0.1], "b": [0.5], "c": [0.5]}).opposite
    alike = Expected("accuracy", ("a", "b"), within=0.05)
    assert effect.judge(alike, {"a": [0.8], "b": [0.76]}).met and not effect.judge(alike, {"a": [0.8], "b": [0.7]}).met


# the data of the arms


def test_arms_are_judged_on_the_same_examples_and_learn_from_what_their_options_leave():
    data = kept(PICTURES)
    whole, few = arrange(data, DataOptions(), 0), arrange(data, DataOptions(examples=60), 0)
    assert np.array_equal(whole.held, few.held) and len(few.train) == 60
    assert np.bincount(few.train_labels).tolist() == [6] * 10
    assert not {*map(bytes, whole.train)} & {*map(bytes, whole.held)}
    assert np.bincount(arrange(data, DataOptions(each=3), 0).train_labels).tolist() == [3] * 10
    assert len(arrange(data, DataOptions(share=0.5), 0).train) == pytest.approx(len(whole.train) / 2, abs=5)
    assert not np.array_equal(arrange(data, DataOptions(), 1).held_labels, whole.held_labels[::-1])


def test_labels_are_spoilt_copies_leak_and_a_class_becomes_rare_as_asked():
    data = kept(PICTURES)
    whole = arrange(data, DataOptions(), 0)
    spoilt = arrange(data, DataOptions(wrong=0.5), 0)
    assert np.mean(spoilt.train_labels != whole.train_labels) == pytest.approx(0.5, abs=0.01)
    leaky = arrange(data, DataOptions(leak=0.5), 0)
    inside = np.array([row.tobytes() in {*map(bytes, leaky.train)} for row in leaky.held])
    assert np.array_equal(inside, leaky.leaked) and leaky.leaked.mean() == pytest.approx(0.5, abs=0.01)
    rare = arrange(data, DataOptions(rare=0.1, rare_held=0.5), 0)
    assert (rare.train_labels == rare.rarest).sum() == round(0.1 * (whole.train_labels == rare.rarest).sum())
    assert (rare.held_labels == rare.rarest).sum() == round(0.5 * (whole.held_labels == rare.rarest).sum())


def test_balanced_sampling_repeats_examples_of_smaller_classes_and_adds_none():
    rare, balanced = (arrange(kept(PICTURES), DataOptions(rare=0.1, balance=on), 0) for on in (False, True))
    counts = np.bincount(rare.train_labels)
    assert np.bincount(balanced.train_labels).tolist() == [counts.max()] * 10
    assert {*map(bytes, balanced.train)} == {*map(bytes, rare.train)} and np.array_equal(balanced.held, rare.held)


def test_clusters_are_named_by_their_middle_and_features_made_by_hand_are_there_for_recordings_alone():
    places, spoken = kept(PICTURES), kept("speech")
    whole, named = arrange(places, DataOptions(), 0), arrange(places, DataOptions(clusters=20), 0)
    assert np.array_equal(whole.train, named.train) and np.array_equal(whole.held_labels, named.held_labels)
    same = np.mean(whole.train_labels == named.train_labels)
    assert 0.5 < same < 1  # far from chance among ten, and rough
    hand = arrange(spoken, DataOptions(features="by_hand"), 0)
    assert hand.train.shape[1] == 80 and len(hand.train) == len(arrange(spoken, DataOptions(), 0).train)
    with pytest.raises(InputError, match="no features made by hand"):
        arrange(places, DataOptions(features="by_hand"), 0)


def test_what_belongs_together_is_not_torn_apart_and_the_test_part_is_never_seen():
    places = kept(PICTURES)
    together = np.arange(len(places.labels)) // 2
    unseen = places.features.copy()
    unseen[400:] = np.nan  # the test part
    data = FeatureData(unseen, np.sort(places.labels), 10, np.arange(400), together)
    found = arrange(data, DataOptions(), 0)
    groups = {row.tobytes(): group for row, group in zip(unseen[:400], together, strict=False)}
    assert not {groups[bytes(row)] for row in found.train} & {groups[bytes(row)] for row in found.held}
    assert np.isfinite(found.train).all() and np.isfinite(found.held).all()


def histories(users=50, items=40, seed=0):
    """Users who each chose some items, the lower numbers more often."""
    random = np.random.default_rng(seed)
    chances = 1 / np.arange(1, items + 1)
    return [random.choice(items, 8, replace=False, p=chances / chances.sum()) for _ in range(users)]


def test_arms_that_rank_are_asked_the_same_of_users_they_did_not_learn_from():
    data = RankingData(histories(), 40, ordered=True, text=lambda: None)
    whole, renewed = (lesson_data.arrange(data, new, 0) for new in (0.0, 0.25))
    few, none = (lesson_data.latest(renewed.asked, most) for most in (3, 0))
    assert len(whole.asked.people) == 20 and whole.train.people == 30
    for other in (renewed.asked, few, none):
        assert np.array_equal(whole.asked.wanted, other.wanted)
        assert all(map(np.array_equal, whole.asked.seen, other.seen))
    every = {*map(tuple, data.histories)}
    assert {(*had, *wanted) for had, wanted in zip(whole.asked.had, whole.asked.wanted, strict=True)} <= every
    assert {*map(tuple, whole.train.of_each)} <= every
    assert all(np.array_equal(had[-3:], some) for had, some in zip(renewed.asked.had, few.had, strict=True))
    assert not any(map(len, none.had))
    assert renewed.new.sum() == 10 and not renewed.new[np.concatenate([renewed.train.item, *renewed.asked.had])].any()
    with pytest.raises(InputError, match="39 users"):
        lesson_data.arrange(replace(data, histories=data.histories[:39]), 0.0, 0)


def test_a_network_that_ranks_learns_and_a_penalty_takes_popular_items_out_of_its_lists():
    text = np.random.default_rng(1).normal(size=(40, 4)).astype(np.float32)
    arms = RankingArms(RankingData(histories(), 40, ordered=True, text=lambda: text))
    for begin in ("nothing", "text"):
        settings = RankerSettings(network="towers", begin=begin, epochs=4, width=8, text_pca_dims=4, seed=0)
        found = {}
        for penalty in (0.0, 2.0):
            training = arms.training(settings, RankingOptions(), RankerOptions(penalty=penalty), 0)
            epochs = [one.as_json() for one in training.epochs()]
            assert [one["epoch"] for one in epochs] == [0, 1, 2, 3, 4]
            assert epochs[-1]["train_loss"] < epochs[1]["train_loss"]
            found[penalty] = epochs[-1]
        assert found[2.0]["top_share"] < found[0.0]["top_share"]
    with pytest.raises(InputError, match="Nothing is written"):
        RankingArms(RankingData(histories(), 40, ordered=True, text=lambda: None)).training(
            settings, RankingOptions(), RankerOptions("content"), 0
        )


# the run


@pytest.fixture
def read(pictures, zip_of, read_zip, tmp_path, small_models, home):
    small_models(home)
    return read_zip("image_recognition", zip_of(tmp_path / "noise.zip", pictures(24)))


def begun(lesson="learning-rate", owner="local", dataset="d1", predicted="right"):
    made = records.create_run(owner, "lesson", "image_recognition", "noise", dataset=dataset, edits={},
                              settings={"lesson": lesson, "base": {}})  # fmt: skip
    lesson_answers.predict(owner, made, lesson, "noise", predicted)
    return made


def test_a_run_of_a_lesson_computes_features_trains_its_arms_and_keeps_what_came(read):
    made = begun()
    work(queue.claim_here(made))
    run, lesson = records.run(made, "local"), LESSONS["learning-rate"]
    assert run.status == "done", run.error
    drawn = curves.of(run, lesson.curve)
    assert set(drawn) == {(arm, repetition) for arm in range(3) for repetition in range(3)}
    every = [*range(lesson.arms[0].settings["epochs"] + 1)]
    assert all(epochs == every and len(values) == len(every) for epochs, values in drawn.values())
    assert set(run.result["arms"]) == {arm.id for arm in lesson.arms}
    assert lesson_answers.of_run("local", made).came == int(run.result["came"])
    assert records.run_list("local") == [] and records.run_counts("local") == {}
    records.discard(made, "local")
    assert lesson_answers.of_run("local", made).predicted == "right"  # what was said outlives the run


def test_a_run_of_a_lesson_that_ranks_reads_interactions_and_texts(zip_of, read_zip, tmp_path, text_body, home):
    tables = dict(zip(("ratings.csv", "books.csv"), made_items.tables(), strict=True))
    read_zip("recommendation", zip_of(tmp_path / "books.zip", tables))
    lesson = LESSONS["cold-start"]
    made = records.create_run("local", "lesson", "recommendation", "books", dataset="d1", edits={},
                              settings={"lesson": lesson.id, "base": {"model": str(text_body)}})  # fmt: skip
    work(queue.claim_here(made))
    run = records.run(made, "local")
    assert run.status == "done", run.error
    assert set(curves.ends(run)) == {(arm, repetition) for arm in range(3) for repetition in range(3)}
    assert run.result["held"] == 19 and set(run.result["arms"]["texts"]) == set(RANKINGS.measures)
    refused = records.create_run("local", "lesson", "recommendation", "books", dataset="d1", edits={},
                                 settings={"lesson": "learning-rate", "base": {}})  # fmt: skip
    work(queue.claim_here(refused))
    assert records.run(refused, "local").error["found"] == "These data do not suit this lesson."


def test_too_few_examples_are_told(pictures, zip_of, read_zip, tmp_path, small_models, home):
    small_models(home)
    read_zip("image_recognition", zip_of(tmp_path / "few.zip", pictures(8)))
    made = begun()
    work(queue.claim_here(made))
    run = records.run(made, "local")
    assert run.status == "failed" and run.error["expected"] == "A lesson needs at least {needed}."


def test_whole_networks_are_trained_as_far_as_each_way_lets_them(read, monkeypatch):
    """Of the lesson as it is, with one point and few epochs: a real run of every way, on a tiny network."""
    lesson = LESSONS[WHOLE]
    short = [replace(arm, settings={**arm.settings, "epochs": 2}) for arm in lesson.arms if arm.at == 3]
    ends = [replace(one, above="frozen-3", arms=("scratch-3",)) for one in lesson.effects[:1]]
    monkeypatch.setattr(files, "lessons", lambda: {WHOLE: replace(lesson, arms=tuple(short), effects=tuple(ends))})
    made = begun(WHOLE, predicted="few")
    work(queue.claim_here(made))
    run = records.run(made, "local")
    assert run.status == "done", run.error
    assert run.result["items"] == dict.fromkeys([arm.id for arm in short], 9)  # three of each of three classes
    points = curves.of(run, lesson.curve)
    assert {arm for arm, _repetition in points} == {0, 1, 2, 3}
    for number, arm in enumerate(short):
        assert points[number, 0][1][-1] == run.result["arms"][arm.id]["accuracy"][0]
    again = begun(WHOLE, predicted="few")
    work(queue.claim_here(again))
    assert records.run(again, "local").result["arms"] == run.result["arms"]  # the same start and order


@pytest.fixture
def bodies(pictures, zip_of, read_zip, tmp_path, small_models, home):
    """What lessons train on small pictures of noise."""
    small_models(home)
    dataset = read_zip(PICTURES, zip_of(tmp_path / "noise.zip", pictures(24)))
    case = cases.get(PICTURES)
    task = tasks.of(case, as_json(case.Settings()))
    trainer = task.build(task.Settings(), dataset.without_test(), WorkDirs(tmp_path, paths.cache()), QUIET)
    return trainer.lesson_arms()


@dataclass
class Remembered:
    """Small items that keep the last network they made, and the weights of its body as they began."""

    made: SmallItems

    @property
    def context(self):
        return self.made.context

    def batches(self, rows):
        return self.made.batches(rows)

    def network(self, settings, counts, *, pretrained):
        self.last = self.made.network(settings, counts, pretrained=pretrained)
        self.start = {name: value.clone() for name, value in self.last.body.state_dict().items()}
        return self.last


@pytest.mark.parametrize(("mode", "start"), [("full", "pretrained"), ("lora", "pretrained"), ("full", "scratch")])
def test_pretrained_weights_are_where_fine_tuning_begins_and_random_ones_where_training_from_scratch_does(
    bodies, mode, start
):
    context, small = bodies.small.context, Remembered(bodies.small)
    settings = cases.get(PICTURES).Settings(mode=mode, epochs=1, learning_rate=1e-2)
    arms, seed = HeadArms(bodies.data, small), 5  # not that by which the tiny network was drawn
    list(arms.training(settings, DataOptions(each=4), HeadOptions(body=start), seed).epochs())
    config.close(small.last, settings)
    end = small.last.body.state_dict()
    assert [name for name, value in small.start.items() if not torch.equal(value, end[name])]  # the body has learnt
    pretrained = bodies.small.network(context.settings, context.counts, pretrained=True).body.state_dict()
    weights = {name for name, value in pretrained.items() if value.ndim > 1}
    alike = {name for name in weights if torch.equal(pretrained[name], small.start[name])}
    assert alike == (weights if start == "pretrained" else set())


def test_where_no_whole_network_can_be_trained_that_is_told():
    arms = HeadArms(kept(PICTURES))
    with pytest.raises(InputError, match="no whole network can be trained"):
        arms.training(cases.get(PICTURES).Settings(), DataOptions(), HeadOptions(body="pretrained"), 0)


# the pages


def finished(came, lesson="learning-rate", predicted="right"):
    """A run of a lesson that is over, with curves of one epoch."""
    made, known = begun(lesson, predicted=predicted), LESSONS[lesson]
    queue.claim_here(made)
    rows = [{"run": made, "split": curves.split(arm, 0), "step": step, "written": 10 * arm + step,
             "values": {"epoch": step, **dict.fromkeys([known.curve, *known.measures], 1.0 - 0.1 * step)}}
            for arm in range(len(known.arms)) for step in range(3)]  # fmt: skip
    queue.add_metrics(rows)
    values = {arm.id: {name: [0.5, 0.6, 0.7] for name in known.kind.measures} for arm in known.arms}
    effects = [{"measure": one.measure, "met": came, "opposite": False, "high": 0.9, "low": 0.4,
                "arms": [one.above, one.arms[0]] if one.above else list(one.arms[:2])}
               for one in known.effects]  # fmt: skip
    result = {"lesson": lesson, "arms": values, "items": dict.fromkeys(values, 60), "held": 40, "effects": effects,
              "came": came}  # fmt: skip
    lesson_answers.note("local", made, came=came)
    queue.end(made, "done", result=result)
    return made


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_the_page_lists_the_lessons_by_chapter(open_page, locale):  # noqa: F811
    app = open_page("lessons.py", locale=locale)
    language = "zh" if locale == "zh-CN" else "en"
    labels = [link.proto.label for link in app.get("page_link")]
    assert [lesson.title[language] for lesson in LESSONS.values()] and {
        lesson.title[language] for lesson in LESSONS.values()
    } <= {*labels}


def test_a_reader_predicts_runs_and_is_followed(open_page, read):  # noqa: F811
    app = open_page("lessons.py", lesson="learning-rate")
    button = app.button(key="lesson_run_learning-rate")
    assert button.disabled
    assert "data_d1" in app.selectbox(key="lesson_data_learning-rate").value
    sound(app.radio(key="lesson_predicted_learning-rate").set_value("large").run())
    sound(app.button(key="lesson_run_learning-rate").click().run())
    [run] = records.run_list("local", kind="lesson")
    assert app.query_params["run"] == run.id and run.dataset == "d1" and run.settings["lesson"] == "learning-rate"
    assert lesson_answers.of_run("local", run.id).predicted == "large"
    assert given(app, "casebook_plot")["traces"]


@pytest.mark.parametrize(("came", "predicted", "words"), [
    (True, "right", ("The expected effect came. Held-out loss:", "Your prediction was right: 0.01: the one in")),
    (True, "large", ("The expected effect came. Held-out loss:", "What came: 0.01: the one in the middle")),
    (False, "same", ("The expected effect did not come.", "On these data it made no clear difference: why?")),
])  # fmt: skip
def test_what_came_is_told_with_its_size_beside_the_prediction(open_page, read, came, predicted, words):  # noqa: F811
    app = open_page("lessons.py", lesson="learning-rate", run=finished(came, predicted=predicted))
    told = "\n".join([*said(app), *(one.value for one in app.success)]).replace("\\", "")
    for sentence in words:
        assert sentence in told, told


def test_a_lesson_that_takes_longer_says_so_and_its_points_are_joined_to_lines(open_page, read):  # noqa: F811
    lesson = LESSONS[WHOLE]
    app = open_page("lessons.py", lesson=WHOLE)
    assert any("trains whole networks" in one.value and "about 3 minutes" in one.value for one in app.caption)
    app = open_page("lessons.py", lesson=WHOLE, run=finished(True, WHOLE, "few"))
    drawn = given(app, "casebook_plot")["traces"]
    assert [one["name"] for one in drawn] == [name["en"] for name in lesson.lines.values()]
    assert all(one["x"] == [3, 9, 27] and one["y"] == pytest.approx([0.8] * 3) for one in drawn)  # the last of each


def test_arms_without_epochs_are_drawn_as_bars_of_what_is_told_of_them(open_page, read):  # noqa: F811
    lesson = LESSONS["popularity-bias"]
    app = open_page("lessons.py", lesson=lesson.id, run=finished(True, lesson.id, predicted="covers"))
    shown = given(app, "casebook_plot")["traces"]
    assert [trace["name"] for trace in shown] == [arm.name["en"] for arm in lesson.arms]
    assert all(trace["type"] == "bar" and trace["y"] == [0.8] * 3 for trace in shown)
    told = "\n".join(said(app))
    assert "| Ranking | Hit rate@10 | Catalogue coverage |" in told
    judged = "Judged on 40 held-out users; the test part was not used."
    assert f"Interactions: 60 · Mean of 3 repetitions each, with the range in brackets. {judged}" in told


def test_the_first_answer_is_kept_and_every_answer_explained(open_page, read):  # noqa: F811
    run = finished(True)
    app = open_page("lessons.py", lesson="learning-rate", run=run)
    sound(app.radio(key=f"lesson_answer_{run}").set_value("data").run())
    app = sound(app.button(key=f"lesson_answer_now_{run}").click().run())
    assert lesson_answers.of_run("local", run).answered == "data"
    lesson_answers.answer("local", run, "lower")
    assert lesson_answers.of_run("local", run).answered == "data"
    told = "\n".join(said(app))
    assert all(answer.because["en"] in told for answer in LESSONS["learning-rate"].answers)


def test_runs_of_lessons_are_deleted_in_one_go_and_those_of_others_are_not_seen(open_page, read):  # noqa: F811
    finished(True)
    finished(False)
    others = begun(owner="bob", dataset=None)
    app = open_page("lessons.py", lesson="learning-rate", run=others)
    assert app.button(key="lesson_run_learning-rate")  # as if there were no such run
    app = open_page("lessons.py")
    assert app.button(key="lessons_clear").label == "Delete 2 runs of lessons"
    sound(app.button(key="lessons_clear").click().run())
    assert records.run_list("local", kind="lesson") == [] and records.run(others, "bob")
    assert len(lesson_answers.of_owner("local")) == 2


@pytest.mark.parametrize("term", ["overfitting", "popularity-bias", "cold-start"])
def test_a_term_of_the_glossary_leads_to_its_lessons(open_page, term):  # noqa: F811
    app = open_page("glossary.py", term=term)
    assert LESSONS[term].title["en"] in [link.proto.label for link in app.get("page_link")]


@pytest.mark.parametrize("lesson", ["", "no-such-lesson", "../book", "x" * 2000])
def test_an_address_of_no_lesson_is_told(open_page, lesson):  # noqa: F811
    app = sound(open_page("lessons.py", lesson=lesson))
    assert app.warning[0].value == "There is no such lesson."


# courses


def written(tmp_path, **changed):
    front = {"id": "week", "title": {"en": "Week 3"}, "lessons": ["learning-rate", "overfitting"], **changed}
    lines = [f"{name} = {_toml(value)}" for name, value in front.items()]
    path = tmp_path / "week.md"
    path.write_text("+++\n" + "\n".join(lines) + "\n+++\n\n# en\nWrite **one** sentence.\n", "utf-8")
    return path


def _toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(one)}" for name, one in value.items()) + " }"
    return json.dumps(value)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Have these courses and no others."""

    def having(**changed):
        made = courses.read(written(tmp_path, **changed))
        monkeypatch.setattr(courses, "courses", lambda: {made.id: made})
        return made

    return having


def test_courses_of_authors_name_what_is_there(tmp_path):
    assert courses.courses()
    for changed, told in (({"lessons": ["nothing"]}, "no such lesson"), ({"hide": ["all"]}, "hidden is idea"),
                          ({"case": "cooking"}, "cases are"), ({"colour": "red"}, "colour")):  # fmt: skip
        with pytest.raises(files.LessonError, match=told):
            courses.read(written(tmp_path, **changed))


def test_a_course_shows_its_text_and_its_lessons_and_hides_what_its_teacher_says(open_page, read, course):  # noqa: F811
    course(hide=["idea", "numbers", "explanation"])
    app = open_page("lessons.py", course="week", locale="zh-CN")  # written in English alone
    assert app.title[0].value == "Week 3" and "Write **one** sentence." in said(app)
    labels = [link.proto.label for link in app.get("page_link")]
    assert [label for label in labels if re.match(r"\d ·", label)] == [
        f"{n} · {LESSONS[name].title['zh']}" for n, name in enumerate(["learning-rate", "overfitting"], 1)
    ]
    run = finished(True)
    lesson_answers.answer("local", run, "lower")
    app = open_page("lessons.py", course="week", lesson="learning-rate", run=run)
    told, known = "\n".join(said(app)), LESSONS["learning-rate"]
    assert "The expected effect came." in told and "Your answer: A lower learning rate" in app.success[-1].value
    hidden = [known.prose["en"]["idea"], known.prose["en"]["came"], known.answers[0].because["en"], "| --- |"]
    assert not [text for text in hidden if text in told]


def test_a_teacher_fixes_the_data_of_all(open_page, read, course):  # noqa: F811
    course(case="text_analysis")
    app = open_page("lessons.py", course="week", lesson="learning-rate")
    assert app.selectbox(key="lesson_data_learning-rate").value == "sample_text_analysis"


def test_answers_of_everyone_are_collected_for_the_host_alone(monkeypatch, course):
    made = course()
    monkeypatch.setenv("CASEBOOK_LOGIN", "password")
    ann, bob = people.register("=ann", "a long password", host=True), people.register("bob", "a long password")
    for person, run, answered in ((bob, "r1", "lower"), (ann, "r2", None)):
        lesson_answers.predict(person.id, run, "learning-rate", "noise", "large")
        lesson_answers.note(person.id, run, came=True)
        if answered:
            lesson_answers.answer(person.id, run, answered)
    lesson_answers.predict("nobody", "r3", "learning-rate", "noise", "large")
    lesson_answers.predict(bob.id, "r4", "optimizer", "noise", "sgd")  # not of this course
    table = answers(made)
    assert table["person"].tolist() == ["bob", "=ann"] and table["answer_right"].tolist() == [True, None]
    assert table["prediction_right"].tolist() == [False, False]
    removal.remove(bob)
    assert answers(made)["person"].tolist() == ["=ann"]
