"""What a person sees in place of the app where its address is not allowed: one page that loads nothing."""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse

from models.errors import N_
from runs.language import say

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Casebook</title>
<style>
  :root {{ color-scheme: light dark }}
  body {{
    margin: 0; padding: 15vh 1.25rem 2rem; font: 1rem/1.65 system-ui, sans-serif;
    background: light-dark(#ffffff, #101615); color: light-dark(#1c2524, #e6eceb);
  }}
  main {{ max-width: 38rem; margin: 0 auto; overflow-wrap: anywhere }}
  h1 {{ margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.3 }}
  p {{ margin: 0 }}
</style>
</head>
<body><main><h1>{title}</h1><p>{reason}</p></main></body>
</html>
"""


def refusal_page(language: str, reason: str) -> HTMLResponse:
    """A 403 with `reason`, which may hold what a stranger has written."""
    title = escape(say(language, N_("This address is not allowed")))
    content = _PAGE.format(language=language, title=title, reason=escape(reason))
    return HTMLResponse(content, 403, {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"})
