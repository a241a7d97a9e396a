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
        "popularity": "popularity",
        "item_knn": "item-based collaborative filtering (ItemCF)",
        "ease": "EASE (Steck 2019)",
        "ease_decayed": "time-decayed EASE",
    }),
    card="""# {name}

**English** · [简体中文](README.zh-CN.md)

Recommends from {items} items by a user's interactions. Trained with Casebook.

| | |
|---|---|
| model | {model} |
| item initialisation | {start} |
| training | {training} |
| data | “{name}” (content {digest}): {people} users, {lines} interactions |
| split | {train} to train, {validation} to validate, {test} to test; {how} |
| test NDCG@10 | {ndcg} |
| test recall@10 | {recall} |
{references}{verdict}{loss}
| ONNX file | the same item first for {same} of {checked} users of the test, scores within {most}{low}; asked in a new \
process that has only these files |

The metrics were measured once, on held-out interactions of {asked} users. For each, every item without a known
interaction was ranked. 95% intervals over users in brackets. No user data is exported with the model.

## Limits

The metrics hold for users and items like those of the data. The model recommends what users with a similar history also
chose. That may be what they were shown, not what they like best: it repeats the bias of the data. Items with few
interactions are seldom recommended. Fairness to users and item providers has not been tested.

## Use

    pip install onnxruntime safetensors numpy
    python predict.py ID ID

In place of `ID`, the items that a user had, by their IDs in `items.json` or by a unique title.

{use}{text}

`python repeat.py` says how this model was trained; with Casebook and the original data it trains it again.
""",
    text="""

`text.onnx` embeds a new item from its title, genres and description, with the tokenizer and the weights of `body/`.
`body` is a network of the library transformers: `AutoModel.from_pretrained("body")`.""",
    by_network="""`items.json` names the items, `items.safetensors` has a vector for each in `vectors`: its last
number is a bias, the others are multiplied with the user vector that `model.onnx` computes from a history.
`user.safetensors` has the weights of that network; its header names the network and the length of a history.""",
    by_list="""`items.json` names the items, `items.safetensors` has for each, in `neighbours` and `weights`, the
items most related to it, with their weights; `{file}` adds them up over a user's items.""",
    both="\n\nBoth scores are added.",
    networks={
        "attention": "sequence model (SASRec, Kang and McAuley 2018)",
        "towers": "two towers",
        "residual": "two towers trained on what EASE leaves out",
        "factors": "matrix factorisation (BPR, Rendle et al. 2009)",
    },
    how={
        "last": "leave last out",
        "moment": "global time split",
        "drawn": "random, as there are no times",
    },
    nothing="random",
    their_text="text embedding by {model} ({licence})",
    of=" of ",
    and_=" and ",
    chosen="; chosen on validation",
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
| 测试集召回率@10（Recall@10） | {recall} |
{references}{verdict}{loss}
| ONNX 文件 | {checked} 个测试用户中，{same} 个的首位推荐相同，得分相差不超过 {most}{low}；\
在只有这些文件的新进程中运行 |

以上指标只测量一次，以 {asked} 个用户被留出的交互为准；对每个用户，所有没有已知交互的物品都参与排序。\
括号内是按用户计算的 95% 置信区间。任何用户的信息都不随模型导出。

## 局限

这些指标只适用于与训练数据同类的用户和物品。模型推荐的是有类似历史的用户还选择过的物品：那可能只是他们恰好看到的，\
未必是他们最喜欢的，数据偏向什么，模型就重复什么。交互人数少的物品很少被推荐。没有人检验过它对用户和物品提供者是否公平。

## 使用方法

    pip install onnxruntime safetensors numpy
    python predict.py ID ID

`ID` 处填写用户已有的物品：`items.json` 中的编号，或唯一的标题。

{use}{text}

运行 `python repeat.py` 可以查看模型的来历；有 Casebook 和原始数据，就能用它重新训练。
""",
    text="""

`text.onnx` 根据标题、类型和描述，为尚无交互的新物品生成向量；分词器和权重在 `body/` 中。\
`body` 是 transformers 库的网络：`AutoModel.from_pretrained("body")`。""",
    by_network="""`items.json` 列出物品，`items.safetensors` 中的 `vectors` 为每个物品存有一个向量：\
最后一个数对所有用户相同，\
其余各数与 `model.onnx` 由用户的物品生成的向量相乘。\
`user.safetensors` 存有该网络的权重，文件头写明网络类型和历史长度。""",
    by_list="""`items.json` 列出物品，`items.safetensors` 中的 `neighbours` 和 `weights` \
为每个物品存有与它关联最强的物品及其权重；\
`{file}` 把用户各物品的权重相加。""",
    both="\n\n两者的得分相加。",
    networks={
        "attention": "序列模型（SASRec，Kang 和 McAuley 2018）",
        "towers": "双塔模型",
        "residual": "在 EASE 的基础上训练的双塔模型",
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
