"""Step 3 as a person meets it: what can be set, what it is said to take, and what a start then does."""

from __future__ import annotations

import socket

import pytest
from opened_pages import dataset, image_page, open_page, said, sound  # noqa: F401  fixtures

import cases
from cases.classification import hyperparameters
from cases.settings import as_json
from models.errors import InputError
from pages.shared import durations
from pages.steps.model import settings_form
from runs.jobs import profile
from runs.store import edits, queue, records
from runs.worker.launchers import torchrun

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


def test_before_anything_is_measured_the_page_says_so_and_can_start(open_page, dataset):  # noqa: F811
    app = image_page(open_page, data="d1")
    assert "Measuring time and memory on this machine; no need to wait." in said(app)
    assert not start(app).disabled


def test_the_step_is_there_in_chinese(open_page, dataset):  # noqa: F811
    measure(dataset)
    app = image_page(open_page, data="d1", locale="zh-CN")
    [told] = [text for text in said(app) if text.startswith("预计用时：**")]
    assert told.startswith(
        "预计用时：**2 分钟**。准备：10 秒，训练：2 分钟，评估：1 秒以内，打包：4 秒 · 内存 1.1 / 24 GB"
    )
    assert "开始微调" in [button.label for button in app.button]


def test_what_was_measured_is_told(open_page, dataset):  # noqa: F811
    measure(dataset)
    app = image_page(open_page, data="d1")
    [told] = [text for text in said(app) if text.startswith("About **")]
    # 14 to train, 2 to validate, 2 to test in three classes; thirty epochs of one step
    assert told.startswith("About **2 min**: 10 s to prepare, 2 min to train, under 1 s to evaluate, 4 s to export · "
                           "1.1 of ")  # fmt: skip


@pytest.mark.parametrize(("seconds", "told"), [
    ((10, 100, 0.4, 4), ["2 min", "10 s", "2 min", "under 1 s", "4 s"]),
    ((100, 100, 100, 0.2), ["5 min", "1 min", "2 min", "2 min", "under 1 s"]),
    ((0.9, 10.4, 20.3, 3.0), ["35 s", "under 1 s", "11 s", "21 s", "3 s"]),
    ((89.6, 0.1, 0.1, 0.1), ["90 s", "90 s", "under 1 s", "under 1 s", "under 1 s"]),
    ((5600, 5600, 5600, 60), ["4.7 h", "1.5 h", "1.6 h", "1.6 h", "60 s"]),
    ((0.4, 0.4, 0.4, 0.4), ["2 s", *["under 1 s"] * 4]),
])  # fmt: skip
def test_the_phases_that_are_told_add_up_to_the_sum_that_is_told(seconds, told):
    whole, phases = durations.phases(dict(zip(["prepare", "train", "evaluate", "export"], seconds, strict=True)))
    assert [whole, *phases.values()] == told


def test_where_training_may_stop_early_the_time_is_a_range(open_page, dataset):  # noqa: F811
    measure(dataset)
    app = image_page(open_page, data="d1")
    sound(app.number_input(key=KEY.format("patience")).set_value(4).run())
    [told] = [text for text in said(app) if text.startswith("About **")]
    assert told.startswith("About **38 s to 2 min**: ")  # five epochs of 4 s, or thirty


def place(block, label):
    """Where an expander stands, by the numbers of what holds it: a browser closes one whose place has changed."""
    for number, one in block.children.items():
        if getattr(one, "label", None) == label and one.type == "expander":
            return [number]
        if getattr(one, "children", None) and (below := place(one, label)):
            return [number, *below]
    return []


def test_what_is_offered_above_the_hyperparameters_leaves_them_their_place(open_page, dataset):  # noqa: F811
    before = place(image_page(open_page, data="d1").main, "Hyperparameters")
    measure(dataset)
    measure(dataset, mode="full")
    app = image_page(open_page, data="d1")
    assert any(one.label.startswith("Use “") for one in app.button)
    assert before and place(app.main, "Hyperparameters") == before


@pytest.mark.parametrize(("few", "mode", "told"), [
    (50, "full", "Full fine-tuning"),  # six examples a class
    (6, "last_blocks", "Last blocks"),
])  # fmt: skip
def test_more_of_the_network_is_recommended_where_it_takes_no_longer_than_a_person_waits(
    open_page, dataset, monkeypatch, few, mode, told  # noqa: F811
):  # fmt: skip
    monkeypatch.setattr(hyperparameters, "FEW", few)
    measure(dataset)
    app = image_page(open_page, data="d1")
    assert len(records.run_list("local", kind="profile")) == 2  # what it would take is measured beside the page
    assert not any(one.label.startswith("Use “") for one in app.button)
    measure(dataset, mode=mode)
    app = image_page(open_page, data="d1")
    [button] = [one for one in app.button if one.label == f"Use “{told}”"]
    assert any(text.startswith("About") and "head alone is kept" in text for text in said(app))
    app = sound(button.click().run())
    assert app.selectbox(key=KEY.format("mode")).value == mode
    assert not any(one.label.startswith("Use “") for one in app.button)  # once it is chosen nothing larger is


def test_what_takes_too_long_is_not_recommended(open_page, dataset, monkeypatch):  # noqa: F811
    monkeypatch.setattr("pages.steps.model.larger.PATIENCE", 1.0)
    measure(dataset)
    measure(dataset, mode="full")
    assert not any(one.label.startswith("Use “") for one in image_page(open_page, data="d1").button)


def test_what_could_not_be_profiled_is_explained(open_page, dataset):  # noqa: F811
    measure(dataset, "failed")
    told = said(image_page(open_page, data="d1"))
    assert "The model in “x” could not be built. A picture model is needed. Choose another model." in told


def test_a_model_that_must_be_downloaded_is_not_profiled(open_page, dataset):  # noqa: F811
    app = image_page(open_page, data="d1")
    sound(app.text_input(key=f"typed_{KEY.format('model')}").set_value(" timm/resnet18.a1_in1k ").run())
    assert "The model downloads at the start; time and memory are measured afterwards." in said(app)
    sound(start(app).click().run())
    [run] = records.run_list("local")
    assert run.settings["model"] == "timm/resnet18.a1_in1k"


def test_settings_without_effect_cannot_be_touched(open_page, dataset):  # noqa: F811
    app = image_page(open_page, data="d1")

    def idle():
        fields = [*app.number_input, *app.selectbox]
        return {field.label for field in fields if field.disabled}

    assert idle() == {"Last blocks", "LoRA rank", "LoRA alpha", "LoRA dropout", "Layer-wise decay", "Focal gamma",
                      "Contrastive loss", "Augmentation", "Activation function", "Group by"}  # fmt: skip
    augmentation = app.selectbox(key=KEY.format("augmentation"))
    assert augmentation.help.startswith("Not with “Head only”")
    app.selectbox(key=KEY.format("mode")).select("lora")
    app.selectbox(key=KEY.format("loss")).select("focal")
    sound(app.number_input(key=KEY.format("hidden")).set_value(16).run())
    assert idle() == {"Last blocks", "Layer-wise decay", "Final fit", "Augmented views", "Group by"}


def test_a_head_learns_from_augmented_views_only_with_an_augmentation_and_this_can_then_be_chosen(open_page, dataset):  # noqa: F811
    app = image_page(open_page, data="d1")
    sound(app.number_input(key=KEY.format("augmented_views")).set_value(4).run())
    assert not app.selectbox(key=KEY.format("augmentation")).disabled
    sound(app.selectbox(key=KEY.format("augmentation")).select("none").run())
    [views] = [field for field in app.number_input if field.label == "Augmented views"]
    assert views.disabled and views.help.startswith("Only with an augmentation.")
    assert not app.selectbox(key=KEY.format("augmentation")).disabled


def test_with_the_final_fit_what_only_training_heeds_cannot_be_touched_and_says_why(open_page, dataset):  # noqa: F811
    app = image_page(open_page, data="d1")

    def idle():
        return {field.key for field in [*app.number_input, *app.selectbox] if field.disabled}

    before = idle()
    sound(app.selectbox(key=KEY.format("final_fit")).select("cross_validated").run())
    trained = ("epochs", "batch_size", "learning_rate", "schedule", "optimizer", "weight_decay", "label_smoothing",
               "patience", "dropout")  # fmt: skip
    assert idle() - before == {KEY.format(name) for name in trained}
    assert app.number_input(key=KEY.format("epochs")).help.startswith("No effect while the final fit is on")
    app.number_input(key=KEY.format("hidden")).set_value(8).run()
    final_fit = KEY.format("final_fit") + "_off"
    assert idle() == before - {KEY.format("activation")} | {final_fit}
    assert app.selectbox(key=final_fit).help.startswith("Only for a head without a hidden layer.")
    assert app.selectbox(key=final_fit).options == ["Off"] and not any("Final fit: On" in text for text in said(app))
    app.number_input(key=KEY.format("hidden")).set_value(0).run()
    assert app.selectbox(key=KEY.format("final_fit")).value == "cross_validated"  # the choice itself is kept


def test_empty_fields_say_what_they_stand_for(open_page, dataset):  # noqa: F811
    app = image_page(open_page, data="d1")
    few = "automatic: 80"  # so few examples make one update an epoch
    for mode, epochs in (("head", "automatic: 30"), ("full", few)):
        sound(app.selectbox(key=KEY.format("mode")).select(mode).run())
        assert app.number_input(key=KEY.format("epochs")).placeholder == epochs


def test_what_was_typed_and_pinned_goes_into_the_run(open_page, dataset):  # noqa: F811
    app = image_page(open_page, data="d1", pins="3,1,3,x")
    sound(app.selectbox(key=KEY.format("mode")).select("lora").run())
    app.number_input(key=KEY.format("rank")).set_value(4)
    sound(start(app).click().run())
    [run] = records.run_list("local")
    assert run.settings == as_json(cases.get("image_recognition").Settings(mode="lora", rank=4, probes=(3, 1)))


def test_data_that_are_not_ready_cannot_be_started(open_page, dataset):  # noqa: F811
    for row, label in dataset.samples["label"].items():
        if label != "moss":
            edits.add("local", "d1", row, None)
    app = image_page(open_page, data="d1")
    assert start(app).disabled
    assert "The data is not ready; see step 2." in said(app)


def test_beside_a_run_the_form_stays_folded_until_it_is_asked_for(open_page, dataset):  # noqa: F811
    settings = as_json(cases.get("image_recognition").Settings(mode="full", epochs=3))
    run = records.create_run("local", "fine_tune", "image_recognition", "noise", dataset="d1", settings=settings)
    app = image_page(open_page, run=run)
    assert "Start fine-tuning" not in [button.label for button in app.button]


def test_a_refusal_names_the_setting_as_the_form_does():
    case = cases.get("image_recognition")
    with pytest.raises(InputError) as refused:
        case.Settings(epochs=2.5)
    assert str(refused.value) == (
        "The setting “epochs” was given as “2.5”. “epochs” must be a whole number. Correct it and start again."
    )
    assert str(settings_form.with_label(case, refused.value)) == (
        "The setting “Epochs” was given as “2.5”. “Epochs” must be a whole number. Correct it and start again."
    )
    with pytest.raises(InputError) as refused:
        case.Settings(mode="adaptors")
    assert "“Trainable part” must be one of: Head only, Last blocks, LoRA, Full fine-tuning." in str(
        settings_form.with_label(case, refused.value)
    )


def test_how_many_processes_train_together_is_asked_where_a_host_has_several(open_page, dataset, monkeypatch):  # noqa: F811
    asked = lambda app: [field for field in app.number_input if field.label == "Processes"]  # noqa: E731
    assert not asked(image_page(open_page, data="d1"))
    monkeypatch.setattr(torchrun, "most", lambda: 2)
    app = image_page(open_page, data="d1")
    [field] = asked(app)
    assert (field.value, field.max, field.disabled) == (1, 2, True) and field.help.startswith("Not with “Head only”.")
    sound(app.selectbox(key=KEY.format("mode")).select("full").run())
    sound(asked(app)[0].set_value(2).run())
    sound(start(app).click().run())
    [run] = records.run_list("local")
    assert (run.processes, run.launcher, run.settings["mode"]) == (2, "torchrun", "full")


def test_a_head_alone_trains_in_one_process_whatever_was_chosen(open_page, dataset, monkeypatch):  # noqa: F811
    monkeypatch.setattr(torchrun, "most", lambda: 2)
    app = image_page(open_page, data="d1")
    sound(app.selectbox(key=KEY.format("mode")).select("full").run())
    sound(app.number_input(key=KEY.format("processes")).set_value(2).run())
    sound(app.selectbox(key=KEY.format("mode")).select("head").run())
    sound(start(app).click().run())
    [run] = records.run_list("local")
    assert (run.processes, run.launcher) == (1, "local")


@pytest.mark.parametrize(("on_card", "needed"), [(True, int), (False, type(None))])
def test_a_run_says_what_it_needs_of_a_card_where_that_was_measured_on_one(open_page, dataset, on_card, needed):  # noqa: F811
    measure(dataset, measured={**MEASURED, "on_card": on_card})
    sound(start(image_page(open_page, data="d1")).click().run())
    [run] = records.run_list("local")
    assert isinstance(run.gpu_memory, needed) and (run.gpu_memory is None or run.gpu_memory > 1000)
