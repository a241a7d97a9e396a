"""What the columns of tables are called, in English and Chinese, and the sentences about them."""

from __future__ import annotations

import re

from models.errors import N_

PARTS = {
    "train": "train", "training": "train", "训练": "train", "训练集": "train",
    "val": "validation", "valid": "validation", "validation": "validation", "dev": "validation",
    "验证": "validation", "验证集": "validation",
    "test": "test", "testing": "test", "测试": "test", "测试集": "test",
}  # fmt: skip
FILE = {
    "file", "file_name", "filename", "path", "file_path", "filepath", "image", "image_id", "image_name", "img",
    "picture", "photo", "文件", "文件名", "路径", "图片", "图像", "照片",
}  # fmt: skip
LABEL = {
    "label", "labels", "class", "class_name", "classname", "category", "target", "tag", "species", "breed",
    "标签", "类别", "分类", "种类", "类",
}  # fmt: skip
PART = {"split", "set", "subset", "part", "partition", "usage", "dataset", "划分", "数据集", "子集"}
SPEAKER = {
    "speaker", "speaker_id", "speaker_name", "spk", "spk_id", "client_id", "voice", "actor", "singer", "说话人",
    "说话者", "发言人", "演员",
}  # fmt: skip
TRANSCRIPT = {
    "transcript", "transcripts", "transcription", "sentence", "text", "utterance", "spoken", "words",
    "文本", "文字", "转写", "转录", "抄写", "句子", "台词",
}  # fmt: skip
SOURCE = SPEAKER | {  # what several examples may come from
    "patient", "subject", "participant", "person", "individual", "author", "writer", "user", "customer", "session",
    "source", "origin", "video", "film", "clip", "recording", "sequence", "scene", "document", "article", "group",
    "site", "farm", "slide", "患者", "病人", "受试者", "被试", "个体", "作者", "用户", "客户", "会话", "来源", "视频",
    "影片", "录音", "序列", "场景", "文档", "文章", "组", "分组", "批次",
}  # fmt: skip
MORE = {  # what some cases also ask of a table → its headings, and the sentence about it
    "transcript": (TRANSCRIPT, N_("“{table}”: column “{column}” detected as transcript from its name.")),
    "speaker": (SPEAKER, N_("“{table}”: column “{column}” detected as speaker from its name.")),
}
CHOSEN = {
    "file": N_("“{table}”: column “{column}” is the file name, as you chose."),
    "label": N_("“{table}”: column “{column}” is the class, as you chose."),
    "part": N_("“{table}”: column “{column}” is the split, as you chose."),
    "transcript": N_("“{table}”: column “{column}” is the transcript, as you chose."),
    "speaker": N_("“{table}”: column “{column}” is the speaker, as you chose."),
}


def word(text: str) -> str:
    return text.strip().lower().replace(" ", "_").replace("-", "_")


def names_source(heading: str) -> bool:
    """Whether a column with this heading may say what an example comes from: `patient`, `Video ID`, `来源编号`."""
    said = word(heading)
    return said in SOURCE or re.sub(r"(?:_?(?:id|no|nr|number|name)|编号|序号|号|名)$", "", said) in SOURCE
