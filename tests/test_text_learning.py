"""A pretrained text network learns a person's labels, by the same steps as pictures do."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cases.classification import network_scores
from models.progress import QUIET, NullReporter
from models.training import checkpoints, interpolation

MODES = ("head", "last_blocks", "lora", "full")


class Listening(NullReporter):
    def __init__(self):
        self.notes, self.validation = [], []

    def note(self, message, **args):
        self.notes.append(message.format(**args))

    def metrics(self, split, step, values):
        if split == "validation":
            self.validation.append(values)


@pytest.mark.parametrize("mode", MODES)
def test_texts_are_learnt_in_every_mode_and_the_table_of_words_stays(learn_texts, text_body, mode):
    from models.text.encoder import load_body

    trainer = learn_texts(mode=mode, learning_rate=0.003, epochs=12)
    before, after = (
        load_body(text_body).get_input_embeddings().weight,
        trainer.network.body.get_input_embeddings().weight,
    )
    assert torch.equal(before, after.detach().cpu())
    told = trainer.evaluate(QUIET)
    assert told.metrics["accuracy"]["low"] > 0.5, told.metrics  # a third by chance
    assert list(trainer.counts.values()) == [168, 36, 36] and len(told.predictions) == 36


@pytest.mark.parametrize("mode", ["lora", "full"])
def test_a_training_that_is_over_is_taken_up_as_it_was_settled_without_another_look(learn_texts, tmp_path, mode):
    """Where what was settled cannot be read, it is settled once more, to the same weights."""

    def learnt():
        told = Listening()
        network = learn_texts(told, mode=mode, learning_rate=0.003, epochs=2).network
        looks = [values["epoch"] for values in told.validation]
        return {name: values.clone() for name, values in network.state_dict().items()}, told.notes, looks

    weights, notes, looks = learnt()
    assert looks == [0, 1, 2] and any("starting point" in note for note in notes)
    checkpoints.conclude(tmp_path / "run")  # as for a trial of a search
    for damaged, expected in ((False, []), (True, [0])):
        if damaged:
            (tmp_path / "run" / checkpoints.SETTLED).write_text("{")
        found, told, looks = learnt()
        assert looks == expected and told == notes
        assert all(torch.equal(found[name], values) for name, values in weights.items())


@pytest.mark.parametrize("mode", ["lora", "full"])
def test_the_network_is_asked_once_about_each_example_it_is_judged_on(learn_texts, tmp_path, monkeypatch, mode):
    """What it told when it was settled counts in the evaluation, and is what it would tell again."""
    trainer, asked = learn_texts(mode=mode, learning_rate=0.003, epochs=2), []
    monkeypatch.setattr(interpolation, "SHARES", (0.0, 1.0))
    nothing_right = np.ones(trainer.counts["validation"])
    trainer.interpolation.settle(nothing_right, checkpoints.ends(tmp_path / "run")[-1:], QUIET)
    trainer.network.head.register_forward_pre_hook(lambda _, given: asked.append(len(given[0])))
    told = trainer.evaluate(QUIET).outcome.probabilities
    assert sum(asked) == trainer.counts["test"] + trainer.counts["train"]  # the latter for their labels
    trainer.interpolation.answers = None
    assert np.allclose(trainer.evaluate(QUIET).outcome.probabilities, told, atol=1e-5)
    assert sum(asked) == trainer.counts["validation"] + 2 * (trainer.counts["test"] + trainer.counts["train"])


def test_short_texts_are_asked_about_together_as_far_as_they_fill_no_more_than_the_longest_would(learn_texts):
    batches = learn_texts(epochs=1).items.batches(np.arange(240))
    groups = network_scores.together(batches)
    assert sorted(np.concatenate(groups).tolist()) == list(range(240))
    filled = [len(some) * batches.lengths[some].max() for some in groups]
    assert max(filled) <= network_scores.BATCH * batches.lengths.max() and max(map(len, groups)) > network_scores.BATCH


def test_what_the_head_learns_from_is_what_the_network_computes(learn_texts):
    trainer = learn_texts(epochs=1)
    rows = np.array([3, 41, 17])
    batch = trainer.items.batches(np.arange(240)).__getitems__(rows.tolist())
    trainer.network.eval()
    with torch.no_grad():
        computed = trainer.network.features(batch["input_ids"], batch["attention_mask"])
    assert np.allclose(trainer.features.open()[rows], computed.numpy(), atol=1e-5)


def test_the_start_that_curves_begin_with_is_what_the_network_tells_before_its_first_step(learn_texts):
    report = Listening()
    trainer = learn_texts(report, mode="full", epochs=1, learning_rate=1e-7)
    scores, labels = trainer.interpolation.validated(QUIET)  # hardly moved
    [start] = [values for values in report.validation if values["epoch"] == 0]
    assert start["accuracy"] == pytest.approx(np.mean(scores.argmax(1) == labels))
    loss = torch.nn.functional.cross_entropy(torch.from_numpy(scores), torch.from_numpy(labels))
    assert start["loss"] == pytest.approx(float(loss), rel=1e-3)


def test_a_batch_is_filled_to_its_longest_text_only(learn_texts):
    batches = learn_texts(epochs=1).items.batches(np.arange(240))
    lengths = np.array([len(ids) for [ids] in batches.ids])
    short = np.flatnonzero(lengths <= 4)[:5]
    assert batches.__getitems__(short.tolist())["input_ids"].shape == (5, lengths[short].max())


def standardised_by(trainer, *parts):
    rows = np.concatenate([trainer.context.rows[part] for part in parts])
    return np.allclose(trainer.network.head.mean.numpy(), trainer.features.open()[rows].mean(0), atol=1e-5)


def test_the_final_fit_is_told_and_uses_all_that_may_be_learnt_from(learn_texts):
    report = Listening()
    refitted = learn_texts(report, final_fit="cross_validated")
    [told] = report.notes
    assert told.startswith("Final fit on training + validation; L2 penalty chosen by cross-validation: ")
    assert len(report.validation) == 6
    rows = np.concatenate([refitted.context.rows["train"], refitted.context.rows["validation"]])
    assert torch.allclose(
        refitted.network.head.mean, torch.from_numpy(refitted.features.open()[rows].mean(0)), atol=1e-5
    )


@pytest.mark.parametrize("chosen", [{"final_fit": "none"}, {"hidden": 8}, {"loss": "balanced"}])
def test_without_it_the_best_epoch_is_kept(learn_texts, chosen):
    report = Listening()
    trainer = learn_texts(report, **{"final_fit": "cross_validated", **chosen})
    assert not [told for told in report.notes if "fitted once more" in told]
    assert standardised_by(trainer, "train")
