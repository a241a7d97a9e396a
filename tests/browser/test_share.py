"""Step 7 in a browser: a link to a demo, opened on somebody else's phone, and taken back."""

from __future__ import annotations

from playwright.sync_api import expect

from . import steps

PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}


def test_a_link_shows_what_it_may_and_nothing_else_until_it_is_taken_back(visit, trained, pictures, tmp_path):
    owner = visit(trained)
    owner.get_by_text("Private demo link").first.wait_for(timeout=30_000)
    steps.settled(owner)
    owner.get_by_text("Private demo link").first.click()
    steps.settled(owner)
    address = steps.link(owner)
    phone = visit(address[address.index("/demo") :], locale="zh-CN", **PHONE)
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

    expect(owner.get_by_test_id("stCode").filter(has_text="demo?t=")).to_have_count(0)
    steps.settled(owner)
    owner.get_by_role("textbox", name="Passcode (optional)").fill("蓝色 swan")
    owner.get_by_text("Share test pictures").click()
    address = steps.link(owner)
    phone = visit(address[address.index("/demo") :], **PHONE)
    for passcode, told in (("a guess", "Wrong passcode. Ask the sender of the link."),
                           ("蓝色 swan", "Predicts which of 10 classes a picture belongs to:")):  # fmt: skip
        phone.get_by_role("textbox", name="Passcode").fill(passcode)
        phone.get_by_test_id("stBaseButton-primaryFormSubmit").click()
        expect(phone.get_by_text(told)).to_be_visible()
    expect(phone.get_by_role("button", name="Example 12")).to_be_visible()
    picture = tmp_path / "new.png"
    picture.write_bytes(next(iter(pictures(1).values())))
    steps.give(phone, picture)
    expect(phone.locator(".cb-try-answer li")).to_have_count(5, timeout=30_000)
    expect(phone.get_by_text("of 100 new pictures like the training data")).to_be_visible()
    steps.fits_the_window(phone)
    expect(phone.get_by_role("link", name="All runs")).to_have_count(0)
    expect(phone.get_by_role("button", name="Start fine-tuning")).to_have_count(0)
