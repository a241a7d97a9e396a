"""A table of many users becomes one of recommendations: whole rows, and unknown items named instead of in the way."""

from __future__ import annotations

import csv
import io
import json

import pytest
from evaluation_page import said

from runs import paths
from runs.jobs import batch_prediction
from runs.store import queue, records, upload_rows
from runs.worker import worker

NEW_USERS = """会员号,商品编号,购买次数
anna,b00,3
anna,b01,1
anna,x77,2
bert,x77,1
bert,x78,1
cleo,good book 20,1
cleo,b21,1
"""


@pytest.fixture
def job(books_run):
    """The job that answered the table of new users."""
    (paths.uploads() / "u1").write_text(NEW_USERS, "utf-8")
    upload_rows.add("local", "u1", "new users.csv", len(NEW_USERS), "0" * 64)
    identity = records.create_run(
        "local", "predict", "recommendation", "new users.csv", subject=books_run.id, parts=[{"upload": "u1"}]
    )
    worker.work(queue.claim_here(identity))
    return records.run(identity, "local")


def rows(job, language):
    content = batch_prediction.table(paths.run(job.id) / batch_prediction.FILE, language).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content)))


@pytest.mark.parametrize(
    ("language", "headings", "note", "refused"),
    [
        ("en", ["User", "Interactions", "First item", "Score", "Second item", "Second score",
                "Third item", "Third score", "Problem"],
         "Not found or not unique, ignored: x77.", "None of these items is in the model: x77, x78."),
        ("zh", ["用户", "交互记录", "第一推荐", "得分", "第二推荐", "第二得分",
                "第三推荐", "第三得分", "问题"],
         "未找到或不唯一，已忽略：x77。", "模型中没有这些物品：x77、x78。"),
    ],
)  # fmt: skip
def test_every_row_has_a_cell_for_each_heading_and_unknown_items_are_named(job, language, headings, note, refused):
    first, *told = rows(job, language)
    assert first == headings and all(len(row) == len(headings) for row in told)
    by_name = {row[0]: row for row in told}
    assert list(by_name) == ["anna", "bert", "cleo"]
    for name in ("anna", "cleo"):
        shares = [float(cell) for cell in by_name[name][3:8:2]]
        assert shares == sorted(shares, reverse=True) and all(cell.endswith(")") for cell in by_name[name][2:7:2])
    assert [by_name[name][-1] for name in ("anna", "cleo", "bert")] == [note, "", refused]
    assert by_name["bert"][1:-1] == [""] * 7


def test_the_page_says_who_got_no_list_and_why(job, open_books, answering):
    app = open_books(run=job.subject)
    [way] = [one for one in app.segmented_control if one.key == f"try_{job.subject}"]
    app = way.set_value("many").run()
    assert any(": 2 users predicted, 1 failed. For 1 user, unknown items were skipped." in text for text in said(app))
    [told] = [table.value for table in app.dataframe if "Reason" in table.value]
    assert told.to_numpy().tolist() == [
        ["bert", "None of these items is in the model: x77, x78."],
        ["anna", "Not found or not unique, ignored: x77."],
    ]


def test_a_table_of_yesterday_still_opens(tmp_path):
    old = tmp_path / "predictions.csv"
    old.write_text("Name,Prediction,Problem\na.png,moss,\nb.txt,,It is not a picture\n", "utf-8")
    assert batch_prediction.table(old, "en").decode("utf-8-sig").splitlines()[2] == "b.txt,,It is not a picture"


def test_no_placeholder_is_left_in_what_was_stored(job):
    stored = json.dumps(job.result) + (paths.run(job.id) / batch_prediction.FILE).read_text("utf-8")
    assert "{name}" not in "".join(",".join(row) for row in rows(job, "en")) and "x77" in stored
