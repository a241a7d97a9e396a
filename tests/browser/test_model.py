"""Step 3 in a browser: what is changed is drawn and measured at once, and one click starts it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from runs.language import say
from runs.store import records

from . import steps

VIEWS = '.cb-gallery img[src*="/api/view"]'


@pytest.fixture
def step(visit, data):
    def opening(**more):
        page = visit(data, **more)
        expect(page.get_by_role("heading", name="3 · Model")).to_be_visible()
        steps.settled(page)
        return page

    return opening


def test_what_learns_is_drawn_at_once_models_are_chosen_by_mouse_and_keyboard_and_a_phone_has_room(step):
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
    steps.settled(page)

    card = page.get_by_role("radio", name="ResNet-18 Downloads")
    card.click()
    expect(card).to_have_attribute("aria-checked", "true")
    expect(page.get_by_text("The model downloads at the start")).to_be_visible()
    steps.settled(page)
    card.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="MobileNetV3-Large Downloads")).to_have_attribute("aria-checked", "true")
    expect(card).to_have_attribute("aria-checked", "false")

    page.set_viewport_size({"width": 390, "height": 844})
    steps.fits_the_window(page)
    tall = "(drawing) => drawing.getBoundingClientRect().height > 400"  # from top to bottom
    steps.comes(page, lambda: page.locator(".cb-net svg").evaluate(tall), bool)


def test_time_and_memory_are_measured_and_the_views_shown(step, server, monkeypatch):
    monkeypatch.setenv("CASEBOOK_HOME", str(server.home))
    page = step()
    steps.choose(page, "Trainable part", "Full fine-tuning")
    page.get_by_text("Hyperparameters", exact=True).click()
    expect(page.get_by_text("to prepare,")).to_be_visible()
    expect(page.locator(VIEWS)).to_have_count(18)
    page.locator(VIEWS).last.scroll_into_view_if_needed()
    page.wait_for_function(f"[...document.querySelectorAll('{VIEWS}')].every((i) => i.complete && i.naturalWidth)")
    steps.choose(page, "Trainable part", "Head only")
    expect(page.locator(VIEWS)).to_have_count(0)
    expect(page.get_by_text("to prepare,")).to_be_visible()
    measured = len(records.run_list("local", kind="profile"))
    steps.choose(page, "Trainable part", "Full fine-tuning")
    expect(page.get_by_text("to prepare,")).to_be_visible()
    expect(page.locator(VIEWS)).to_have_count(18)
    assert len(records.run_list("local", kind="profile")) == measured  # it was measured before


def shows(page, language, mode, epochs, model):
    """The fields hold these; a number field of Streamlit is drawn empty first and gets its value a moment later."""
    steps.settled(page)
    expect(page.get_by_role("combobox", name=say(language, "Trainable part"))).to_have_value(say(language, mode))
    expect(page.get_by_label(say(language, "Epochs"), exact=True)).to_have_value(epochs)
    expect(page.locator(".cb-cards [aria-checked=true] .cb-card-title")).to_have_text(model)


def test_choices_stay_through_reload_language_theme_and_browser_until_they_are_reset(step):
    page = step()
    steps.choose(page, "Trainable part", "LoRA")
    page.get_by_label("Epochs", exact=True).fill("7")
    page.get_by_label("Epochs", exact=True).press("Enter")
    steps.settled(page)
    page.get_by_role("radio", name="ResNet-18 Downloads").click()
    expect(page.get_by_text("Changed: ")).to_contain_text("ResNet-18")
    page.emulate_media(color_scheme="dark")
    steps.choose_language(page, "简体中文")
    expect(page.get_by_text("已更改：")).to_contain_text("ResNet-18")
    shows(page, "zh", "LoRA", "7", "ResNet-18")
    page.get_by_label(say("zh", "Epochs"), exact=True).fill("9")
    page.get_by_label(say("zh", "Epochs"), exact=True).press("Enter")
    expect(page.get_by_text("已更改：")).to_contain_text("9")  # not in ResNet-18
    page.reload()
    expect(page.get_by_text("已更改：")).to_be_visible()
    shows(page, "zh", "LoRA", "9", "ResNet-18")
    other = step()
    expect(other.get_by_text("Changed: ")).to_be_visible()
    shows(other, "en", "LoRA", "9", "ResNet-18")
    other.get_by_role("button", name="Reset").click()
    expect(other.get_by_text("Changed: ")).to_have_count(0)
    shows(other, "en", "Head only", "", "EfficientNet-Lite0")
