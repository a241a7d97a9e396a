"""The folder of a static demo: the page, its libraries, the model, and all that the page says, in every language."""

from __future__ import annotations

import html
import json
import mimetypes
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cases
from cases.dataset import Dataset
from models.progress import ProgressReporter
from models.storage import checksums
from runs import integrity, paths
from runs.exports.static_demo import archive, library, model
from runs.language import LANGUAGES
from runs.results import test_examples
from runs.store.records import Run

CARDS = {"en": "README.md", "zh": "README.zh-CN.md"}
LANGUAGE_LINE = ("**English**", "[English]")  # how the line of a card begins that leads to the other language
OF_BUNDLE = ("| ONNX ", "| `predict.py` ")  # how the rows of a card begin that tell of files which are not here
EXAMPLES = "examples"
STEPS = 4
TITLE = "<title>Model demo</title>"


def write(subject: Run, told: Mapping[str, Any], place: Path, report: ProgressReporter) -> dict[str, Any]:
    """Write the archive of a demo into `place`; returns its bytes and files, and of what model.json says choice and
    agreement.

    Args:
        told: title, description, examples (whether test items may leave), choice (how the weights are stored), measured
            (what was found out of that choice), and what the page says, see `pages.steps.export.static_content`.

    Raises:
        InputError: the libraries are missing, or the model cannot leave in this way.
    """
    report.phase("preparing")
    integrity.require_model(subject.id)
    whole = place / "static-demo"
    shutil.rmtree(whole, ignore_errors=True)
    folder = whole / archive.named(told["title"])
    folder.mkdir(parents=True)
    try:
        if not library.is_there():
            raise library.missing()
        known = model.write(subject, folder / "model", told["choice"], told["measured"], report)
        _step(report, 1)
        library.write(folder, known["size"])
        _step(report, 2)
        _write_content(folder, subject, told, known)
        _step(report, 3)
        files = archive.write(whole, place / archive.FILE, report)
        _step(report, STEPS)
    finally:
        shutil.rmtree(whole, ignore_errors=True)
    return {"bytes": (place / archive.FILE).stat().st_size, "files": files,
            **{name: known[name] for name in ("choice", "agreement")}}  # fmt: skip


def _step(report: ProgressReporter, done: int) -> None:
    report.check()
    report.progress("written", done, STEPS)


def _write_content(folder: Path, subject: Run, told: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """`known`: what model.json says."""
    title, bundle = told["title"], model.bundle(subject)
    content = {
        "title": title,
        **{name: told.get(name, "") for name in ("description", "author")},
        "runtime": library.loaded(known["size"]),
        "languages": {
            language: {"name": name, **told["languages"][language], "card": _card(bundle / CARDS[language])}
            for language, name in LANGUAGES.items()
        },
        **{name: told[name] for name in ("figure", "parts", "threshold")},
        "gpu": (folder / "vendor/onnxruntime-web/ort.min.mjs").exists(),
        "examples": _write_examples(subject, folder) if told["examples"] else [],
        "files": {
            file.relative_to(folder).as_posix(): {"bytes": file.stat().st_size, "sha256": checksums.digest(file)}
            for file in sorted((folder / "model").iterdir()) if file.name not in (model.FILE, model.SCRIPT)
        },
    }  # fmt: skip
    (folder / "demo.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    page = folder / "index.html"
    page.write_text(page.read_text("utf-8").replace(TITLE, f"<title>{html.escape(title)}</title>"), "utf-8")
    places = {"title": json.dumps(title, ensure_ascii=False), "packages": " ".join(known["python"])}
    (folder / "README.md").write_text(README.format(**places), "utf-8")


def _write_examples(run: Run, folder: Path) -> list[dict[str, str]]:
    """Write some test items, without what their files tell besides; `label` and `file`, or `text`, of each."""
    rows = test_examples.rows(run)
    if not rows:
        return []
    case, dataset, found = cases.get(run.case), Dataset.open(paths.datasets() / str(run.dataset)), []
    (folder / EXAMPLES).mkdir()
    for number, (row, label) in enumerate(rows.items(), 1):
        lent = case.lent(dataset, row)
        if isinstance(lent, str):
            found.append({"label": label, "text": lent})
        elif lent is not None:
            content, media_type = lent
            name = f"{EXAMPLES}/{number:02}{mimetypes.guess_extension(media_type) or ''}"
            (folder / name).write_bytes(content)
            found.append({"label": label, "file": name})
    return found


def _card(file: Path) -> str:
    """A model card without the line that leads to the other language, without how a bundle is used, and without how
    its files agree with the evaluated model, for others are in the folder."""
    text = file.read_text("utf-8") if file.exists() else ""
    kept = "\n".join(line for line in text.splitlines() if not line.startswith((*LANGUAGE_LINE, *OF_BUNDLE)))
    return kept.rpartition("\n## ")[0] or kept


README = """---
title: {title}
sdk: static
app_file: index.html
pinned: false
---

A demo made with Casebook. The model runs in the browser; what is entered does not leave the device.

用 Casebook 制作的演示。模型在浏览器中运行，输入的内容不会离开设备。

To open it on this computer, run this in the folder and open http://localhost:8000

在本机打开：在此文件夹中运行下面的命令，然后打开 http://localhost:8000

    python3 -m http.server 8000

`model/predict.py` uses the model in Python, and shows programs in other languages how; its first lines say more:

`model/predict.py` 在 Python 中使用这个模型，也供其他语言的程序参考；用法见文件开头：

    pip install {packages}

To publish it, copy the folder to any web host, below any path. The first lines of this file are for a static Space.

发布：把文件夹复制到任意网页主机的任意路径下。本文件开头几行供静态 Space 使用。
"""
