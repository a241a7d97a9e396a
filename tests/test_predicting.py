"""Many pictures at once: a table that a spreadsheet opens and no name in it can run anything."""

from __future__ import annotations

import csv
import io

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

import cases
from cases.task_types import CLASSIFICATION
from runs import paths as runs_paths
from runs import tokens
from runs.api.routes import ROUTES
from runs.jobs import batch_prediction, doubts
from runs.store import lifecycle, upload_rows


@pytest.fixture
def web():
    return TestClient(Starlette(routes=ROUTES))


def send(web, model, name, content):
    """Upload as the page does; the job's id."""
    token = tokens.sign("upload", owner="local", case=model.case, kind="predict", subject=model.id)
    answer = web.put("/api/upload", params={"name": name}, content=content, headers={"X-Upload-Token": token})
    return answer.json()["run"]


def table(web, job, **more):
    token = tokens.sign("run", run=job.id, owner="local")
    answer = web.get("/api/predictions", params={"token": token, **more})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))), answer


def drawn(row):
    """Two labels so close that the runtimes' last digits decide."""
    return float(row["Probability"]) - float(row["Second probability"]) < 0.001


def test_a_zip_of_pictures_becomes_a_table(at_station, web, pictures, zip_of, tmp_path):
    model = at_station.unbroken
    new = list(pictures(14, seed=6).values())
    named = {f"{number:02}.png": content for number, content in enumerate(new)}
    odd = {"=1+1.png": new[0], "夹/猫.png": new[1], "letter.jpg": b"Dear Sir", "notes.txt": b"notes"}
    archive = zip_of(tmp_path / "new.zip", {**named, **odd})
    job = at_station.ended(send(web, model, "new.zip", archive.read_bytes()))
    assert (job.status, job.kind, job.subject) == ("done", "predict", model.id), job.error
    rows, answer = table(web, job)
    *others, problem = CLASSIFICATION.columns  # a verdict stands before the problem where an answer is not sure
    assert [name for name in rows[0] if name != "Verdict"] == [*others, problem]
    assert "new-predictions.csv" in answer.headers["content-disposition"]

    paths = []
    for number, content in enumerate(new):
        paths.append(tmp_path / f"{number}.png")
        paths[-1].write_bytes(content)
    expected = cases.get(model.case).tasks[0].predict(runs_paths.run(model.id) / "bundle", paths)
    by_name = {row["Name"]: row for row in rows}
    told = [by_name[f"{number:02}.png"] for number in range(len(new))]
    clear = [number for number, row in enumerate(told) if not drawn(row)]
    assert len(clear) > 0.9 * len(new)
    assert [told[number]["Prediction"] for number in clear] == [expected[number] for number in clear]
    assert by_name["'=1+1.png"]["Prediction"] == expected[0] and by_name["夹/猫.png"]["Prediction"] == expected[1]
    for row in [row for row in rows if row["Prediction"]]:
        shares = [float(row[name]) for name in ("Probability", "Second probability", "Third probability")]
        assert shares == sorted(shares, reverse=True)
    assert by_name["letter.jpg"]["Problem"].startswith("Not a picture, despite its name.")
    chinese = {row["名称"]: row for row in table(web, job, lang="zh")[0]}
    assert chinese["夹/猫.png"]["预测"] == expected[1]
    assert chinese["letter.jpg"]["问题"] == "文件扩展名是图片，内容却不是图片。请将原图另存为 JPEG 或 PNG。"
    assert (job.result["items"], job.result["aside"]) == (len(new) + 2, 2)
    assert {one["name"] for one in job.result["told"]} == {"letter.jpg", "notes.txt"}
    assert not (runs_paths.uploads() / upload_rows.by_id(job.parts[0]["upload"], "local").id).exists()
    files = {f"{name}{more}" for name in ("doubts.json", "predictions.csv") for more in ("", ".sha256")}
    assert {path.name for path in runs_paths.run(job.id).iterdir()} == files
    shown = doubts.of(job.id)
    certainty = [one["answers"][0][1] for one in shown]
    assert certainty == sorted(certainty) and len(shown) == len(new) + 2
    assert all(one["picture"].startswith("data:image/webp;base64,") for one in shown)
    assert {one["name"] for one in shown} == {*named, "=1+1.png", "夹/猫.png"}
    (runs_paths.run(job.id) / doubts.FILE).write_text("[]")
    assert doubts.of(job.id) == []


def test_what_is_no_archive_is_explained(at_station, web):
    job = at_station.ended(send(web, at_station.unbroken, "new.zip", b"Dear Sir"))
    assert job.status == "failed" and job.error["found"] and job.error["remedy"]
    assert not (runs_paths.uploads() / job.parts[0]["upload"]).exists()
    token = tokens.sign("run", run=job.id, owner="local")
    assert web.get("/api/predictions", params={"token": token}).status_code == 404


def test_it_can_be_stopped(at_station, web, zip_of, tmp_path):
    content = io.BytesIO()
    Image.new("RGB", (1200, 1200), "teal").save(content, "PNG")  # what takes long to look at, and little to send
    archive = zip_of(tmp_path / "many.zip", {f"{n}.png": content.getvalue() for n in range(400)})
    job = send(web, at_station.unbroken, "many.zip", archive.read_bytes())
    at_station.until(job, lambda run: run.status == "running" and (run.progress or {}).get("done"))
    lifecycle.ask_to_stop(job, "local")
    ended = at_station.ended(job)
    assert ended.status == "stopped"
    assert not (runs_paths.run(job) / batch_prediction.FILE).exists()
