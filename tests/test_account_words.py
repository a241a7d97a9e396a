"""What a person reads on the page of their account."""

from __future__ import annotations

import time

import pytest

from runs.api.account import forms

CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "english", "chinese"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux",
         "Linux 上的 Firefox"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "Version/18.5 Mobile/15E148 Safari/604.1", "Safari on iPhone", "iPhone 上的 Safari"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME}", "Chrome on Windows", "Windows 上的 Chrome"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Edg/140.0.0.0", "Edge on Windows", "Windows 上的 Edge"),
        (f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {CHROME} MicroMessenger/8.0", "WeChat on Android",
         "Android 上的 WeChat"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15",
         "Safari on macOS", "macOS 上的 Safari"),
        ("curl/8.5.0", "curl/8.5.0", "curl/8.5.0"),
        ("x" * 300, "x" * 60, "x" * 60),
        ("", "", ""),
    ],
)  # fmt: skip
def test_a_browser_is_named_as_its_person_would_call_it(agent, english, chinese):
    assert (forms.browser("en", agent), forms.browser("zh", agent)) == (english, chinese)


def test_how_long_ago_is_told_with_a_space_before_chinese():
    ago = time.time() - 3 * 3600 - 5
    assert (forms._ago("en", ago), forms._ago("zh", ago)) == ("3 hours ago", "3 小时前")
