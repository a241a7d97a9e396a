"""What the model card of a recommender says, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cases.training import model_card_texts
from cases.training.model_card_texts import Words as Common


@dataclass(frozen=True)
class Words:
    """Of one language; `common` are those of all cards."""

    common: Common
    card: str
    text: str
    by_network: str
    by_list: str
    both: str
    networks: Mapping[str, str]
    how: Mapping[str, str]
    nothing: str
    their_text: str
    of: str
    and_: str
    chosen: str
    loss: str


ENGLISH = Words(
    common=replace(model_card_texts.ENGLISH, references={
        "popularity": "what most people have",
        "item_knn": "items the same people have (item-kNN)",
        "ease": "EASE (Steck 2019)",
        "ease_decayed": "EASE whose histories fade (time-decayed)",
    }),
    card="""# {name}

**English** · [简体中文](README.zh-CN.md)

It recommends {items} items, by what somebody had before. It was trained with Casebook.

| | |
|---|---|
| model | {model} |
| items start from | {start} |
| training | {training} |
| data | “{name}” (content {digest}): {people} users, {lines} things they had |
| divided | {train} to train, {validation} to validate, {test} to test; {how} |
| test NDCG@10 | {ndcg} |
| test recall@10 | {recall} |
{references}{verdict}{loss}
| ONNX file | the same item first for {same} of {checked} users of the test |

The figures were measured once, on held-out interactions of {asked} users; for each of them every item without a known
interaction was ranked. In brackets stand 95% intervals over users. Nothing about any user leaves with the model.

## Limits

The figures hold for people and items like those of the data. It recommends what people with such a history also
have, which may be what they were shown, not what they would have liked best: it repeats what the data favours. What few
people have it recommends seldom. Nobody has checked whether it is fair to people or to those who made the items.

## Use

    pip install onnxruntime safetensors numpy
    python predict.py ID ID

{use}{text}

`python repeat.py` says how this model came about; with Casebook and the original data it trains it again.
""",
    text="""

`text.onnx` makes such a vector of an item nobody has yet, from its title, genres and description, with the tokenizer
and the weights of `body/`.""",
    by_network="""`items.json` names the items, `items.safetensors` has a vector for each: its last number counts for
everybody, the others are multiplied with the vector that `model.onnx` makes of somebody's items.""",
    by_list="""`items.json` names the items, `items.safetensors` has of each those that speak for it most, with their
weights; `{file}` adds them up over somebody's items.""",
    both="\n\nBoth are added.",
    networks={
        "attention": "sequence model (SASRec, Kang and McAuley 2018)",
        "towers": "two towers",
        "factors": "matrix factorisation (BPR, Rendle et al. 2009)",
    },
    how={
        "last": "each user's last items",
        "moment": "one moment for all",
        "drawn": "by chance, for there are no times",
    },
    nothing="nothing",
    their_text="their text, by {model} ({licence})",
    of=" of ",
    and_=" and ",
    chosen="; chosen on the validation part",
    loss="\n| test NDCG@10 of this bundle, with the {weights} highest weights for each item, not all | {kept:.3f} |",
)  # fmt: skip

CHINESE = Words(
    common=replace(model_card_texts.CHINESE, references={
        "popularity": "热度（交互人数最多的物品）",
        "item_knn": "物品协同过滤（ItemCF）",
        "ease": "EASE（Steck 2019）",
        "ease_decayed": "EASE（历史随时间衰减）",
    }),
    card="""# {name}

[English](README.md) · **简体中文**

根据用户的历史交互，从 {items} 个物品中做推荐。由 Casebook 训练。

| | |
|---|---|
| 模型 | {model} |
| 物品表示初始化 | {start} |
| 训练过程 | {training} |
| 数据 | “{name}”（内容标识 {digest}）：{people} 个用户，{lines} 条交互记录 |
| 划分 | 训练 {train}，验证 {validation}，测试 {test}；{how} |
| 测试集 NDCG@10 | {ndcg} |
| 测试集 Recall@10 | {recall} |
{references}{verdict}{loss}
| ONNX 文件 | {checked} 个测试用户中，{same} 个的首位推荐相同 |

以上指标只测量一次，以 {asked} 个用户被留出的交互为准；对每个用户，所有没有已知交互的物品都参与排序。\
括号内是按用户计算的 95% 置信区间。任何用户的信息都不随模型导出。

## 局限

这些指标只适用于与训练数据同类的用户和物品。模型推荐的是有类似历史的用户还选择过的物品：那可能只是他们恰好看到的，\
未必是他们最喜欢的，数据偏向什么，模型就重复什么。交互人数少的物品很少被推荐。没有人检验过它对用户和物品提供者是否公平。

## 使用方法

    pip install onnxruntime safetensors numpy
    python predict.py ID ID

{use}{text}

运行 `python repeat.py` 可以查看模型的来历；有 Casebook 和原始数据，就能用它重新训练。
""",
    text="""

`text.onnx` 根据标题、类型和描述，为尚无交互的新物品生成向量；分词器和权重在 `body/` 中。""",
    by_network="""`items.json` 列出物品，`items.safetensors` 为每个物品存有一个向量：最后一个数对所有用户相同，\
其余各数与 `model.onnx` 由用户的物品生成的向量相乘。""",
    by_list="""`items.json` 列出物品，`items.safetensors` 为每个物品存有与它关联最强的物品及其权重；\
`{file}` 把用户各物品的权重相加。""",
    both="\n\n两者的得分相加。",
    networks={
        "attention": "序列模型（SASRec，Kang 和 McAuley 2018）",
        "towers": "双塔模型",
        "factors": "矩阵分解（BPR，Rendle 等 2009）",
    },
    how={
        "last": "每个用户留最后的交互",
        "moment": "按时间点全局划分",
        "drawn": "没有时间，随机划分",
    },
    nothing="随机",
    their_text="文本嵌入，由 {model} 生成（{licence}）",
    of="：",
    and_="＋",
    chosen="；由验证集选定",
    loss="\n| 模型包只保留每个物品最高的 {weights} 个权重时的测试集 NDCG@10 | {kept:.3f} |",
)  # fmt: skip

LANGUAGES = {"en": ENGLISH, "zh": CHINESE}
