"""The first step of a case's page: what is collected, read, named, opened again, grown, mended and deleted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from opened_pages import opened, said, sound
from sqlalchemy import MetaData, Table, create_engine, inspect
from test_versions import bring, work, zipped  # noqa: F401

from cases.dataset import Dataset
from runs import paths
from runs.api import arrivals
from runs.jobs import data_import
from runs.store import database, dataset_deletion, dataset_rows, datasets, lifecycle, queue, records, upload_rows
from runs.uploads import draft_files, drafts, originals
from runs.uploads.draft_files import DraftFile

CASE = "image_recognition"
ERROR = {"found": "“{name}” holds one class only, “{label}”.", "expected": "At least two classes are needed.",
         "remedy": "Add pictures of a second class.",
         "args": {"name": "moss", "label": "moss"}}  # fmt: skip
HAD = "user,item,rating\n" + "".join(f"u{u},i{(u + i) % 9},{1 + i}\n" for u in range(8) for i in range(5))


def open_page(**address):
    return opened("image_recognition.py", **address)


def press(app, key):
    return sound(app.button(key=key).click().run())


def showing(app, draft, what):
    """The page with one of the classes opened."""
    app.session_state[f"contents_{draft}"] = what
    return sound(app.run())


def status(run):
    return records.run(run, "local").status


@pytest.fixture
def collect():
    """A collection with so many files of each class."""

    def collecting(**classes):
        draft = drafts.begin("local", CASE)
        for label, count in classes.items():
            for number in range(count):
                add(draft, f"{number}.png", label=label)
        return draft

    return collecting


def add(draft, name, content=b"x", **more):
    upload = records.new_id()
    path = paths.uploads() / upload
    path.write_bytes(content)
    upload_rows.add("local", upload, name, len(content), data_import.sha256_of(path))
    draft_files.add(draft, DraftFile(upload, name, len(content), **more))


def labels(app):
    return [button.label for button in app.button]


def test_a_collection_is_begun_with_one_button_named_in_the_address_left_and_found_again():
    app = press(open_page(), f"{CASE}_collect")
    draft = app.query_params["draft"]
    read = app.button(key=f"{CASE}_read")
    assert read.disabled and read.proto.type == "secondary"  # what comes next is to add files
    assert any("then add its pictures" in caption.value for caption in app.caption)
    press(app, f"{CASE}_drop")  # of an empty one nothing is asked
    assert "draft" not in app.query_params and drafts.find("local", draft) is None
    assert "Resume your collection" not in labels(open_page())


def test_what_was_collected_is_shown_by_class(collect):
    draft = collect(cat=3, **{"<b>&*dog*": 1})
    add(draft, "7.png")
    add(draft, "more.zip", b"x" * 3000)
    add(draft, "1.png", folder="set/test/bird")
    add(draft, "1.png", label="cat", split="test")
    app = open_page(draft=draft)
    [pills] = app.get("button_group")[1:]
    assert [option.content for option in pills.proto.options] == [
        "cat · 3", r"\<b\>\&\*dog\* · 1", "no class yet · 1", r"more\.zip · 3 kB", "bird · 1", "cat · 1 · test only",
    ]  # fmt: skip
    read = app.button(key=f"{CASE}_read")
    assert not read.disabled and read.proto.type == "primary"


def test_single_files_and_whole_classes_are_given_another_class_and_taken_out(collect):
    draft = collect(cat=4, dog=2)
    app = showing(open_page(draft=draft), draft, "/cat")
    field = app.selectbox(key=f"contents_{draft}_class_{draft_files.of(draft)[0].upload}")
    assert field.options == ["dog"] and sum(text.endswith(".png]") for text in said(app)) == 4  # the files by name
    app = sound(field.select("dog").run())
    assert [piece.label for piece in draft_files.of(draft)] == ["dog", "cat", "cat", "cat", "dog", "dog"]
    press(app, f"contents_{draft}_out_{draft_files.of(draft)[1].upload}")
    assert [(piece.name, piece.label) for piece in draft_files.of(draft)][:2] == [("0.png", "dog"), ("2.png", "cat")]
    press(app, f"contents_{draft}_all")
    assert {piece.label for piece in draft_files.of(draft)} == {"dog"} and len(list(paths.uploads().iterdir())) == 3
    showing(app, draft, "/dog")
    draft_files.relabel(draft, [piece.upload for piece in draft_files.of(draft)[1:]], "wolf")
    drafts.read("local", draft)
    assert [part["label"] for part in records.run(draft, "local").parts] == ["dog", "wolf", "wolf"]


def test_reading_waits_for_what_is_still_arriving_is_queued_and_can_be_stopped(collect):
    draft = collect(cat=2, dog=2)
    app = open_page(draft=draft)
    with arrivals.arriving("local", draft):
        press(app, f"{CASE}_read")
        assert status(draft) == "draft" and any("1 file is still" in info.value for info in app.info)
        sound(app.run())
        assert status(draft) == "draft"
        add(draft, "late.png", label="dog")
    sound(app.run())
    run = records.run(draft, "local")
    assert (run.status, run.name, len(run.parts)) == ("queued", "cat, dog", 5)
    assert (app.query_params["read"], "draft" in app.query_params) == (draft, False)
    press(app, f"stop_{draft}")
    assert (app.query_params["draft"], status(draft), len(draft_files.of(draft))) == (draft, "draft", 5)


@pytest.mark.parametrize(("button", "then"), [("hurry", "queued"), ("wait_not", "draft")])
def test_who_does_not_want_to_wait_for_what_arrives_reads_without_it_or_not_at_all(collect, button, then):
    draft = collect(cat=2, dog=2)
    app = open_page(draft=draft)
    with arrivals.arriving("local", draft):
        press(press(app, f"{CASE}_read"), f"{button}_{draft}")
        assert status(draft) == then
    sound(app.run())
    assert status(draft) == then


def test_a_collection_that_could_not_be_read_is_there_again_with_the_reason(collect):
    draft = collect(moss=2)
    drafts.read("local", draft)
    queue.claim_here(draft)
    queue.end(draft, "failed", error=ERROR)
    app = open_page(read=draft)
    assert (app.query_params["draft"], "read" in app.query_params) == (draft, False)
    assert "“moss” holds one class only, “moss”." in app.error[0].value
    assert not app.button(key=f"{CASE}_read").disabled


def test_an_unfinished_collection_is_found_again_left_and_only_deleted_after_a_question(collect):
    draft = collect(cat=1)
    app = press(open_page(), f"{CASE}_unfinished")
    assert app.query_params["draft"] == draft
    press(app, f"{CASE}_back")
    assert "draft" not in app.query_params
    assert {f"{CASE}_collect", f"{CASE}_unfinished"} <= {button.key for button in app.button}
    press(press(app, f"{CASE}_unfinished"), f"{CASE}_drop")
    assert app.button(key=f"drop_really_{draft}").label == "Delete permanently"
    assert app.button(key=f"drop_not_{draft}").label == "Cancel"
    assert drafts.find("local", draft) and len(draft_files.of(draft)) == 1


def test_data_brought_before_are_opened_with_one_click_and_deleted_after_a_question(pictures, zipped):  # noqa: F811
    archives = [(f"set{n}.zip", zipped(f"set{n}.zip", pictures(1, seed=n))) for n in range(5)]
    *_others, fourth, last = [bring(CASE, *archive).dataset for archive in archives]
    app = open_page()
    assert [label for label in labels(app) if label.startswith("**set")] == [f"**set{n}**" for n in (4, 3, 2, 1, 0)]
    assert [expander.label for expander in app.expander] == ["Older data sets (2)"]
    press(app, f"delete_{last}")
    assert app.button(key=f"delete_really_{last}").label == "Delete permanently"
    assert app.button(key=f"delete_not_{last}").label == "Cancel" and dataset_rows.by_id(last, "local")
    assert press(open_page(), f"open_{fourth}").query_params["data"] == fourth


@pytest.fixture
def walls(zipped, pictures):  # noqa: F811
    return bring(CASE, "train.zip", zipped("train.zip", pictures(6, above="walls/train/")))


def test_data_are_called_as_their_folder_where_the_file_says_nothing_and_renamed_where_they_stand(walls):
    assert dataset_rows.by_id(walls.dataset, "local").name == "walls"
    app = open_page(data=walls.dataset)
    app.text_input(key=f"check_name_{walls.dataset}").set_value("Walls of the old town").run()
    assert any("Walls of the old town" in text.value for text in app.markdown)
    app = open_page()
    app.text_input(key=f"known_name_{walls.dataset}").set_value("Walls").run()
    assert app.button(key=f"open_{walls.dataset}").label == "**Walls**"
    assert any("/api/thumbnail?token=" in element.proto.body for element in app.get("html"))


@pytest.mark.slow
def test_more_is_added_to_data_and_becomes_their_next_version(walls, pictures):
    app = open_page(data=walls.dataset)
    app.button(key="image_recognition_more").click().run()
    app.button(key="image_recognition_drop").click().run()  # given up, and the data are there again
    assert (app.query_params["data"], "draft" in app.query_params) == (walls.dataset, False)
    app.button(key="image_recognition_more").click().run()
    draft = app.query_params["draft"]
    assert "data" not in app.query_params and records.run(draft, "local").subject == walls.dataset
    assert any("version 2" in text.value for text in app.caption)
    add(draft, "0.png", pictures(1, seed=5)["moss/000.png"], label="moss")
    app.run()
    app.button(key="image_recognition_read").click().run()
    second = work(draft)
    app = open_page(data=second.dataset)
    assert [box.label for box in app.expander if box.label.startswith("Versions")] == ["Versions (2)"]
    assert "Added: 1 example, from 0\\.png" in [text.value for text in app.caption]
    app.button(key=f"version_{walls.dataset}").click().run()
    assert app.query_params["data"] == walls.dataset
    app.button(key="image_recognition_newest").click().run()
    assert app.query_params["data"] == second.dataset
    for profile in records.run_list("local", kind="profile"):
        lifecycle.forget(profile.id)  # that of the model step, for which there is no agent here
    app = open_page()
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


# What cannot be opened


def test_what_cannot_be_opened_is_read_again_from_what_was_brought():
    run = bring("recommendation", "had.csv", HAD)
    folder, row = paths.datasets() / run.dataset, dataset_rows.by_id(run.dataset, "local")
    facts = json.loads((folder / "facts.json").read_text())
    foreign = json.dumps(facts | {"case": "text_analysis"})  # as when one content was read once for all cases
    harms = ("interactions.parquet", None), ("samples.parquet", b"no table"), ("facts.json", b"{")
    for name, content in (*harms, ("facts.json", foreign.encode())):
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
        known = {"owner": "local", "case": "recommendation", "name": "train"}
        rows = {
            "datasets": {**known, "id": "d1", "sample": 0, "created": 5.0},
            "runs": {**known, "id": "r1", "kind": "fine_tune", "dataset": "d1", "settings": {}, "launcher": "local",
                     "status": "stopped", "attempt": 1, "created": 6.0},
            "edits": {"owner": "local", "dataset": "d1", "sample": 2, "label": "A title", "created": 7.0},
        }  # fmt: skip
        for name, values in rows.items():
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
