"""Labels judged by networks that were trained without them, beside the heads that judged them before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from evaluation_page import answered, evaluated, said, sound

import cases
from cases import splits, tasks
from cases.groups import COPIES
from cases.hyperparameters import training_length
from models.errors import InputError
from models.progress import NullReporter
from runs import paths
from runs.jobs import data_import, label_check
from runs.results import label_check as kept
from runs.results import label_doubts, predictions
from runs.store import datasets, records

ASKED = {"validation": 0.2, "test": 0.2, "seed": 0, "group_by": COPIES}


def queued(run):
    return records.run(records.create_run("local", "label_check", run.case, run.name, subject=run.id), "local")


def test_each_example_but_those_of_the_test_part_is_held_out_once_with_its_copies(at_station):
    dataset = data_import.dataset_of(at_station.unbroken)
    parts = splits.assign(dataset, **ASKED)
    apart = [splits.assign(splits.held_out(dataset, number, 3, **ASKED), **ASKED) for number in range(3)]
    tested = pd.concat([one == "test" for one in apart], axis=1).sum(axis=1)
    assert (tested == parts.isin(splits.LEARNT_FROM)).all()
    for one in apart:
        stay = parts.isin(splits.LEARNT_FROM) & (one != "test")
        assert (one[stay] == parts[stay]).all() and not one[parts == "test"].isin(splits.SPLITS).any()
        for _group, members in dataset.samples[dataset.samples["alike"] >= 0].groupby("alike"):
            assert len({one[row] == "test" for row in members.index if parts[row] != "test"}) <= 1


def test_networks_judge_beside_the_heads_as_much_of_which_learns_as_can(at_station):
    run = at_station.unbroken
    before, work = predictions.of(run).out_of_fold, at_station.ended(queued(run).id)
    assert work.status == "done" and not list(paths.run(work.id).glob("fold-*"))
    told = kept.outcome(run)
    assert told.out_of_fold.rows.tolist() == before.rows.tolist()
    assert np.allclose(told.out_of_fold.probabilities.sum(1), 1, atol=1e-5)
    assert not np.allclose(told.out_of_fold.probabilities, before.probabilities, atol=1e-2)
    assert np.array_equal(told.of("test").probabilities, predictions.of(run).of("test").probabilities)
    assert kept.outcome(run) is told
    (paths.run(run.id) / kept.FILE).write_bytes(b"torn")
    assert not kept.is_there(run) and kept.outcome(run).out_of_fold is before


def test_it_trains_for_half_as_long_and_not_again_what_was_trained_before_a_kill(at_station, tmp_path):
    run = at_station.unbroken
    case, dataset = cases.get(run.case), data_import.dataset_of(run)
    task = tasks.of(case, run.settings)
    chosen = label_check.networks(case, task, dataset, {**run.settings, "mode": "head", "epochs": None})
    learnt = len(splits.divide(dataset, **splits.asked(task.Settings(**chosen)))["train"])
    usual = training_length(task.Settings, {**chosen, "epochs": None}, learnt).epochs
    assert (chosen["mode"], chosen["model"]) == ("full", run.settings["model"]) and 2 * chosen["epochs"] == usual
    report = Listening()
    first = label_check.judge(case, dataset, run.settings, tmp_path, datasets.cache_of("local", dataset.digest), report)
    steps = [done for what, done, _total in report.told if what == "labels"]
    assert steps == sorted(steps) and report.told[-1][1] == report.told[-1][2]
    again = Listening()
    other = label_check.judge(case, dataset, run.settings, tmp_path, datasets.cache_of("local", dataset.digest), again)
    assert not again.told and all(np.array_equal(*both) for both in zip(first, other, strict=True))


class Listening(NullReporter):
    def __init__(self):
        self.told = []

    def progress(self, what, done, total, **_more):
        self.told.append((what, done, total))


def test_what_both_say_counts_the_same():
    judged = answered(("a", "b"), [0, 1, 1, 0], [0, 1, 0, 0], 0.9)
    networks = np.array([[0.6, 0.4], [0.2, 0.8], [0.2, 0.8], [0.7, 0.3]])
    together = np.log(label_check.joined(judged, judged.rows[::-1], networks[::-1]))
    mean = (np.log(judged.probabilities) + np.log(networks)) / 2
    apart, expected = together[:, 0] - together[:, 1], mean[:, 0] - mean[:, 1]
    assert apart / apart[0] == pytest.approx(expected / expected[0], rel=1e-3, abs=1e-6)  # by one factor


def test_transcripts_are_not_judged_so(at_station):
    run = at_station.once("train", "speech: transcribe")
    work = at_station.ended(queued(run).id)
    assert work.status == "failed" and "no longer" in str(InputError.from_json(work.error))


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_the_page_offers_it_shows_the_work_and_then_by_whom_labels_were_judged(open_run, dataset, locale):
    labels, parts = np.repeat([0, 1, 2], 20), np.tile(["train", "test"], 30)
    right = answered(dataset.classes, labels, labels, 0.9, parts)
    judged = right.of("train")
    run = evaluated(replace(right, out_of_fold=judged))
    app = sound(open_run(run, locale, see="labels"))
    sound(app.button(key=f"label_check_{run}").click().run())
    [work] = records.run_list("local", kind="label_check")
    assert work.subject == run and work.status == "queued"
    wrong = np.roll(judged.probabilities, 1, axis=1)[:1]
    kept.keep(run, judged.rows, np.concatenate([wrong, judged.probabilities[1:]]))
    app = sound(open_run(run, locale, see="labels"))
    assert not [button for button in app.button if button.key == f"label_check_{run}"]
    sound(app.segmented_control(key=f"labels_{run}").set_value("learnt").run())
    words = {"en-GB": "Judged by simple models and by networks", "zh-CN": "由简单模型和网络判断"}
    assert [text for text in said(app) if text.startswith(words[locale])]
    [doubt] = label_doubts.of(kept.outcome(records.run(run, "local")))
    assert doubt.row == int(judged.rows[0])
