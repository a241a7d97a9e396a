"""What a finished run says of what it kept: words beside the network, the weights between start and end, a list."""

from __future__ import annotations

import pytest
from evaluation_page import said
from test_text_pages import dataset, finished, open_page  # noqa: F401  the fixtures

WORDS = {"member": "word_counts", "way": "automatic", "part": "out_of_fold", "items": 1204, "alone": 0.75,
         "together": 0.8333, "factor": 1.3, "taken": True}  # fmt: skip
LOW = {"value": 0.3, "low": 0.2, "high": 0.4}
SIMPLE = {"references": {"majority": {"accuracy": LOW, "macro_f1": LOW}}}
SAID = {
    "en-GB": {
        "with": "Word counts (TF-IDF) predict together with the network: 83.3% correct on 1,204 examples held out from "
                "training, 75.0% without them.",
        "without": "The network predicts without word counts (TF-IDF). With them 83.3% were correct on 1,204 examples "
                   "held out from training, 75.0% without: no clear gain.",
        "start": "Kept: the **start**, a linear probe. Fine-tuning was not clearly better on the validation set.",
        "between": "Kept: weights **between start and end** (50% of the way), clearly better than the start on the "
                   "validation set.",
        "end": "Kept: the **end** of fine-tuning, clearly better than its start on the validation set.",
        "paid": "Training paid off.",
        "more": "More data helps most.",
    },
    "zh-CN": {
        "with": "词频（TF-IDF）与网络共同预测：在 1,204 个未参与训练的样本上准确率 83.3%，不用词频时 75.0%。",
        "without": "网络单独预测，未使用词频（TF-IDF）。在 1,204 个未参与训练的样本上，使用词频时准确率 83.3%，"
                   "不使用时 75.0%，没有明显提升。",
        "start": "保留的是**起点**（线性探针）：在验证集上，微调没有明显更好。",
        "between": "保留的是**起点与终点之间**的权重（位于 50% 处）：在验证集上明显好于起点。",
        "end": "保留的是微调的**终点**：在验证集上明显好于起点。",
        "paid": "训练带来了明显提升。",
        "more": "增加数据最有效。",
    },
}  # fmt: skip


@pytest.fixture(params=["en-GB", "zh-CN"])
def told(request, open_page, dataset):  # noqa: F811
    """What the page says of a run whose result has this besides, and the sentences of its language."""
    words = SAID[request.param]
    return lambda **more: (said(open_page(locale=request.param, run=finished(dataset, **more).id)), words)


def has(texts, sentence):
    return any(sentence in text for text in texts)


@pytest.mark.parametrize("taken", [True, False])
def test_whether_words_predict_too_stands_below_the_figure(told, taken):
    texts, words = told(trained={"ensemble": {**WORDS, "taken": taken}})
    assert [one for one in ("with", "without") if has(texts, words[one])] == ["with" if taken else "without"]


def test_of_a_head_alone_on_features_alone_nothing_of_it_is_said(told):
    texts, words = told(trained={"epochs": 3.0})
    assert not any(has(texts, words[one]) for one in ("with", "without", "start", "between", "end"))


@pytest.mark.parametrize(("share", "kept"), [(0.0, "start"), (0.5, "between"), (1.0, "end")])
def test_which_weights_were_kept_is_said_and_no_training_is_praised_that_was_taken_back(told, share, kept):
    texts, words = told(trained={"share": share}, **SIMPLE)
    assert [one for one in ("start", "between", "end") if has(texts, words[one])] == [kept]
    assert has(texts, words["paid"]) is (share > 0)
    assert has(texts, words["more"]) is (share == 0)
