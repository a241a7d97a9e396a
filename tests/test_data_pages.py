"""Data on the page: a name, versions, more files, and texts without classes."""

from __future__ import annotations

import pytest
from test_reading_again import HAD, open_page  # noqa: F401
from test_versions import bring, done, work, zipped  # noqa: F401

import cases
from cases.settings import as_json
from runs import paths
from runs.jobs import clustering, data_import
from runs.store import dataset_deletion, dataset_rows, lifecycle, records, upload_rows
from runs.uploads import draft_files, drafts
from runs.uploads.draft_files import DraftFile


@pytest.fixture
def walls(zipped, pictures):  # noqa: F811
    return bring("image_recognition", "train.zip", zipped("train.zip", pictures(6, above="walls/train/")))


def test_data_are_called_as_their_folder_where_the_file_says_nothing(walls, zipped, pictures, zip_of):  # noqa: F811
    assert dataset_rows.by_id(walls.dataset, "local").name == "walls"
    bare = bring("image_recognition", "data.zip", zipped("data.zip", pictures(5)))
    assert dataset_rows.by_id(bare.dataset, "local").name == "moss, rust, slate"


def test_data_are_renamed_where_they_stand(open_page, walls):  # noqa: F811
    app = open_page("image_recognition.py", data=walls.dataset)
    app.text_input(key=f"check_name_{walls.dataset}").set_value("Walls of the old town").run()
    assert any("Walls of the old town" in text.value for text in app.markdown)
    app = open_page("image_recognition.py")
    app.text_input(key=f"known_name_{walls.dataset}").set_value("Walls").run()
    assert app.button(key=f"open_{walls.dataset}").label == "**Walls**"
    assert any("/api/thumbnail?token=" in element.proto.body for element in app.get("html"))


def test_more_is_added_to_data_and_becomes_their_next_version(open_page, walls, pictures):  # noqa: F811
    app = open_page("image_recognition.py", data=walls.dataset)
    app.button(key="image_recognition_more").click().run()
    draft = app.query_params["draft"]
    assert "data" not in app.query_params and records.run(draft, "local").subject == walls.dataset
    assert any("version 2" in text.value for text in app.caption)
    upload = records.new_id()
    path = paths.uploads() / upload
    path.write_bytes(pictures(1, seed=5)["moss/000.png"])
    upload_rows.add("local", upload, "0.png", path.stat().st_size, data_import.sha256_of(path))
    draft_files.add(draft, DraftFile(upload, "0.png", path.stat().st_size, "moss"))
    app.run()
    app.button(key="image_recognition_read").click().run()
    second = work(draft)
    app = open_page("image_recognition.py", data=second.dataset)
    assert [box.label for box in app.expander if box.label.startswith("Versions")] == ["Versions (2)"]
    assert "Added: 1 example, from 0\\.png" in [text.value for text in app.caption]
    app.button(key=f"version_{walls.dataset}").click().run()
    assert app.query_params["data"] == walls.dataset
    app.button(key="image_recognition_newest").click().run()
    assert app.query_params["data"] == second.dataset
    for profile in records.run_list("local", kind="profile"):
        lifecycle.forget(profile.id)  # that of the model step, for which there is no agent here
    app = open_page("image_recognition.py")
    app.button(key=f"delete_{second.dataset}").click().run()
    assert any("its 2 versions" in text.value for text in app.markdown)
    assert app.button(key=f"delete_really_{second.dataset}").label == "Delete permanently"
    dataset_deletion.remove_all("local", [walls.dataset, second.dataset])
    assert dataset_rows.newest("local", "image_recognition") == []
    assert not (paths.datasets() / walls.dataset).exists()


def test_a_collection_that_adds_is_given_up_and_the_data_are_there_again(open_page, walls):  # noqa: F811
    app = open_page("image_recognition.py", data=walls.dataset)
    app.button(key="image_recognition_more").click().run()
    app.button(key="image_recognition_drop").click().run()
    assert (app.query_params["data"], "draft" in app.query_params) == (walls.dataset, False)


def test_data_that_grew_begin_with_the_split_of_their_earlier_version(open_page, walls, zipped, pictures):  # noqa: F811
    records.create_run("local", "fine_tune", "image_recognition", "walls", dataset=walls.dataset,
                       settings=as_json(cases.get("image_recognition").Settings(validation=0.2, test=0.3)))  # fmt: skip
    second = done(bring("image_recognition", "more.zip", zipped("more.zip", pictures(4, seed=1)), walls.dataset))
    app = open_page("image_recognition.py", data=second.digest)
    assert app.number_input(key="image_recognition_split_test_").value == 0.3


@pytest.mark.usefixtures("tokens_at_hand")
def test_texts_without_classes_are_one_click_from_their_groups(open_page):  # noqa: F811
    lines = "\n".join(f"a line that nobody gave a class, number {n}" for n in range(30))
    failed = bring("text_analysis", "thoughts.txt", lines)
    assert failed.status == "failed"
    app = open_page("text_analysis.py", read=failed.id)
    app.button(key=f"cluster_{failed.id}").click().run()
    job = records.run(app.query_params["groups"], "local")
    assert (job.kind, job.name, len(job.parts)) == ("cluster", "thoughts.txt", 1)
    assert drafts.find("local", failed.id) is None
    assert (paths.uploads() / job.parts[0]["upload"]).read_text() == lines


@pytest.mark.usefixtures("tokens_at_hand")
def test_a_file_that_comes_alone_offers_its_groups_too(open_page):  # noqa: F811
    upload = records.new_id()
    path = paths.uploads() / upload
    path.write_text("text\n" + "\n".join(f"a line without a class {n}" for n in range(30)))
    upload_rows.add("local", upload, "thoughts.csv", path.stat().st_size, data_import.sha256_of(path))
    run = records.create_run("local", "read", "text_analysis", "thoughts.csv", parts=[{"upload": upload, "split": ""}])
    assert work(run).status == "failed"
    app = open_page("text_analysis.py", read=run)
    assert app.button(key=f"cluster_{run}")


def test_groups_are_found_in_all_files_of_a_collection():
    draft = drafts.begin("local", "text_analysis")
    for number in range(2):
        upload = records.new_id()
        (paths.uploads() / upload).write_text(f"text {number}")
        upload_rows.add("local", upload, f"{number}.txt", 6, str(number))
        draft_files.add(draft, DraftFile(upload, f"{number}.txt", 6))
    job = records.run(clustering.begin(records.run(draft, "local")), "local")
    assert (job.name, len(job.parts)) == ("0.txt, 1.txt", 2)
    assert records.run(draft, "local") is None and len(list(paths.uploads().iterdir())) == 2
