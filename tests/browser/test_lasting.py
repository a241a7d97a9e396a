"""What a component shows where the page was drawn again before its script was there."""

from __future__ import annotations

from itertools import permutations

import pytest

from pages.shared.assets import LASTING

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


@pytest.mark.parametrize("order", permutations(range(3)))
def test_the_newest_data_stand_in_whatever_order_a_browser_makes_the_calls_that_waited(visit, order):
    page = visit()
    for at_once in (True, False):  # what was overtaken is closed after its own call, or after all calls
        assert page.evaluate(CALLED, [LASTING + SHOWN, order, at_once]) == ["2", "3", "closed"]
