"""What a finished run says of what it kept: words beside the network, the weights between start and end, a list."""

from __future__ import annotations

import pytest
from evaluation_page import said
from test_text_pages import dataset, finished, open_page  # noqa: F401  the fixtures

from cases.training import model_card, model_card_texts

WORDS = {"member": "word_counts", "way": "automatic", "part": "out_of_fold", "items": 1204, "alone": 0.75,
         "together": 0.8333, "factor": 1.3, "taken": True}  # fmt: skip
LOW = {"value": 0.3, "low": 0.2, "high": 0.4}
SIMPLE = {"references": {"majority": {"accuracy": LOW, "macro_f1": LOW}}}
SAID = {
    "en-GB": {
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
        "head": "Kept: epoch 5 of 14, whose validation loss was lowest.",
        "paid": "Training paid off.",
        "more": "More data usually helps; the learning curve estimates by how much.",
    },
    "zh-CN": {
        "with": "词频（TF-IDF）与网络共同预测：准确率 83.3%，不用词频时 75.0%。",
        "without": "预测时未使用词频（TF-IDF）。使用词频时准确率 83.3%，不使用时 75.0%，没有明显提升。",
        "validation": "在 1,204 个验证样本上测得。",
        "out_of_fold": "在全部 1,204 个训练和验证样本上由交叉验证测得。",
        "decides": "依据是对数损失（越低越好）：使用词频时为 0.500，不使用时为 0.660。",
        "start": "保留的是**起点**（线性探针）：在验证集上，微调没有明显更好。",
        "between": "保留的权重介于**微调前后之间**（从起点向终点走了 50%）：在验证集上明显好于起点。",
        "end": "保留的是微调的**终点**：在验证集上明显好于起点。",
        "epoch": "终点是第 5 轮（共 14 轮），其验证损失最低。",
        "head": "保留的是第 5 轮（共 14 轮）的权重，其验证损失最低。",
        "paid": "训练带来了明显提升。",
        "more": "增加数据通常有效，学习曲线可以估计提升多少。",
    },
}  # fmt: skip


@pytest.fixture(params=["en-GB", "zh-CN"])
def told(request, open_page, dataset):  # noqa: F811
    """What the page says of a run whose result has this besides, and the sentences of its language."""
    words = SAID[request.param]
    return lambda **more: (said(open_page(locale=request.param, run=finished(dataset, **more).id)), words)


def has(texts, sentence):
    return any(sentence in text for text in texts)


@pytest.mark.parametrize(("part", "taken"), [("validation", True), ("out_of_fold", False)])
def test_whether_words_predict_too_stands_below_the_figure_with_what_it_was_judged_on(told, part, taken):
    texts, words = told(trained={"ensemble": {**WORDS, "part": part, "taken": taken}})
    sentence = words["with" if taken else "without"] + words[part]
    assert sentence in texts
    losses = {"loss_alone": 0.6604, "loss_together": 0.5}
    texts, words = told(trained={"ensemble": {**WORDS, **losses, "part": part, "taken": taken}})
    assert sentence + words["decides"] in texts  # where the accuracies are the same it says why


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
    texts, words = told(trained={"share": share, "epochs": 14.0, "best_epoch": 5.0}, **SIMPLE)
    assert has(texts, words["epoch"]) is (share > 0)
    assert [one for one in ("start", "between", "end") if has(texts, words[one])] == [kept]
    assert has(texts, words["paid"]) is (share > 0)
    assert has(texts, words["more"]) is (share == 0)
