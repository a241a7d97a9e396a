"""Step 3 as a person meets it: what can be set, what it is said to take, and what a start then does."""

from __future__ import annotations

import socket

import pytest
from opened_pages import create, dataset, image_page, open_page, said, sound

import cases
from cases.classification import hyperparameters
from cases.settings import as_json
from models.errors import InputError
from pages.steps.model import settings_form
from runs.jobs import profile
from runs.store import edits, queue, records
from runs.worker.launchers import torchrun

__all__ = ["dataset", "open_page"]  # fixtures

PACE = dict(build=1, prepare=0.5, choose=0, start=2, step=0.5, item=0.01, look=0.2, epoch=3, judge=0, evaluate=0.2,
            pack=4, packed=0, base_mb=1000, state_mb=30, item_mb=4, looking_mb=0, copy_mb=0, pack_mb=0,
            mapped_mb=0, sample_mb=0.5)  # fmt: skip
MEASURED = {
    "pace": PACE, "per_second": 64.2, "device": "CPU", "device_mb": 24_576.0,
    "views": [["view-1-0.webp", "view-1-1.webp"]], "busy": False,
    "body": {"size": 64, "width": 96, "blocks": [[100, 0], [200, 8]]},
}  # fmt: skip
KEY = "image_recognition_{}_"


@pytest.fixture(autouse=True)
def one_process(monkeypatch):
    """Whatever this machine has."""
    monkeypatch.setattr(torchrun, "most", lambda: 1)


def start(app):
    return next(button for button in app.button if button.label == "Start fine-tuning")


def put(app, **values):
    """The form once these were chosen together."""
    for name, value in values.items():
        fields = app.selectbox if isinstance(value, str) else app.number_input
        fields(key=KEY.format(name)).set_value(value)
    return sound(app.run())


def started(app):
    """The run that a press starts."""
    sound(start(app).click().run())
    return records.run_list("local")[0]


def measure(data, status="done", measured=MEASURED, **chosen):
    """A profile of these settings that is over."""
    case = cases.get("image_recognition")
    asked = as_json(case.Settings(**chosen))
    subject = profile.subject(case, data, asked, prepared=False)
    identity = profile.ask("local", case, data, asked, subject)
    queue.claim_here(identity)
    error = InputError(found="The model in “{folder}” could not be built.", expected="A picture model is needed.",
                       remedy="Choose another model.", folder="x")  # fmt: skip
    outcomes = {"done": {"result": {**measured, "host": socket.gethostname()}}, "failed": {"error": error.as_json()}}
    queue.end(identity, status, **outcomes[status])


def test_what_a_training_takes_is_told_once_it_was_measured(open_page, dataset):
    app = image_page(open_page, data="d1")
    assert "Measuring time and memory on this machine; no need to wait." in said(app)
    assert not start(app).disabled and "Processes" not in {field.label for field in app.number_input}
    measure(dataset)
    app = image_page(open_page, data="d1")
    [told] = [text for text in said(app) if text.startswith("About **")]
    # 14 to train, 2 to validate, 2 to test in three classes; thirty epochs of one step
    assert told.startswith("About **2 min**: 10 s to prepare, 2 min to train, under 1 s to evaluate, 4 s to export · "
                           "1.1 of ")  # fmt: skip
    [told] = [text for text in said(put(app, patience=4)) if text.startswith("About **")]
    assert told.startswith("About **38 s to 2 min**: ")  # it may stop early: five epochs of 4 s, or thirty
    app = image_page(open_page, data="d1", locale="zh-CN")
    [told] = [text for text in said(app) if text.startswith("预计用时：**")]
    assert "准备：10 秒" in told and "内存 1.1 / 24 GB" in told
    assert "开始微调" in [button.label for button in app.button]


def place(block, label):
    """Where an expander stands, by the numbers of what holds it: a browser closes one whose place has changed."""
    for number, one in block.children.items():
        if getattr(one, "label", None) == label and one.type == "expander":
            return [number]
        if getattr(one, "children", None) and (below := place(one, label)):
            return [number, *below]
    return []


@pytest.mark.parametrize(("few", "mode", "told"), [
    (50, "full", "Full fine-tuning"),  # six examples a class
    (6, "last_blocks", "Last blocks"),
])  # fmt: skip
def test_more_of_the_network_is_recommended_where_it_takes_no_longer_than_a_person_waits(
    open_page, dataset, monkeypatch, few, mode, told
):
    monkeypatch.setattr(hyperparameters, "FEW", few)
    measure(dataset)
    app = image_page(open_page, data="d1")
    asked = [run.settings["mode"] for run in records.run_list("local", kind="profile") if run.status == "queued"]
    assert asked == [mode]  # what it would take is measured beside the page
    assert not any(one.label.startswith("Use “") for one in app.button)
    before = place(app.main, "Hyperparameters")
    measure(dataset, mode=mode)
    app = image_page(open_page, data="d1")
    [button] = [one for one in app.button if one.label == f"Use “{told}”"]
    assert before and place(app.main, "Hyperparameters") == before
    assert any(text.startswith("About") and "head alone is kept" in text for text in said(app))
    app = sound(button.click().run())
    assert app.selectbox(key=KEY.format("mode")).value == mode
    assert not any(one.label.startswith("Use “") for one in app.button)  # once it is chosen nothing larger is


def test_settings_without_effect_cannot_be_touched_and_empty_fields_say_what_they_stand_for(open_page, dataset):
    app = image_page(open_page, data="d1")

    def idle():
        fields = [*app.number_input, *app.selectbox]
        return {field.label for field in fields if field.disabled}

    assert idle() == {"Last blocks", "LoRA rank", "LoRA alpha", "LoRA dropout", "Layer-wise decay", "Focal gamma",
                      "Contrastive loss", "Augmentation", "Activation function", "Group by"}  # fmt: skip
    augmentation = app.selectbox(key=KEY.format("augmentation"))
    assert augmentation.help.startswith("Not with “Head only”")
    assert app.number_input(key=KEY.format("epochs")).placeholder == "automatic: 30"  # what an empty field stands for
    put(app, augmented_views=4)  # of which a head learns with an augmentation, which can then be chosen
    assert not app.selectbox(key=KEY.format("augmentation")).disabled
    put(app, augmentation="none")
    [views] = [field for field in app.number_input if field.label == "Augmented views"]
    assert views.disabled and views.help.startswith("Only with an augmentation.")
    assert not app.selectbox(key=KEY.format("augmentation")).disabled
    put(put(app, augmentation="crop_flip"), augmented_views=0, mode="full")
    assert app.number_input(key=KEY.format("epochs")).placeholder == "automatic: 80"  # few make one update an epoch
    put(app, mode="lora", loss="focal", hidden=16)
    assert idle() == {"Last blocks", "Layer-wise decay", "Final fit", "Augmented views", "Group by"}


def test_with_the_final_fit_what_only_training_heeds_cannot_be_touched_and_says_why(open_page, dataset):
    app = image_page(open_page, data="d1")

    def idle():
        return {field.key for field in [*app.number_input, *app.selectbox] if field.disabled}

    before = idle()
    put(app, final_fit="cross_validated")
    trained = ("epochs", "batch_size", "learning_rate", "schedule", "optimizer", "weight_decay", "label_smoothing",
               "patience", "dropout")  # fmt: skip
    assert idle() - before == {KEY.format(name) for name in trained}
    assert app.number_input(key=KEY.format("epochs")).help.startswith("No effect while the final fit is on")
    put(app, hidden=8)
    final_fit = KEY.format("final_fit") + "_off"
    assert idle() == before - {KEY.format("activation")} | {final_fit}
    assert app.selectbox(key=final_fit).help.startswith("Only for a head without a hidden layer.")
    assert app.selectbox(key=final_fit).options == ["Off"] and not any("Final fit: On" in text for text in said(app))
    put(app, hidden=0)
    assert app.selectbox(key=KEY.format("final_fit")).value == "cross_validated"  # the choice itself is kept


def test_what_was_typed_and_pinned_goes_into_the_run(open_page, dataset):
    measure(dataset, measured={**MEASURED, "on_card": False}, mode="lora", rank=4)
    app = image_page(open_page, data="d1", pins="3,1,3,x")
    run = started(put(put(app, mode="lora"), rank=4))
    assert run.settings == as_json(cases.get("image_recognition").Settings(mode="lora", rank=4, probes=(3, 1)))
    assert run.gpu_memory is None


def test_data_that_are_not_ready_cannot_be_started_and_beside_a_run_the_form_is_folded(open_page, dataset):
    app = image_page(open_page, run=create())
    assert "Start fine-tuning" not in [button.label for button in app.button]
    edits.add_all("local", "d1", dict.fromkeys(dataset.samples.index[dataset.samples["label"] != "moss"].tolist()))
    app = image_page(open_page, data="d1")
    assert start(app).disabled
    assert "The data is not ready; see step 2." in said(app)


def test_a_refusal_names_the_setting_as_the_form_does():
    case = cases.get("image_recognition")
    with pytest.raises(InputError) as refused:
        case.Settings(epochs=2.5)
    told = "The setting “{0}” was given as “2.5”. “{0}” must be a whole number."
    assert str(refused.value).startswith(told.format("epochs"))
    assert str(settings_form.with_label(case, refused.value)).startswith(told.format("Epochs"))
    with pytest.raises(InputError) as refused:
        case.Settings(mode="adaptors")
    assert "“Trainable part” must be one of: Head only, Last blocks, LoRA, Full fine-tuning." in str(
        settings_form.with_label(case, refused.value)
    )


@pytest.mark.slow
def test_how_many_processes_train_together_is_asked_where_a_host_has_several(open_page, dataset, monkeypatch):
    monkeypatch.setattr(torchrun, "most", lambda: 2)
    app = image_page(open_page, data="d1")
    [field] = [field for field in app.number_input if field.label == "Processes"]
    assert (field.value, field.max, field.disabled) == (1, 2, True) and field.help.startswith("Not with “Head only”.")
    run = started(put(put(app, mode="full"), processes=2))
    assert (run.processes, run.launcher, run.settings["mode"]) == (2, "torchrun", "full")
    app = put(put(image_page(open_page, data="d1"), mode="full"), processes=2)
    run = started(put(app, mode="head"))  # which trains in one, whatever was chosen
    assert (run.processes, run.launcher) == (1, "local")


def test_a_run_says_what_it_needs_of_a_card_where_that_was_measured_on_one(open_page, dataset):
    measure(dataset, measured={**MEASURED, "on_card": True})
    assert started(image_page(open_page, data="d1")).gpu_memory > 1000
