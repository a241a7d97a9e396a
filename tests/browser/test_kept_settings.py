"""What was chosen in a browser is there again after a reload, in another language, theme and browser."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from runs.language import say

from . import steps


def shows(page: Page, language: str, mode: str, epochs: str, model: str) -> None:
    """The fields hold these; a number field of Streamlit is drawn empty first and gets its value a moment later."""
    steps.settled(page)
    expect(page.get_by_role("combobox", name=say(language, "Trainable part"))).to_have_value(mode)
    expect(page.get_by_label(say(language, "Epochs"), exact=True)).to_have_value(epochs)
    expect(page.locator(".cb-cards [aria-checked=true] .cb-card-title")).to_have_text(model)


def test_choices_stay_through_reload_language_and_theme(visit, data):
    page = visit(data)
    steps.choose(page, "Trainable part", "LoRA")
    page.get_by_label("Epochs", exact=True).fill("7")
    page.get_by_label("Epochs", exact=True).press("Enter")
    page.get_by_role("radio", name="ResNet-18 Downloads").click()
    expect(page.get_by_text("Changed: ")).to_contain_text("ResNet-18")
    mine = ("LoRA", "7", "ResNet-18")
    shows(page, "en", *mine)
    page.emulate_media(color_scheme="dark")
    page.reload()
    expect(page.get_by_text("Changed: ")).to_be_visible(timeout=30_000)
    shows(page, "en", *mine)
    steps.choose_language(page, "简体中文")
    expect(page.get_by_text("已更改：")).to_contain_text("ResNet-18")
    mode, model = say("zh", mine[0]), mine[2]
    shows(page, "zh", mode, "7", model)
    page.get_by_label(say("zh", "Epochs"), exact=True).fill("9")
    page.get_by_label(say("zh", "Epochs"), exact=True).press("Enter")
    expect(page.get_by_text("已更改：")).to_contain_text("9")  # not in ResNet-18
    page.reload()
    expect(page.get_by_text("已更改：")).to_be_visible(timeout=30_000)
    shows(page, "zh", mode, "9", model)
    other = visit(data)
    expect(other.get_by_text("Changed: ")).to_be_visible(timeout=30_000)
    steps.settled(other)
    other.get_by_role("button", name="Reset").click()
    expect(other.get_by_text("Changed: ")).to_have_count(0)
    shows(other, "en", "Head only", "", "EfficientNet-Lite0")
