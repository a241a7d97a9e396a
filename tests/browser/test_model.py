"""Step 3 in a browser: what is changed is drawn and measured at once, and one click starts it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from runs.store import records

from . import steps

VIEWS = '.cb-gallery img[src*="/api/view"]'


@pytest.fixture
def step(visit, data):
    def opening(**more):
        page = visit(data, **more)
        expect(page.get_by_role("heading", name="3 · Model")).to_be_visible(timeout=30_000)
        steps.settled(page)
        return page

    return opening


def test_what_learns_is_drawn_as_soon_as_it_is_chosen(step):
    page = step()
    expect(page.locator(".cb-net")).to_have_attribute(
        "aria-label",
        re.compile(
            r"^Input layer: 224 × 224 pixels\. Pretrained backbone: 8 blocks, 3\.4 million parameters,.*all frozen"
        ),
    )
    expect(page.locator('.cb-net rect[data-state="learns"]')).to_have_count(0)
    steps.choose(page, "Trainable part", "Last blocks")
    expect(page.locator('.cb-net rect[data-state="learns"]')).to_have_count(2)
    page.get_by_text("Hyperparameters", exact=True).click()
    page.get_by_label("Hidden layer", exact=True).fill("24")
    page.get_by_label("Hidden layer", exact=True).press("Enter")
    expect(page.locator(".cb-net")).to_have_attribute("aria-label", re.compile("Hidden layer: 24 units"))


def test_time_and_memory_are_measured_and_the_views_shown(step, server, monkeypatch):
    monkeypatch.setenv("CASEBOOK_HOME", str(server.home))
    page = step()
    steps.choose(page, "Trainable part", "Full fine-tuning")
    page.get_by_text("Hyperparameters", exact=True).click()
    expect(page.get_by_text("to prepare,")).to_be_visible(timeout=60_000)
    expect(page.locator(VIEWS)).to_have_count(18, timeout=60_000)
    page.locator(VIEWS).last.scroll_into_view_if_needed()
    page.wait_for_function(f"[...document.querySelectorAll('{VIEWS}')].every((i) => i.complete && i.naturalWidth)")
    steps.choose(page, "Trainable part", "Head only")
    expect(page.locator(VIEWS)).to_have_count(0)
    expect(page.get_by_text("to prepare,")).to_be_visible(timeout=60_000)
    measured = len(records.run_list("local", kind="profile"))
    steps.choose(page, "Trainable part", "Full fine-tuning")
    expect(page.get_by_text("to prepare,")).to_be_visible()
    expect(page.locator(VIEWS)).to_have_count(18)
    assert len(records.run_list("local", kind="profile")) == measured  # it was measured before


def test_one_click_starts_with_what_was_just_typed(step):
    page = step()
    page.get_by_text("Hyperparameters", exact=True).click()
    page.get_by_label("Batch size", exact=True).fill("20")
    page.get_by_label("Epochs", exact=True).fill("7")
    page.get_by_role("button", name="Start fine-tuning").click()
    steps.address(page, "run")
    expect(page.get_by_text("Epochs 7").first).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Batch size 20").first).to_be_visible()
    steps.status(page, "done")


def test_models_are_chosen_by_mouse_and_by_keyboard(step):
    page = step()
    card = page.get_by_role("radio", name="ResNet-18 Downloads")
    card.click()
    expect(card).to_have_attribute("aria-checked", "true")
    expect(page.get_by_text("The model downloads at the start")).to_be_visible()
    card.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="MobileNetV3-Large Downloads")).to_have_attribute("aria-checked", "true")
    expect(card).to_have_attribute("aria-checked", "false")


def test_the_step_fits_a_phone(step):
    page = step(width=390, height=844, has_touch=True, is_mobile=True)
    page.get_by_text("Hyperparameters", exact=True).click()
    steps.fits_the_window(page)
    from_top_to_bottom = "(drawing) => drawing.getBoundingClientRect().height"
    steps.comes(page, lambda: page.locator(".cb-net svg").evaluate(from_top_to_bottom), lambda height: height > 400)
