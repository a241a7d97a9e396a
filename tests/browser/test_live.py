"""A run is watched: what moves, and what must not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from pages.components import live_metrics
from runs.language import say
from runs.store import metric_rows, queue, records

from . import steps

# The scripts of components come as late as on a slow phone: when they are let in.
LATE_SCRIPTS = """window.scriptsLetIn = new Promise((letIn) => { window.letScriptsIn = letIn })
const address = URL.createObjectURL.bind(URL)
URL.createObjectURL = (made) => address(made.type === 'text/javascript'
    ? new Blob(['await window.scriptsLetIn;', made], { type: made.type }) : made)"""


@pytest.fixture
def plot(visit, long_run):
    """A page on the long run with its loss chart zoomed: the page, the node of the chart and the range shown."""
    page = visit(long_run)
    steps.points(page, at_least=3)
    shown = steps.drag_zoom(page)
    return page, page.query_selector(steps.LOSS), shown


def test_a_zoom_stays_while_points_come_in(plot):
    page, node, shown = plot
    before = steps.points(page)
    steps.polled(page, times=3)
    steps.points(page, at_least=before + 1)
    assert steps.zoom(page) == shown
    assert node.evaluate("(node, place) => node === document.querySelector(place)", steps.LOSS)


def test_a_change_of_language_changes_the_words_and_nothing_else(plot):
    page, node, shown = plot
    before, address = steps.points(page), page.url
    steps.choose_language(page, "简体中文")
    expect(page.locator('.cb-live [data-say="status"]')).to_have_text("运行中")
    expect(page.get_by_role("heading", name=f"4 · {say('zh', 'Fine-tune')}")).to_be_visible()
    steps.polled(page, times=1)
    assert steps.points(page) >= before
    assert steps.zoom(page) == shown
    assert node.evaluate("(node, place) => node === document.querySelector(place)", steps.LOSS)
    expect(page).to_have_url(f"{address}&lang=zh")


def test_a_reload_brings_the_run_back_with_all_its_points(visit, long_run):
    page = visit(long_run)
    steps.points(page, at_least=3)
    before = steps.curve(page)
    page.reload()
    steps.points(page, at_least=len(before))
    assert steps.curve(page)[: len(before)] == before
    said = re.compile(r"Lowest validation loss( so far)?: epoch [1-9]|Overfitting since epoch [1-9]")
    expect(page.locator(".cb-live-best")).to_have_text(said)
    page.wait_for_function(f"""() => {{
        const figure = document.querySelector('{steps.LOSS}')
        const {{ x, y }} = figure.data[1]
        return figure.layout.shapes[0]?.x0 === x[y.indexOf(Math.min(...y))]
    }}""")  # the line stands at the lowest validation loss


def test_the_header_tells_status_and_time_left_as_the_view_below_does(visit, long_run):
    page = visit(long_run)
    steps.points(page, at_least=3)
    chip, left = page.locator(".st-key-run_header .cb-chip"), page.locator(".cb-live [data-say=left]")
    expect(chip).to_have_text(re.compile(r"^Running.* left$"), timeout=30_000)
    steps.comes(page, lambda: (chip.inner_text(), left.inner_text()), lambda found: found[0].endswith(found[1]))


def test_a_page_that_is_drawn_again_before_its_scripts_are_there_is_none_the_worse(visit, long_run):
    page = visit(long_run)
    page.add_init_script(LATE_SCRIPTS)
    page.reload()
    steps.settled(page)
    page.get_by_label("语言 / Language").click()
    page.get_by_role("option", name="简体中文").click()
    expect(page.get_by_role("heading", name=f"4 · {say('zh', 'Fine-tune')}")).to_be_visible()
    steps.settled(page)
    page.evaluate("letScriptsIn()")
    expect(page.locator('.cb-live [data-say="status"]')).to_have_text("运行中")
    steps.points(page, at_least=steps.points(page, at_least=3) + 1)
    expect(page.locator(".cb-chip")).to_have_text(re.compile(r"^运行中.*还剩"))
    page.locator("h1").click()  # out of the field of the language
    page.keyboard.press("2")
    expect(page.locator(".st-key-section_2 details").first).to_have_attribute("open", "")


def test_a_second_browser_sees_the_same_run(visit, long_run):
    one, other = visit(long_run), visit(long_run, locale="zh-CN")
    steps.points(one, at_least=3)
    before = steps.curve(one)
    steps.points(other, at_least=len(before))
    assert steps.curve(other)[: len(before)] == before
    expect(other.locator('.cb-live [data-say="status"]')).to_have_text("运行中")


def test_what_the_network_says_of_eight_items_moves_from_epoch_to_epoch(visit, long_run):
    page = visit(long_run)
    items, slider = page.locator(".cb-probe"), page.get_by_role("slider", name="Epoch")
    expect(items).to_have_count(8, timeout=60_000)
    page.wait_for_function("[...document.querySelectorAll('.cb-probe img')].filter((p) => p.naturalWidth).length === 8")
    page.wait_for_function("document.querySelector('.cb-live-probes input').max >= 2", timeout=120_000)
    ends = "(slider) => [slider.max, slider.value]"
    last, _value = steps.comes(page, lambda: slider.evaluate(ends), lambda found: found[0] == found[1])
    shares = items.nth(0).locator(".cb-probe-bars b")
    later = shares.all_inner_texts()
    slider.fill("0")
    expect(page.locator(".cb-live-probes output")).to_have_text("Before training")
    expect(shares).not_to_have_text(later, use_inner_text=True)
    page.wait_for_function(f"document.querySelector('.cb-live-probes input').max > {last}", timeout=120_000)
    expect(page.locator(".cb-live-probes output")).to_have_text("Before training")  # it stays where it was put
    slider.fill(slider.get_attribute("max"))
    expect(page.locator(".cb-live-probes output")).to_have_text(re.compile(r"After epoch \d+"))


def is_below(found):
    """Whether a legend begins below the curves, and ends within its figure."""
    if not all(found):
        return False
    (_top, curves), (top, end), (_start, whole) = [(box["y"], box["y"] + box["height"]) for box in found]
    return curves <= top and end <= whole + 1


def test_nothing_lies_over_the_points(visit, long_run):
    page = visit(long_run)
    steps.points(page)
    figure = page.locator('[data-chart="metric"]')
    figure.hover()
    buttons, area = (figure.locator(place).first for place in (".modebar", ".nsewdrag"))
    steps.comes(page, lambda: (buttons.bounding_box(), area.bounding_box()),
                lambda found: all(found) and found[0]["y"] + found[0]["height"] <= found[1]["y"])  # fmt: skip
    legend = figure.locator(".infolayer > .legend")
    expect(legend).to_contain_text("Linear probe, validation")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        steps.comes(page, lambda: tuple(one.bounding_box() for one in (area, legend, figure)), is_below)
    expect(figure.locator(".shape-label")).to_have_count(0)


def test_that_notifications_are_blocked_stands_on_the_page_of_one_run_alone(visit, server, long_run):
    blocked = "This browser blocks notifications of this site."
    page = visit("/")
    page.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' })")
    page.goto(server.url + long_run)
    expect(page.get_by_text(blocked)).to_be_visible()
    page.evaluate("localStorage.setItem('casebook-notify-refused', 'another run')")
    page.reload()
    steps.points(page, at_least=1)
    expect(page.get_by_text(blocked)).to_have_count(0)


def test_the_stop_goes_when_the_training_ends_without_a_reload(visit, long_run, server):
    page, run = visit(long_run), long_run.rpartition("run=")[2]
    stop = page.get_by_role("button", name="Stop, keep best")
    expect(stop).to_be_visible()
    steps.points(page)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        queue.beat(run, phase="evaluating")  # as its process does; this one goes on training
        expect(stop).to_have_count(0)
        queue.beat(run, phase="training")


@pytest.fixture
def waiting_run(long_run, server):
    """A run that no agent takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASEBOOK_HOME", str(server.home))
        like = records.run(long_run.rpartition("run=")[2], "local")
        made = records.create_run("local", like.kind, like.case, "waits", dataset=like.dataset, settings=like.settings,
                                  edits={}, home="elsewhere")  # fmt: skip
        yield made
        queue.end(made, "stopped")


def test_a_run_that_leaves_the_queue_can_be_stopped_and_has_charts_with_its_first_point(visit, waiting_run):
    page = visit(f"/image_recognition?run={waiting_run}")
    leave, charts = page.get_by_role("button", name="Leave the queue"), page.locator(".cb-live-charts")
    expect(leave).to_be_visible(timeout=30_000)
    queue.claim_here(waiting_run)
    queue.beat(waiting_run, phase="preparing")
    expect(page.get_by_role("button", name="Stop, keep best")).to_be_visible(timeout=30_000)
    expect(leave).to_have_count(0)
    expect(page.locator(".cb-live-before")).to_have_text("Curves appear after the first training steps.")
    expect(charts).to_be_hidden()
    values = {"loss": 0.5, "epoch": 0.1}
    metric_rows.add([{"run": waiting_run, "split": "train", "step": 1, "written": 1, "values": values}])
    assert steps.points(page) == 1
    expect(charts).to_be_visible()
    expect(page.locator(".cb-live-before")).to_be_hidden()
    plots = page.locator(".cb-live-charts .cb-live-plot")
    too_wide = "plots => plots.map((plot) => plot.querySelector('.main-svg')?.clientWidth - plot.clientWidth)"
    steps.comes(page, lambda: plots.evaluate_all(too_wide), lambda found: found == [0, 0])


def test_a_run_is_stopped_kept_resumed_and_discarded(visit, long_run):
    page = visit(long_run)
    steps.points(page)
    page.get_by_role("button", name="Stop, keep best").click()
    steps.status(page, "stopped", limit=10)
    expect(page.get_by_role("heading", name="5 · Evaluate")).to_be_visible()
    expect(page.get_by_role("link", name="Download the model")).to_be_visible(timeout=60_000)
    learnt = steps.points(page)
    named = page.locator(".cb-live-tiles dt")
    expect(named.filter(has_text="CPU")).to_have_text("CPU, mean")  # nothing is measured any more
    expect(named.filter(has_text="Memory").first).to_have_text("Memory, peak")

    steps.settled(page)
    page.get_by_role("button", name="Resume").click()
    steps.status(page, "running", limit=30)
    expect(named.filter(has_text="CPU")).to_have_text("CPU")
    steps.points(page, at_least=learnt + 3)

    steps.settled(page)
    page.get_by_role("button", name="Delete run").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    other = visit(long_run)
    steps.status(other, "running")
    steps.settled(page)
    page.get_by_role("button", name="Delete run").click()
    page.get_by_role("button", name="Delete permanently").click()
    expect(page.locator(".cb-live")).to_have_count(0)
    expect(page.get_by_role("button", name="Start fine-tuning")).to_be_visible()
    expect(other.get_by_text("There is no such run.")).to_be_visible(timeout=30_000)  # without a reload


@pytest.mark.parametrize(("training", "above"), [([0.9, 0.7], True), ([0.9, 0.5], False)])
def test_a_training_loss_above_that_of_validation_is_told_as_such(visit, training, above):
    page = visit("/")
    source = (Path(live_metrics.__file__).parent / "curves.js").read_text("utf-8")
    rows = [{"split": split, "step": step, "values": {"loss": loss}}
            for split, losses in (("train", training), ("validation", [0.8, 0.55]))
            for step, loss in enumerate(losses)]  # fmt: skip
    ask = "const made = curves('accuracy'); rows.forEach(made.add); return bestOf(made.all).above"
    assert page.evaluate(f"(rows) => {{ {source}; {ask} }}", rows) is above
