"""The rows of a model card that tell of temperature and threshold: both are chosen after the card was written, and are
told there without the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.evaluation.selective import Selected

FILES = {"README.md": "en", "README.zh-CN.md": "zh"}


@dataclass(frozen=True)
class Words:
    """Of one language. `after` begins the row behind which they stand, `temperature` and `threshold` their own."""

    after: str
    temperature: str
    threshold: str
    fitted: str
    parts: Mapping[str, str]
    unsure: str
    rest: str
    nothing: str
    few: str
    unknown: str


WORDS = {
    "en": Words(
        after="| test macro-F1 |",
        temperature="| temperature |",
        threshold="| confidence threshold |",
        fitted="{temperature:g}, fitted on {items:,} {part}; applied by `predict.py`, not inside the ONNX file",
        parts={"validation": "validation examples", "out_of_fold": "examples out of fold"},
        unsure="{threshold:.1%}: says *not sure* for {unsure:,} of {items:,} test examples ({share:.1%})",
        rest="; of the rest {precision:.1%} are right (95% interval {low:.1%} to {high:.1%})",
        nothing="; none is left",
        few="; too few to rely on",
        unknown="{threshold:.1%}",
    ),
    "zh": Words(
        after="| 测试集 Macro-F1 |",
        temperature="| 温度 |",
        threshold="| 置信度阈值 |",
        fitted="{temperature:g}，用 {items:,} 个{part}拟合；由 `predict.py` 使用，不在 ONNX 文件中",
        parts={"validation": "验证样本", "out_of_fold": "折外样本"},
        unsure="{threshold:.1%}：{items:,} 个测试样本中有 {unsure:,} 个答“不确定”（{share:.1%}）",
        rest="；其余的准确率为 {precision:.1%}（95% 置信区间 {low:.1%}–{high:.1%}）",
        nothing="；没有剩下的样本",
        few="；样本太少，仅供参考",
        unknown="{threshold:.1%}",
    ),
}  # fmt: skip


def renewed(card: str, language: str, told: Mapping[str, Any]) -> str:
    """The card with the rows that hold now, and without those that held before.

    Args:
        told: `decision`, `selected` (what the threshold comes to on the test part; None where that is not known), and
            by which `part` a temperature was fitted and how many `items` it has.
    """
    words, lines = WORDS[language], []
    before, after, rest = card.partition(f"\n{words.after}")
    figures, end, others = rest.partition("\n\n")  # a class may be called as a row
    for number, line in enumerate(f"{after}{figures}".split("\n") if after else []):
        if not line.startswith((words.temperature, words.threshold)):
            lines.append(line)
        if number == 1:
            lines += _rows(words, told)
    return before + "\n".join(lines) + end + others


def _rows(words: Words, told: Mapping[str, Any]) -> list[str]:
    decision, found = told["decision"], []
    if decision.temperature != 1:
        part = words.parts.get(told["part"], "")
        fitted = words.fitted.format(temperature=decision.temperature, items=told["items"], part=part)
        found.append(f"{words.temperature} {fitted} |")
    if decision.threshold is not None:
        found.append(f"{words.threshold} {_threshold(words, decision.threshold, told['selected'])} |")
    return found


def _threshold(words: Words, threshold: float, found: Selected | None) -> str:
    if found is None:
        return words.unknown.format(threshold=threshold)
    share = found.unsure / found.items
    told = words.unsure.format(threshold=threshold, unsure=found.unsure, items=found.items, share=share)
    if found.precision is None:
        return told + words.nothing
    told += words.rest.format(precision=found.precision, low=found.low, high=found.high)
    return told + (words.few if found.is_few else "")
