"""Step 7 in a browser: a link to a demo, opened on somebody else's phone, and taken back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from . import steps

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}


@pytest.fixture
def share(visit, trained):
    """The owner's page, and the address of a new link; `passcode` and `pictures` as in the form."""

    def making(*, passcode="", pictures=False):
        page = visit(trained)
        page.get_by_text("Private demo link").first.wait_for(timeout=30_000)
        steps.settled(page)
        page.get_by_text("Private demo link").first.click()
        steps.settled(page)
        page.get_by_role("textbox", name="Passcode (optional)").fill(passcode)
        if pictures:
            page.get_by_text("Share test pictures").click()
        address = steps.link(page)
        return page, address[address.index("/demo") :]

    return making


def test_who_has_the_link_tries_the_model_on_a_phone_and_sees_nothing_else(share, visit, pictures, tmp_path):
    _owner, address = share(passcode="蓝色 swan", pictures=True)
    phone = visit(address, **PHONE)
    phone.get_by_role("textbox", name="Passcode").fill("a guess")
    phone.get_by_test_id("stBaseButton-primaryFormSubmit").click()
    expect(phone.get_by_text("Wrong passcode. Ask the sender of the link.")).to_be_visible()
    phone.get_by_role("textbox", name="Passcode").fill("蓝色 swan")
    phone.get_by_test_id("stBaseButton-primaryFormSubmit").click()
    expect(phone.get_by_text("Predicts which of 10 classes a picture belongs to:")).to_be_visible()
    expect(phone.get_by_role("button", name="Example 12")).to_be_visible()
    picture = tmp_path / "new.png"
    picture.write_bytes(next(iter(pictures(1).values())))
    steps.give(phone, picture)
    expect(phone.locator(".cb-try-answer li")).to_have_count(5, timeout=30_000)
    expect(phone.get_by_text("of 100 new pictures like the training data")).to_be_visible()
    steps.fits_the_window(phone)
    expect(phone.get_by_role("link", name="All runs")).to_have_count(0)
    expect(phone.get_by_role("button", name="Start fine-tuning")).to_have_count(0)


def test_a_link_shows_no_picture_unless_it_may_and_nothing_once_it_is_taken_back(share, visit):
    owner, address = share()
    phone = visit(address, locale="zh-CN", **PHONE)
    expect(phone.get_by_text("预测图片属于以下 10 个类别中的哪一类：")).to_be_visible()
    steps.settled(phone)
    steps.still(phone)
    expect(phone.get_by_role("button", name="示例 1", exact=True)).to_have_count(0)
    owner.get_by_role("button", name="Revoke").first.click()
    owner.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(owner.get_by_text("Revoked").first).to_be_visible()
    phone.reload()
    expect(phone.get_by_role("heading", name="这个链接打不开")).to_be_visible()
    expect(phone.get_by_text("分享者已撤销这个链接。")).to_be_visible()


def test_a_link_that_was_never_made_is_closed(visit):
    page = visit("/demo?t=nothing", **PHONE)
    expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()
