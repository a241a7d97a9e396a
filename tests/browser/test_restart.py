"""The power fails."""

from __future__ import annotations

from playwright.sync_api import expect

from . import bringing, steps


def test_a_run_cut_off_with_everything_else_is_finished_after_the_restart(visit, server, data):
    address = bringing.begun(server, data, mode="full", epochs=20, batch_size=8)
    page = visit(address)
    before = steps.points(page, at_least=2)
    page.close()
    server.kill()
    server.start()

    page = visit(address)
    expect(page.get_by_role("heading", name="4 · Fine-tune")).to_be_visible(timeout=30_000)
    steps.points(page, at_least=before)
    again = "attempt 2: resumed after an interruption"
    expect(page.locator('.cb-live [data-say="detail"]')).to_contain_text(again, timeout=60_000)
    expect(page.get_by_role("dialog")).to_have_count(0)  # Streamlit's "Page not found" would be one
    steps.status(page, "done", limit=180)
    expect(page.get_by_role("link", name="Download the model")).to_be_visible()
