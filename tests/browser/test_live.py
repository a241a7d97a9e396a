"""A run is watched: what moves, and what must not."""

from __future__ import annotations

import json
import re

import pytest
from opened_pages import RESULT
from playwright.sync_api import expect
from test_webhooks import receiver

import cases
from cases.settings import as_json
from runs.language import say
from runs.store import metric_rows, queue, records, webhooks

from . import bringing, steps

EPOCHS, STEPS = 50, 10  # of the run, and points of the training curve in each epoch

# A page's own record of what the browser was asked to show: a headless one shows nothing, and gives no leave to.
HEARD = """(() => {
  window.told = []
  const Real = window.Notification
  window.Notification = class extends Real {
    static permission = sessionStorage.permission ?? 'denied'
    static async requestPermission() {
      return (this.permission = 'granted')
    }
    constructor(title, more) {
      super(title, more)
      window.told.push(more.body)
    }
  }
})()"""
LEFT = """() => {
  Object.defineProperty(document, 'hidden', { get: () => true })
  document.dispatchEvent(new Event('visibilitychange'))
}"""


class Training:
    """A run that this process trains by saying so: its curves grow when a test wants it."""

    def __init__(self, data, status):
        chosen = as_json(cases.get("image_recognition").Settings(epochs=EPOCHS))
        self.id = records.create_run("local", "fine_tune", "image_recognition", "told", dataset=data.rpartition("=")[2],
                                     settings=chosen, edits={}, status=status)  # fmt: skip
        self.address, self.epoch, self.written = f"/image_recognition?run={self.id}", 0, 0

    def write(self, split, step, values):
        self.written += 1
        metric_rows.add([{"run": self.id, "split": split, "step": step, "written": self.written, "values": values}])

    def begin(self, epochs):
        queue.claim_here(self.id)
        queue.beat(self.id, phase="training", facts={"live_references": {"frozen_features": 0.6, "majority": 0.1}})
        self.watched(0)
        self.learn(epochs)
        return self

    def learn(self, epochs=1):
        """So many more epochs; the loss of validation is the lowest after the second one."""
        for _ in range(epochs):
            for step in range(1, STEPS + 1):
                epoch = self.epoch + step / STEPS
                self.write("train", self.epoch * STEPS + step, {"epoch": epoch, "loss": 2 / (1 + epoch)})
            self.epoch += 1
            values = {"epoch": self.epoch, "loss": 1 + abs(self.epoch - 2) / 10, "accuracy": 1 - 0.5**self.epoch}
            self.write("validation", self.epoch * STEPS, values)
            self.watched(self.epoch)
        done, total = self.epoch * STEPS, EPOCHS * STEPS
        told = {"what": "training", "done": done, "total": total, "epoch": self.epoch, "epochs": EPOCHS}
        queue.beat(self.id, progress={**told, "rate": 1.0, "eta": float(total - done)})

    def watched(self, epoch):
        share = 1 - 0.9 / (1 + epoch)
        items = [{"row": row, "part": "validation", "label": "0", "top": [["0", share], ["1", 1 - share]],
                  "right": share} for row in range(8)]  # fmt: skip
        self.write("probes", epoch * STEPS, {"epoch": epoch, "items": items})


@pytest.fixture
def told(server, data, monkeypatch):
    """A run in its training, three epochs of which are over."""
    monkeypatch.setenv("CASEBOOK_HOME", str(server.home))
    made = Training(data, "running").begin(epochs=3)
    yield made
    queue.end(made.id, "stopped")


@pytest.fixture
def queued(told, data):
    """A run that no agent takes, for the one before it has the only place."""
    made = Training(data, "queued")
    yield made
    queue.end(made.id, "stopped")


def is_below(found):
    """Whether a legend begins below the curves, and ends within its figure."""
    if not all(found):
        return False
    (_top, curves), (top, end), (_start, whole) = [(box["y"], box["y"] + box["height"]) for box in found]
    return curves <= top and end <= whole + 1


def test_every_browser_shows_the_whole_run_a_zoom_stays_while_points_come_in_and_nothing_lies_over_them(visit, told):
    page, other = visit(told.address), visit(told.address, locale="zh-CN")
    steps.points(page, at_least=3 * STEPS)
    before = steps.curve(page)
    page.reload()
    for shown in (page, other):
        assert steps.points(shown, at_least=len(before)) == len(before)
        assert steps.curve(shown) == before
    expect(page.locator(".cb-live-best")).to_contain_text("Lowest validation loss so far: epoch 2")
    page.wait_for_function(f"document.querySelector('{steps.LOSS}').layout.shapes[0]?.x0 === 2")  # a line stands there
    chip, left = page.locator(".st-key-run_header .cb-chip"), page.locator(".cb-live [data-say=left]")
    expect(chip).to_have_text(re.compile(r"^Running.* left$"))
    steps.comes(page, lambda: (chip.inner_text(), left.inner_text()), lambda found: found[0].endswith(found[1]))

    figure = page.locator('[data-chart="metric"]')
    figure.hover()
    buttons, area = (figure.locator(place).first for place in (".modebar", ".nsewdrag"))
    steps.comes(page, lambda: (buttons.bounding_box(), area.bounding_box()),
                lambda found: all(found) and found[0]["y"] + found[0]["height"] <= found[1]["y"])  # fmt: skip
    legend = figure.locator(".infolayer > .legend")
    expect(legend).to_contain_text("Linear probe, validation")
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        steps.comes(page, lambda: tuple(one.bounding_box() for one in (area, legend, figure)), is_below)
    expect(figure.locator(".shape-label")).to_have_count(0)

    shown, node = steps.drag_zoom(page), page.query_selector(steps.LOSS)
    steps.choose_language(page, "简体中文")
    expect(page.locator('.cb-live [data-say="status"]')).to_have_text("运行中")
    expect(page.get_by_role("heading", name=f"4 · {say('zh', 'Fine-tune')}")).to_be_visible()
    told.learn()
    steps.points(page, at_least=len(before) + STEPS)
    assert steps.zoom(page) == shown
    assert node.evaluate("(node, place) => node === document.querySelector(place)", steps.LOSS)


def test_what_the_network_says_of_eight_items_moves_and_the_end_is_told_to_who_left_the_tab_and_to_a_webhook(
    visit, told
):
    blocked = "This browser blocks notifications of this site."
    page = visit(told.address)
    page.add_init_script(HEARD)
    page.reload()
    expect(page.get_by_text(blocked)).to_be_visible()
    page.evaluate("localStorage.setItem('casebook-notify-refused', 'another run')")
    page.reload()
    items, slider = page.locator(".cb-probe"), page.get_by_role("slider", name="Epoch")
    at = page.locator(".cb-live-probes output")
    expect(items).to_have_count(8)
    page.wait_for_function("[...document.querySelectorAll('.cb-probe img')].filter((p) => p.naturalWidth).length === 8")
    expect(page.get_by_text(blocked)).to_have_count(0)  # it was told of one run
    expect(at).to_have_text("After epoch 3")
    shares = items.nth(0).locator(".cb-probe-bars b")
    expect(shares).to_have_text(["77.5%", "22.5%"])
    slider.fill("0")
    expect(at).to_have_text("Before training")
    expect(shares).to_have_text(["10%", "90%"])
    told.learn()
    expect(slider).to_have_attribute("max", "4")
    expect(at).to_have_text("Before training")  # it stays where it was put
    slider.fill("4")
    expect(at).to_have_text("After epoch 4")

    page.evaluate("sessionStorage.permission = 'default'")
    page.reload()
    button = page.get_by_role("button", name="Notify me in this browser")
    expect(button).to_be_visible()
    assert page.evaluate("told") == []  # nothing before it was asked for
    button.click()
    expect(page.get_by_role("button", name="Stop notifying me")).to_be_visible()
    page.evaluate(LEFT)
    with receiver() as (where, came):
        webhooks.keep("local", where, language="en", page="")
        queue.end(told.id, "done", result=RESULT)
        [notice] = steps.comes(page, lambda: page.evaluate("told"), bool)
        assert re.search(r"“told” is done: Accuracy [\d.]+%\.", notice)
        [(_headers, body)] = steps.comes(page, lambda: [*came], bool)
        webhooks.remove("local")
    assert json.loads(body)["run"]["id"] == told.id


def test_a_run_that_leaves_the_queue_has_charts_with_its_first_point_and_can_be_stopped_until_its_training_ends(
    visit, queued
):
    page = visit(queued.address)
    leave, charts = page.get_by_role("button", name="Leave the queue"), page.locator(".cb-live-charts")
    stop = page.get_by_role("button", name="Stop, keep best")
    expect(leave).to_be_visible()
    queue.claim_here(queued.id)
    queue.beat(queued.id, phase="preparing")
    expect(stop).to_be_visible()
    expect(leave).to_have_count(0)
    expect(page.locator(".cb-live-before")).to_have_text("Curves appear after the first training steps.")
    expect(charts).to_be_hidden()
    queued.write("train", 1, {"epoch": 0.1, "loss": 0.5})
    assert steps.points(page) == 1
    expect(charts).to_be_visible()
    expect(page.locator(".cb-live-before")).to_be_hidden()
    plots = page.locator(".cb-live-charts .cb-live-plot")
    too_wide = "plots => plots.map((plot) => plot.querySelector('.main-svg')?.clientWidth - plot.clientWidth)"
    steps.comes(page, lambda: plots.evaluate_all(too_wide), lambda found: found == [0, 0])
    queue.beat(queued.id, phase="evaluating")
    expect(stop).to_have_count(0)  # without a reload


def test_a_run_is_finished_after_the_power_failed_and_one_press_each_stops_resumes_and_discards_it(visit, server, data):
    address = bringing.begun(server, data, mode="full", epochs=1000, batch_size=2)
    page = visit(address)
    before = steps.points(page, at_least=2)
    page.close()
    server.kill()
    server.start()

    page = visit(address)
    steps.points(page, at_least=before)
    again = "attempt 2: resumed after an interruption"
    expect(page.locator('.cb-live [data-say="detail"]')).to_contain_text(again)
    expect(page.get_by_role("dialog")).to_have_count(0)  # Streamlit's "Page not found" would be one
    page.get_by_role("button", name="Stop, keep best").click()
    steps.status(page, "stopped")
    expect(page.get_by_role("heading", name="5 · Evaluate")).to_be_visible()
    expect(page.get_by_role("link", name="Download the model")).to_be_visible()
    learnt = steps.points(page)
    named = page.locator(".cb-live-tiles dt")
    expect(named.filter(has_text="CPU")).to_have_text("CPU, mean")  # nothing is measured any more
    expect(named.filter(has_text="Memory").first).to_have_text("Memory, peak")

    page.get_by_role("button", name="Resume").click()
    steps.status(page, "running")
    expect(named.filter(has_text="CPU")).to_have_text("CPU")
    steps.points(page, at_least=learnt + 1)

    other = visit(address)
    steps.status(other, "running")
    for answer, left in (("Cancel", 1), ("Delete permanently", 0)):
        page.get_by_role("button", name="Delete run").click()
        page.get_by_role("dialog").get_by_role("button", name=answer).click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator(".cb-live")).to_have_count(left)
    expect(page.get_by_role("button", name="Start fine-tuning")).to_be_visible()
    expect(other.get_by_text("There is no such run.")).to_be_visible()  # without a reload
