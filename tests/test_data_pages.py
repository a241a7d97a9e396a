"""Data on the page: names, versions, more files, groups; and what cannot be opened is read again or deleted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from opened_pages import opened
from sqlalchemy import MetaData, Table, create_engine, inspect
from test_versions import bring, done, work, zipped  # noqa: F401

from cases.dataset import Dataset
from runs import paths
from runs.jobs import data_import
from runs.store import database, dataset_deletion, dataset_rows, datasets, lifecycle, records, upload_rows
from runs.uploads import draft_files, drafts, originals
from runs.uploads.draft_files import DraftFile


def add(draft, name, content, label=""):
    upload = records.new_id()
    path = paths.uploads() / upload
    path.write_bytes(content)
    upload_rows.add("local", upload, name, len(content), data_import.sha256_of(path))
    draft_files.add(draft, DraftFile(upload, name, len(content), label))


@pytest.fixture
def walls(zipped, pictures):  # noqa: F811
    return bring("image_recognition", "train.zip", zipped("train.zip", pictures(6, above="walls/train/")))


def test_data_are_called_as_their_folder_where_the_file_says_nothing_and_renamed_where_they_stand(walls):
    assert dataset_rows.by_id(walls.dataset, "local").name == "walls"
    app = opened("image_recognition.py", data=walls.dataset)
    app.text_input(key=f"check_name_{walls.dataset}").set_value("Walls of the old town").run()
    assert any("Walls of the old town" in text.value for text in app.markdown)
    app = opened("image_recognition.py")
    app.text_input(key=f"known_name_{walls.dataset}").set_value("Walls").run()
    assert app.button(key=f"open_{walls.dataset}").label == "**Walls**"
    assert any("/api/thumbnail?token=" in element.proto.body for element in app.get("html"))


def test_more_is_added_to_data_and_becomes_their_next_version(walls, pictures):
    app = opened("image_recognition.py", data=walls.dataset)
    app.button(key="image_recognition_more").click().run()
    app.button(key="image_recognition_drop").click().run()  # given up, and the data are there again
    assert (app.query_params["data"], "draft" in app.query_params) == (walls.dataset, False)
    app.button(key="image_recognition_more").click().run()
    draft = app.query_params["draft"]
    assert "data" not in app.query_params and records.run(draft, "local").subject == walls.dataset
    assert any("version 2" in text.value for text in app.caption)
    add(draft, "0.png", pictures(1, seed=5)["moss/000.png"], "moss")
    app.run()
    app.button(key="image_recognition_read").click().run()
    second = work(draft)
    app = opened("image_recognition.py", data=second.dataset)
    assert [box.label for box in app.expander if box.label.startswith("Versions")] == ["Versions (2)"]
    assert "Added: 1 example, from 0\\.png" in [text.value for text in app.caption]
    app.button(key=f"version_{walls.dataset}").click().run()
    assert app.query_params["data"] == walls.dataset
    app.button(key="image_recognition_newest").click().run()
    assert app.query_params["data"] == second.dataset
    for profile in records.run_list("local", kind="profile"):
        lifecycle.forget(profile.id)  # that of the model step, for which there is no agent here
    app = opened("image_recognition.py")
    app.button(key=f"delete_{second.dataset}").click().run()
    assert any("its 2 versions" in text.value for text in app.markdown)
    assert app.button(key=f"delete_really_{second.dataset}").label == "Delete permanently"
    dataset_deletion.remove_all("local", [walls.dataset, second.dataset])
    assert dataset_rows.newest("local", "image_recognition") == []
    assert not (paths.datasets() / walls.dataset).exists()


@pytest.mark.usefixtures("tokens_at_hand")
@pytest.mark.parametrize("alone", [False, True], ids=["of a collection", "alone"])
def test_texts_without_classes_are_one_click_from_their_groups(alone):
    lines = "\n".join(f"a line that nobody gave a class, number {n}" for n in range(30))
    if alone:
        draft = drafts.begin("local", "text_analysis")
        add(draft, "thoughts.txt", lines.encode())
        parts = [{"upload": draft_files.of(draft)[0].upload, "split": ""}]
        failed = work(records.create_run("local", "read", "text_analysis", "thoughts.txt", parts=parts))
    else:
        failed = bring("text_analysis", "thoughts.txt", lines)
    assert failed.status == "failed"
    app = opened("text_analysis.py", read=failed.id)
    app.button(key=f"cluster_{failed.id}").click().run()
    job = records.run(app.query_params["groups"], "local")
    assert (job.kind, job.name, len(job.parts)) == ("cluster", "thoughts.txt", 1)
    assert drafts.find("local", failed.id) is None
    assert (paths.uploads() / job.parts[0]["upload"]).read_text() == lines


# What was read belongs to a file, a case and a reader.


HAD = "user,item,rating\n" + "".join(f"u{u},i{(u + i) % 9},{1 + i}\n" for u in range(8) for i in range(5))


FOREIGN = {"case": "text_analysis"}  # as another case left it there, when the same content was read once for all
HARMS = {"interactions.parquet": None, "samples.parquet": b"no table", "facts.json": b"{"}


def test_what_cannot_be_opened_is_read_again_from_what_was_brought():
    run = bring("recommendation", "had.csv", HAD)
    folder, row = paths.datasets() / run.dataset, dataset_rows.by_id(run.dataset, "local")
    facts = json.loads((folder / "facts.json").read_text())
    for name, content in (*HARMS.items(), ("facts.json", json.dumps(facts | FOREIGN).encode())):
        assert datasets.opened(row)
        whole = (folder / name).read_bytes()
        (folder / name).unlink() if content is None else (folder / name).write_bytes(content)
        assert datasets.opened(row) is None, name
        (folder / name).write_bytes(whole)
    (folder / "facts.json").write_text("{")
    app = opened("recommendation.py", data=run.dataset)
    assert "cannot be opened" in app.warning[0].value
    assert not app.button(key=f"broken_delete_{run.dataset}").disabled
    app.button(key=f"again_{run.dataset}").click().run()
    assert work(app.query_params["read"]).dataset == run.dataset
    assert not opened("recommendation.py", data=run.dataset).warning and datasets.opened(row)


def test_what_is_lost_for_good_is_brought_again_or_deleted():
    run = bring("recommendation", "had.csv", HAD)
    for path in (paths.datasets() / run.dataset / "brought").iterdir():
        path.unlink()
    (paths.datasets() / run.dataset / "samples.parquet").unlink()
    assert not originals.are_there("local", run.dataset)
    app = opened("recommendation.py", data=run.dataset)
    assert not [button for button in app.button if button.key == f"again_{run.dataset}"]
    assert len(opened("recommendation.py").button(key=f"delete_{run.dataset}").label)
    assert bring("recommendation", "had.csv", HAD).dataset == run.dataset
    assert datasets.opened(dataset_rows.by_id(run.dataset, "local"))
    dataset_deletion.remove("local", run.dataset)
    assert dataset_rows.by_id(run.dataset, "local") is None


def old_home(home: Path) -> None:
    """The database as the second migration left it, with a person's data set in it."""
    home.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{home / 'casebook.db'}")
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).with_name("migrations")))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        run = {"id": "r1", "owner": "local", "kind": "fine_tune", "case": "recommendation", "name": "train",
               "dataset": "d1", "settings": {}, "launcher": "local", "status": "stopped", "attempt": 1,
               "created": 6.0}  # fmt: skip
        for name, values in {
            "datasets": {
                **{one: run[one] for one in ("owner", "case", "name")},
                "id": "d1",
                "sample": 0,
                "created": 5.0,
            },
            "runs": run,
            "edits": {"owner": "local", "dataset": "d1", "sample": 2, "label": "A title", "created": 7.0},
        }.items():
            connection.execute(Table(name, MetaData(), autoload_with=connection).insert(), values)
    assert "lineage" not in {column["name"] for column in inspect(engine).get_columns("datasets")}
    engine.dispose()


def test_a_home_of_yesterday_still_opens(home):
    old_home(home)
    made = bring("recommendation", "had.csv", HAD)
    folder = paths.datasets() / made.dataset
    facts = json.loads((folder / "facts.json").read_text())
    for name in ("reader", "sizes"):
        del facts[name]  # they were not noted then
    (folder / "facts.json").write_text(json.dumps({**facts, "digest": "d1"}))
    (folder / "origin.json").write_text(json.dumps([{"name": "train.csv", "sha256": "0", "part": "", "class": ""}]))
    folder.rename(paths.datasets() / "d1")
    row = dataset_rows.by_id("d1", "local")
    assert (row.name, row.lineage, row.version, row.created) == ("train", "d1", 1, 5.0)
    assert datasets.opened(row).case == "recommendation"
    app = opened("recommendation.py", data="d1")
    assert not app.warning and any(button.key == "recommendation_more" for button in app.button)
    run = bring("recommendation", "more.csv", HAD.replace("u1", "u99"), "d1")
    grown = Dataset.open(paths.datasets() / run.dataset)
    assert grown.before.digest == "d1" and dataset_rows.by_id(run.dataset, "local").version == 2
    assert records.run("r1", "local").dataset == "d1" and dataset_rows.by_id(run.dataset, "local").created > 7
