"""What the model card of a transcriber says, in English and in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cases.training import model_card_texts
from cases.training.model_card_texts import Words as Common


@dataclass(frozen=True)
class Words:
    """Of one language; `common` are those of all cards."""

    common: Common
    card: str
    figures: Mapping[str, str]  # metric of the language that is spoken → rows of the table
    meant: Mapping[str, str]
    other: str  # what is said of characters that are put into others
    script: str
    scripts: Mapping[str, str]
    onnx: str
    no_onnx: str
    differing: str
    languages: Mapping[str, str] = field(default_factory=dict)  # code → name, where it is not the English one


ENGLISH = Words(
    common=model_card_texts.ENGLISH,
    card="""# {name}

**English** · [简体中文](README.zh-CN.md)

A transcription model (language: {language}{script}), fine-tuned with Casebook.

| | |
|---|---|
| pretrained model | {model} |
| licence of its weights | {licence} |
| trainable part | {mode} |
| training | {training} |
| data | “{data}” (content {digest}): {train} recordings to train, {validation} to validate, {test} to test |
| changed by hand | {mended} |{repeated}
{figures}{verdict}
| ONNX files | {onnx} |{by_script}

The metrics were measured once, on {test} test recordings that were not used for training; 95% intervals in brackets.
{meant} Texts are compared after normalisation (`casebook-1`): without capitals, punctuation and the brackets
themselves, in English by Whisper's own rules; English and Chinese numbers by their value. Of spelling only are errors
of other spaces (ice cream, icecream), words of at least five letters that begin alike, have the same consonants and
differ in at most two letters (colour, color), and Chinese characters that are variants or sound alike and are confused
in writing (的, 地, 得). The recordings themselves are not exported with the model.

## Limits

The metrics hold for recordings like those of the data. With other voices, rooms, microphones or subjects the model may
do worse. From silence and noise it may transcribe words that nobody said. It may have forgotten some abilities of the
pretrained model. Fairness across speakers has not been tested: test it before anything depends on it.

## Use

    pip install torch transformers soundfile soxr numpy
    python predict.py recording.wav

The folder `body` is a whole Whisper as the library transformers keeps it:

    from transformers import pipeline
    pipeline("automatic-speech-recognition", "body")("recording.wav")
{other}
Without torch, with `pip install onnxruntime tokenizers soundfile soxr numpy`:

    python predict.py --onnx recording.wav

It uses `hearing.onnx`, which takes frames (n, 3000, {bands}) of the window of 30 seconds and returns what was heard,
and `writing.onnx`, which takes tokens (n, new), past and heard and returns the scores of the next token and the new
past.
`body/generation_config.json` says with which tokens a text begins and ends. Both read weights of
`body/model.safetensors`, so keep the files together.

`python repeat.py` shows how this model was trained; with Casebook and the original data it trains it again.
""",
    figures={
        "wer": """\
| test word error rate (WER) | {wer} |
| test character error rate (CER) | {cer} |
| without normalisation | WER {raw_wer}, CER {raw_cer} |
| errors of spelling only | {spelling} |
| WER of the model before fine-tuning | {untouched_wer} |""",
        "cer": """\
| test character error rate (CER) | {cer} |
| without normalisation | {raw_cer} |
| errors of spelling only | {spelling} |
| CER of the model before fine-tuning | {untouched_cer} |""",
    },
    meant={
        "wer": "WER: substituted, deleted and inserted words, divided by the words of the reference transcript.",
        "cer": "CER: substituted, deleted and inserted characters, divided by the characters of the reference "
               "transcript.",
    },
    other="""
What the network writes in {other} characters is put into {script} ones, as the data have them, by `predict.py` and by
the table `replaced` in `preprocessing.json`; `pipeline` leaves it as it is.
""",
    script=", {script} characters",
    scripts={"simplified": "simplified", "traditional": "traditional"},
    onnx="the same text on {same} of {items} test recordings{drawn}",
    no_onnx="there are none: the network has parts that ONNX cannot express",
    differing="; another on: {names}",
)  # fmt: skip

CHINESE = Words(
    common=model_card_texts.CHINESE,
    card="""# {name}

[English](README.md) · **简体中文**

把录音转写成文本（语言：{language}{script}）。由 Casebook 微调。

| | |
|---|---|
| 预训练模型 | {model} |
| 权重许可证 | {licence} |
| 训练范围 | {mode} |
| 训练过程 | {training} |
| 数据 | “{data}”（内容标识 {digest}）：训练 {train} 段，验证 {validation} 段，测试 {test} 段录音 |
| 人工更改 | {mended} |{repeated}
{figures}{verdict}
| ONNX 文件 | {onnx} |{by_script}

以上指标只测量一次，所用的 {test} 段测试录音没有参与训练；括号内是按录音计算的 95% 置信区间。{meant}\
比较之前先做规范化（`casebook-1`）：忽略大小写、标点和括号本身，括号里的内容照常计算；\
英语按 Whisper 自带规则；中英文数字按数值比较。“仅写法不同”指空格位置不同（ice cream、icecream），\
至少五个字母、首字母和辅音相同且最多差两个字母的词（colour、color），以及异体字或书写中易混的同音字（的、地、得）。录音本身不随模型导出。

## 局限

这些指标只适用于与训练数据同类的录音。换了说话人、房间、麦克风或话题，效果可能变差；遇到静音和噪声，模型可能写出没人说过的话；\
预训练模型原有的部分能力也可能丢失。没有人检验过它对不同人群是否同样准确：实际使用之前，请先自行检验。

## 使用方法

    pip install torch transformers soundfile soxr numpy
    python predict.py recording.wav

`body` 文件夹是 transformers 库格式的完整 Whisper：

    from transformers import pipeline
    pipeline("automatic-speech-recognition", "body")("recording.wav")
{other}
不安装 torch 时，先运行 `pip install onnxruntime tokenizers soundfile soxr numpy`：

    python predict.py --onnx recording.wav

其中 `hearing.onnx` 输入 30 秒窗口的帧 (n, 3000, {bands})，输出编码结果；\
`writing.onnx` 输入 token (n, new)、past 和编码结果，输出下一个 token 的得分和新的 past。\
文本以哪些 token 开头和结尾，见 `body/generation_config.json`。\
两者都使用 `body/model.safetensors` 中的权重，请把这些文件放在一起。

运行 `python repeat.py` 可以查看模型的来历；有 Casebook 和原始数据，就能用它重新训练。
""",
    figures={
        "wer": """\
| 测试集词错误率（WER） | {wer} |
| 测试集字符错误率（CER） | {cer} |
| 按原文计算 | WER {raw_wer}，CER {raw_cer} |
| 仅写法不同的错误 | {spelling} |
| 未微调的预训练模型的 WER | {untouched_wer} |""",
        "cer": """\
| 测试集字符错误率（CER） | {cer} |
| 按原文计算 | {raw_cer} |
| 仅写法不同的错误 | {spelling} |
| 未微调的预训练模型的 CER | {untouched_cer} |""",
    },
    meant={
        "wer": "WER 是需要替换、删除或插入的词数与实际词数之比。",
        "cer": "CER 是需要替换、删除或插入的字数与实际字数之比。",
    },
    other="""
网络写出的{other}字，由 `predict.py` 按数据的写法转换为{script}字，对照表是 `preprocessing.json` 中的 `replaced`；\
直接使用 `pipeline` 时不转换。
""",
    script="，{script}",
    scripts={"simplified": "简体", "traditional": "繁体"},
    onnx="{items} 段测试录音{drawn}中有 {same} 段转写结果相同",
    no_onnx="没有：网络中有 ONNX 无法表示的部分",
    differing="；结果不同的录音：{names}",
    languages={"zh": "中文", "yue": "粤语", "en": "英语", "ja": "日语", "ko": "韩语", "de": "德语", "fr": "法语",
               "es": "西班牙语", "it": "意大利语", "pt": "葡萄牙语", "ru": "俄语"},
)  # fmt: skip

LANGUAGES = {"en": ENGLISH, "zh": CHINESE}
