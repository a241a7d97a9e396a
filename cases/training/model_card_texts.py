"""What model cards say, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Of one language. `card` is that of a classifier; `tuned` and `origin` tell in it of a pretrained model,
    `untuned` and `no_origin` of one that was trained from scratch. The others are parts of every card."""

    card: str
    tuned: str
    untuned: str
    origin: str
    no_origin: str
    items: Mapping[str, str]  # what a case's items are called, in the plural
    modes: Mapping[str, str]
    references: Mapping[str, str]
    training: str
    best_epoch: str
    kept_row: str
    kept_start: str
    kept_between: str
    kept_end: str
    class_names: str
    ensemble: str
    judged: Mapping[str, str]  # on what an ensemble was judged
    worse_than: str
    same_features: str  # the row about the baseline on the same features
    repeated_row: str
    repeated: str
    others: str
    too_few: str
    leak_row: str
    leaks: Mapping[str, str]  # by the name of the finding
    mended: str
    mended_test: str
    renamed: str
    as_predicted: str
    as_read: str
    onnx: str
    no_onnx: str
    torn: str
    script: str
    drawn: str
    wrong: str
    below: str
    metrics: Mapping[str, str]
    interval: str = "{value:.3f} ({low:.3f} to {high:.3f})"
    comma: str = ", "


ENGLISH = Words(
    card="""# {name}

**English** · [简体中文](README.zh-CN.md)

A classifier of {items} into {count} classes: {classes}. {tuned}

| | |
|---|---|
{origin}
| training | {training} |
| data | “{data}” (content {digest}): {train} {items} to train, {validation} to validate, {test} to test |
| changed by hand | {mended} |{repeated}
| test accuracy | {accuracy} |
| test macro-F1 | {macro_f1} |
{references}{verdict}
| ONNX file | {onnx} |{script}

The metrics were measured once, on {test} test {items} that were not used for training; 95% intervals in brackets. The
{items} themselves are not exported with the model.

| class | {items} |
|---|---|
{balance}

## Limits

The metrics hold for {items} like those of the data. On others the model may do worse; whatever the input, it predicts
one of its {count} classes. Its probabilities are not calibrated promises. Classes with few {items} are
predicted least reliably. Fairness towards people has not been tested: test it before the model decides anything about
them.

## Use

{use}

`python repeat.py` shows how this model was trained; with Casebook and the original data it trains it again.
""",
    tuned="It was fine-tuned with Casebook.",
    untuned="It was trained from scratch with Casebook.",
    origin="| pretrained model | {model} |\n| licence of its weights | {licence} |\n| trainable part | {mode} |",
    no_origin="| network | {model}, trained from scratch |",
    items={"pictures": "pictures", "texts": "texts", "recordings": "recordings"},
    modes={"head": "head only", "last_blocks": "last blocks", "lora": "LoRA", "full": "full fine-tuning"},
    references={
        "majority": "majority class",
        "frozen_features": "linear probe (logistic regression, frozen backbone)",
        "word_counts": "logistic regression on word counts (TF-IDF)",
        "mfcc": "logistic regression on MFCC statistics",
        "colors": "logistic regression on colour statistics",
        "untouched": "the model before fine-tuning",
    },
    training="{epochs} epochs{best}, learning rate {rate}, batch size {batch}",
    best_epoch=" (epoch {best} was best on validation)",
    kept_row="weights kept",
    kept_start="those of the start, a linear probe: fine-tuning was not clearly better on validation",
    kept_between="between start and end of fine-tuning ({share:.0%} of the way), best on validation",
    kept_end="those of the end of fine-tuning, clearly better than its start on validation",
    class_names="; the L2 penalty pulls the weights of each class towards the encoding of its name",
    ensemble="; predicts together with {member}, by the mean of both log-probabilities: accuracy {together} instead of "
    "{alone} on {items}",
    judged={
        "validation": "{items} validation examples",
        "out_of_fold": "all {items} training and validation examples, by cross-validation",
    },
    worse_than="on the test set worse than",
    same_features="the same features before these settings: {baseline}",
    repeated_row="repeated in the test",
    repeated="{n} of {of} test {items} are also in the training data, the same or nearly so",
    others="; {metric} without them: {value}",
    too_few="; too few others to measure without them",
    leak_row="limits of the test",
    leaks={
        "speakers": "training and test have speakers in common: expect less with other voices",
        "both_sides": "training and test have speakers in common: expect less with other voices",
        "clustered": "the labels are named clusters of alike texts, nobody read each text: the figures may be too good",
        "group_name_prefix": "groups by file name were not kept together: expect less on new sources",
        "group_folder": "groups by folder were not kept together: expect less on new sources",
        "group_table": "groups by a column of the table were not kept together: expect less on new sources",
    },
    mended="{changed} labels corrected, {gone} {items} excluded",
    mended_test="; in the test set: {changed} labels corrected, {gone} excluded",
    renamed="; classes renamed: {names}",
    as_predicted="; of these labels {n} are what the model predicts, so that its score means less",
    as_read="; with the original labels the test {metric} is {value}",
    onnx="same label on {same} of {items} test {what}{drawn}, probabilities within {most}",
    no_onnx="none: the network has parts that ONNX cannot express",
    torn="; two classes almost equally probable: {names}",
    script="\n| `predict.py` | {told}; both were asked in a new process that has only these files |",
    drawn=" (drawn from {total})",
    wrong="; another label for: {names}",
    below="; **below 99.9%**",
    metrics={"accuracy": "accuracy", "wer": "WER", "cer": "CER"},
)

CHINESE = Words(
    card="""# {name}

[English](README.md) · **简体中文**

{tuned}{items}分类模型，把{items}分为 {count} 类：{classes}。

| | |
|---|---|
{origin}
| 训练过程 | {training} |
| 数据 | “{data}”（内容标识 {digest}）：训练 {train}，验证 {validation}，测试 {test} |
| 人工更改 | {mended} |{repeated}
| 测试集准确率 | {accuracy} |
| 测试集 Macro-F1 | {macro_f1} |
{references}{verdict}
| ONNX 文件 | {onnx} |{script}

以上指标只测量一次，所用的 {test} 个测试样本没有参与训练；括号内是按测试样本计算的 95% 置信区间。\
{items}本身不随模型导出。

| 类别 | 样本数 |
|---|---|
{balance}

## 局限

这些指标只适用于与训练数据同类的{items}。换成别的{items}，效果可能变差，而且无论输入什么，\
模型都会给出这 {count} 个类别之一。模型给出的概率是它自己的置信度，并非保证。样本少的类别，预测最不可靠。\
没有人检验过它是否公平对待不同的人群：在用它做出任何关于人的决定之前，请先检验。

## 使用方法

{use}

运行 `python repeat.py` 可以查看模型的来历；有 Casebook 和原始数据，就能用它重新训练。
""",
    tuned="用 Casebook 微调的",
    untuned="用 Casebook 从头训练的",
    origin="| 预训练模型 | {model} |\n| 权重许可证 | {licence} |\n| 训练范围 | {mode} |",
    no_origin="| 网络 | {model}，从头训练 |",
    items={"pictures": "图片", "texts": "文本", "recordings": "录音"},
    modes={"head": "仅分类头", "last_blocks": "最后几层", "lora": "LoRA", "full": "全量微调"},
    references={
        "majority": "多数类",
        "frozen_features": "线性探针（冻结主干特征上的逻辑回归）",
        "word_counts": "词频统计（TF-IDF）上的逻辑回归",
        "mfcc": "MFCC 统计量上的逻辑回归",
        "colors": "颜色统计量上的逻辑回归",
        "untouched": "未微调的预训练模型",
    },
    training="{epochs} 轮{best}，学习率 {rate}，批大小 {batch}",
    best_epoch="（验证集上第 {best} 轮最好）",
    kept_row="保留的权重",
    kept_start="起点（线性探针）的权重：微调后在验证集上没有明显更好",
    kept_between="起点与终点之间的权重（走完 {share:.0%}），在验证集上最好",
    kept_end="微调终点的权重，在验证集上明显好于起点",
    class_names="；L2 惩罚使每个类别的权重朝类别名称的编码收缩",
    ensemble="；与{member}共同预测（取两者对数概率的平均）：在{items}上，准确率从 {alone} 变为 {together}",
    judged={
        "validation": " {items} 个验证样本",
        "out_of_fold": "全部 {items} 个训练和验证样本（交叉验证）",
    },
    worse_than="测试集上不如以下基线",
    same_features="应用这些设置之前的同一特征：{baseline}",
    repeated_row="测试集中的重复",
    repeated="{of} 个测试样本中有 {n} 个与训练数据相同或几乎相同",
    others="；不计这些样本的{metric}：{value}",
    too_few="；其余样本太少，无法单独测量",
    leak_row="测试的局限",
    leaks={
        "speakers": "训练集与测试集有相同的说话人，换成其他人的声音，效果可能变差",
        "both_sides": "训练集与测试集有相同的说话人，换成其他人的声音，效果可能变差",
        "clustered": "标签来自相似文本的聚类，没有逐条人工阅读，指标可能偏高",
        "group_name_prefix": "划分时没有按文件名分组，换成新的来源，效果可能变差",
        "group_folder": "划分时没有按文件夹分组，换成新的来源，效果可能变差",
        "group_table": "划分时没有按表格中的分组列分组，换成新的来源，效果可能变差",
    },
    mended="更改了 {changed} 个标签，排除了 {gone} 个样本",
    mended_test="；其中测试集更改了 {changed} 个标签，排除了 {gone} 个样本",
    renamed="；重命名的类别：{names}",
    as_predicted="；其中 {n} 个标签改成了模型的预测结果，因此成绩的参考价值降低",
    as_read="；按原始标签计算，测试集{metric}为 {value}",
    onnx="{items} 个测试样本{drawn}中有 {same} 个预测相同，概率相差不超过 {most}",
    no_onnx="没有：网络中有 ONNX 无法表示的部分",
    torn="；两个类别概率几乎相等：{names}",
    script="\n| `predict.py` | {told}；两者都在只有这些文件的新进程中运行 |",
    drawn="（从 {total} 个中抽取）",
    wrong="；预测不同的样本：{names}",
    below="；**一致率低于 99.9%**",
    metrics={"accuracy": "准确率", "wer": "词错误率（WER）", "cer": "字符错误率（CER）"},
    interval="{value:.3f}（{low:.3f}–{high:.3f}）",
    comma="、",
)

LANGUAGES = {"en": ENGLISH, "zh": CHINESE}
