"""What a finished run says of what it kept: words beside the network, the weights between start and end."""

from __future__ import annotations

import pytest
from evaluation_page import said
from test_text_pages import dataset, finished, open_page

from cases.training import model_card, model_card_texts

__all__ = ["dataset", "open_page"]  # fixtures

WORDS = {"member": "word_counts", "way": "automatic", "part": "out_of_fold", "items": 1204, "alone": 0.75,
         "together": 0.8333, "factor": 1.3, "taken": True}  # fmt: skip
LOW = {"value": 0.3, "low": 0.2, "high": 0.4}
SIMPLE = {"references": {"majority": {"accuracy": LOW, "macro_f1": LOW}}}
SAID = {
    "with": "Word counts (TF-IDF) predict together with the network: 83.3% correct, 75.0% without them. ",
    "without": "The network predicts without word counts (TF-IDF). With them 83.3% were correct, 75.0% without: no "
               "clear gain. ",
    "validation": "Measured on 1,204 validation examples.",
    "out_of_fold": "Measured by cross-validation on all 1,204 training and validation examples.",
    "decides": " The log loss decides, where lower is better: 0.500 with them, 0.660 without.",
    "start": "Kept: the **start**, a linear probe. Fine-tuning was not clearly better on the validation set.",
    "between": "Kept: weights **between start and end** (50% of the way), clearly better than the start on the "
               "validation set.",
    "end": "Kept: the **end** of fine-tuning, clearly better than its start on the validation set.",
    "epoch": "The end: epoch 5 of 14, whose validation loss was lowest.",
    "paid": "Training paid off.",
    "more": "More data usually helps; the learning curve estimates by how much.",
}  # fmt: skip


@pytest.fixture
def told(open_page, dataset):
    """What the page says of a run whose result has this besides."""
    return lambda **more: said(open_page(run=finished(dataset, **more).id))


def has(texts, sentence):
    return any(sentence in text for text in texts)


@pytest.mark.parametrize(("part", "taken"), [("validation", True), ("out_of_fold", False)])
def test_whether_words_predict_too_stands_below_the_figure_with_what_it_was_judged_on(told, part, taken):
    found = {**WORDS, "part": part, "taken": taken}
    sentence = SAID["with" if taken else "without"] + SAID[part]
    assert sentence in told(trained={"ensemble": found})
    losses = {"loss_alone": 0.6604, "loss_together": 0.5}
    assert sentence + SAID["decides"] in told(trained={"ensemble": {**found, **losses}})  # as accuracies may be equal


@pytest.mark.parametrize(("language", "part", "judged"), [
    ("en", "validation", "0.833 instead of 0.750 on 1204 validation examples"),
    ("en", "out_of_fold", "0.833 instead of 0.750 on all 1204 training and validation examples, by cross-validation"),
    ("zh", "validation", "在 1204 个验证样本上，准确率从 0.750 变为 0.833"),
    ("zh", "out_of_fold", "在全部 1204 个训练和验证样本（交叉验证）上，准确率从 0.750 变为 0.833"),
])  # fmt: skip
def test_a_model_card_says_on_what_words_were_judged(language, part, judged):
    used = {"epochs": 3, "learning_rate": 1e-3, "batch_size": 8}
    result = {"trained": {"epochs": 3, "best_epoch": 2, "ensemble": {**WORDS, "part": part}}}
    assert model_card.training(model_card_texts.LANGUAGES[language], used, result).endswith(judged)


@pytest.mark.parametrize(("share", "kept"), [(0.0, "start"), (0.5, "between"), (1.0, "end")])
def test_which_weights_were_kept_is_said_and_no_training_is_praised_that_was_taken_back(told, share, kept):
    texts = told(trained={"share": share, "epochs": 14.0, "best_epoch": 5.0}, **SIMPLE)
    assert has(texts, SAID["epoch"]) is (share > 0)
    assert [one for one in ("start", "between", "end") if has(texts, SAID[one])] == [kept]
    assert has(texts, SAID["paid"]) is (share > 0)
    assert has(texts, SAID["more"]) is (share == 0)
