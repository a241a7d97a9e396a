"""Secrets are taken out of whatever is to be logged: tokens, passcodes, cookies, link secrets, passwords.

Nobody who writes a log line has to think of it: libraries write lines of their own, with addresses and headers in them.
"""

from __future__ import annotations

import os
import re
from urllib.parse import unquote, urlsplit

HIDDEN = "***"
# Of a query, a setting, a header, a dict, a pair of a list; never across the end of a line.
_IS = r"""(?:%3D|["']?[ \t]{0,9}[:=][ \t]*|["'][ \t]*,[ \t]*)(?:b?["'])?"""
_TOKEN = r"(?<!pad_)(?<!bos_)(?<!eos_)(?<!unk_)(?<!sep_)(?<!cls_)(?<!mask_)tokens?"
# All of them also at the end of a longer name.
_KEYS = r"(?:api|access)[_-]?key(?:[_-]?id)?|private[_-]?key|secret(?:[_-]?access)?(?:[_-]?key)?"
_OTHERS = rf"(?:passcode|password|passwd|{_KEYS})s?"
_COUNT = r"""\d{1,5}(?![^\s,;)\]}"'])"""  # of the tokens of a text, or the status of an answer
_NOTHING = r"""(?:none|null|true|false)\b"""
_WHOLE = r"(?:set-)?cookie2?|(?:proxy-)?authorization"  # headers that are nothing but secret
# Of the environment, wherever they stand.
_HERE = ("CASEBOOK_SECRET", "CASEBOOK_PROXY_SECRET", "HF_TOKEN", "RAY_AUTH_TOKEN")
_SHORTEST = 6  # characters of one that is looked for as such

_RULES = tuple(
    (re.compile(pattern), rf"\g<1>{HIDDEN}")
    for pattern in (
        rf"""(?i)(\b(?:{_WHOLE}){_IS})[^"'\r\n]+""",
        rf"""(?i)((?:{_TOKEN}{_IS}(?!{_COUNT})|{_OTHERS}{_IS})(?!{_NOTHING}))(?:(?<=["'])[^"'\r\n]+|[^\s"'&;,<>()\[\]{{}}]+)""",
        r"()\b(?:hf_[A-Za-z0-9]{20,}|gh[pousr]_[A-Za-z0-9]{20,}|xox[a-z]-[\w-]{10,})",  # of hubs and of Slack
        r"(/(?:services|workflows|triggers)/)T[A-Z0-9]+/[^\s\"'<>]+",  # of a webhook: Slack
        r"""(?i)(/api/(?:v\d+/)?webhooks/)[^\s"'<>]+""",  # Discord
        r"""(?i)(/webhook(?:b2)?/)[\w-]+@[^\s"'<>]+""",  # Teams
        r"""(?i)([?&]sig=)[^\s&"'<>]+""",  # Teams, by a workflow
        r"""(/open-apis/bot/(?:v\d+/)?hook/)[^\s"'<>]+""",  # Feishu and Lark
        r"""(/webhook/send\?(?:[^\s"'<>]*&)?key=)[^\s&"'<>]+""",  # WeCom
        r"(/bot)\d+:[\w-]+",  # Telegram
        r"(/hooks/)[a-z0-9]{26}(?![\w.])",  # Mattermost
        r"""(?i)((?:[?&]|%3F|%26)t(?:=|%3D))[^\s"'&<>]+""",  # of a link to a demo
        r"(\bt=)[\w-]{16,}",
        r"(://[^/\s:@]*:)[^/\s@]+(?=@)",  # of an address with a user and a password
        r"()(?<![\w-])\.?[\w-]{8,}\.[\w-]{5,8}\.(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{27}(?![\w-])",  # signed
        # drawn by chance, as the secret of a link; of a file's path it would be a name
        r"()(?<![\w/.-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{32,}(?![\w-])",
    )
)


def redacted(text: str) -> str:
    """The same text without anything that lets somebody in."""
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    for secret in _known():
        text = text.replace(secret, HIDDEN)
    return text


def _known() -> list[str]:
    """Secrets that the environment holds; asked for each time, for it may change."""
    told = [os.environ.get(name, "") for name in _HERE]
    try:
        password = urlsplit(os.environ.get("DATABASE_URL", "")).password or ""
    except ValueError:  # no address at all
        password = ""
    return [secret for secret in {*told, password, unquote(password)} if len(secret) >= _SHORTEST]
