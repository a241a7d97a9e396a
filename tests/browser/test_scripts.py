"""Scripts of components by themselves: drawn again before they were there, taken off the page, and given numbers."""

from __future__ import annotations

from itertools import permutations

import pytest

from pages.components import live_metrics, plot
from pages.shared.assets import LASTING, read, script

# What a component shows where the page was drawn again before its script was there.
SHOWN = """export default lasting(({ data, parentElement }) => {
    parentElement.textContent = data
    return () => { parentElement.textContent = 'closed' }
})"""
CALLED = """async ([script, order, atOnce]) => {
    const { default: call } = await import(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })))
    const [parentElement, newest] = [document.createElement('div'), Math.max(...order)]
    const closing = new Map()
    const overtaken = (data) => data === newest || closing.get(data)()
    for (const data of order) {
        closing.set(data, call({ data, parentElement }))
        if (atOnce) overtaken(data)
    }
    if (!atOnce) order.forEach(overtaken)
    const first = parentElement.textContent
    await new Promise((later) => setTimeout(later, 50))
    const later = call({ data: newest + 1, parentElement })
    const second = parentElement.textContent
    await new Promise((later) => setTimeout(later, 50))
    later()
    return [first, second, parentElement.textContent]
}"""

# Figures that Streamlit takes off the page and puts back, wherever their drawing is just then.
PLOTLY = {"plotly": "/assets/plotly.js"}
FIGURE = PLOTLY | {
    "alt": "A figure", "height": 300, "least_width": 0, "most_height": 0, "drag": "", "items": None,
    "layout": {"yaxis": {"automargin": True}, "xaxis": {"automargin": True}},
    "traces": [{"type": "heatmap", "z": [[1, 2], [3, 4]], "x": ["a", "b"], "y": ["a long name", "a longer name"]}],
}  # fmt: skip
LIVE = PLOTLY | {"words": {"zoom": "Zoom", "pan": "Pan", "reset": "Reset"}}
AS_A_FIGURE = script(plot.__file__, "plotly.js", "look.js", "tip.js", "plot.js")
AS_LIVE_CURVES = (
    read(plot.__file__, "plotly.js")
    + read(live_metrics.__file__, "chart.js")
    + """
export default ({ data, parentElement }) => {
    const points = [{ x: [1, 2, 3], y: [10000, 20000, 30000] }]
    const one = chart(parentElement.firstElementChild, points, () => ({ traces: {}, layout: {} }), data)
    one.draw()
    return one.close
}
"""
)
PUT_BACK = """async ([script, data, html, drawn]) => {
    const { default: mount } = await import(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })))
    const place = () => {
        const parentElement = document.createElement('div')
        parentElement.innerHTML = html
        document.body.append(parentElement)
        return { data, parentElement, setTriggerValue: () => {} }
    }
    const count = (given) => given.parentElement.querySelectorAll(drawn).length
    const early = place()
    mount(early) // has Plotly loaded
    while (!count(early)) await new Promise((done) => setTimeout(done, 10))
    const shown = []
    for (let ticks = 0; ticks < 40; ticks++) {
        const given = place()
        const close = mount(given)
        for (let tick = 0; tick < ticks; tick++) await null
        close()
        mount(given)
        shown.push(given)
    }
    for (let wait = 0; wait < 100 && !shown.every(count); wait++) await new Promise((done) => setTimeout(done, 100))
    return shown.map(count)
}"""


@pytest.mark.parametrize(("script", "data", "html", "drawn"), [
    (AS_A_FIGURE, FIGURE, '<figure class="cb-plot"><div class="cb-plot-box"></div></figure>', ".heatmaplayer image"),
    (AS_LIVE_CURVES, LIVE, '<figure><div class="cb-live-plot"></div></figure>', ".scatterlayer .trace"),
])  # fmt: skip
def test_a_figure_that_comes_back_while_it_is_drawn_is_drawn_to_its_end(visit, script, data, html, drawn):
    assert visit("/runs").evaluate(PUT_BACK, [script, data, html, drawn]) == [1] * 40


def test_the_newest_data_stand_in_whatever_order_a_browser_makes_the_calls_that_waited(visit):
    page = visit("/glossary")
    for order in permutations(range(3)):
        for at_once in (True, False):  # what was overtaken is closed after its own call, or after all calls
            assert page.evaluate(CALLED, [LASTING + SHOWN, order, at_once]) == ["2", "3", "closed"], (order, at_once)


def test_a_training_loss_above_that_of_validation_is_told_as_such(browser):
    page = browser.new_page()
    ask = "const made = curves('accuracy'); rows.forEach(made.add); return bestOf(made.all).above"
    for last, above in ((0.7, True), (0.5, False)):
        rows = [{"split": split, "step": step, "values": {"loss": loss}}
                for split, losses in (("train", [0.9, last]), ("validation", [0.8, 0.55]))
                for step, loss in enumerate(losses)]  # fmt: skip
        assert page.evaluate(f"(rows) => {{ {read(live_metrics.__file__, 'curves.js')}; {ask} }}", rows) is above
    page.close()
