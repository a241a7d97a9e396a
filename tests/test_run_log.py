"""The log of a run is read by its owner in the page, without secrets and without the paths of the server."""

from __future__ import annotations

import os
import sys

import pytest
from opened_pages import ERROR, create, dataset, image_page, open_page, said, sound  # noqa: F401  fixtures of the pages

from runs import paths
from runs.logs import of_run

TRACE = """2026-11-28 03:00:00,120 INFO runs.worker: It begins.
2026-11-28 03:00:01,250 ERROR runs.worker.worker: Run 1a2b failed.
Traceback (most recent call last):
  File "{home}/My Name/app/worker.py", line 68, in _work
    raise ValueError(token)
ValueError: token=abcdef123456 in /srv/data/secret-customer/x.csv
"""


def logged(run, text):
    (paths.logs() / f"{run}.log").write_text(text, "utf-8")


def test_paths_and_secrets_are_taken_out_and_addresses_of_the_web_stay(home, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_verysecretvalue")
    line = (
        f"{paths.home()}/runs/x.bin {paths.CODE}/runs/y.py {sys.prefix}/lib/z.py /home/ann/data/cats.zip "
        "https://example.org/a/b hf_verysecretvalue C:\\Users\\ann\\file.txt \x1b[31mred\x1b[0m 1/2 a/b"
    )
    told = of_run.safe(line)
    for hidden in (str(paths.home()), str(paths.CODE), sys.prefix, "/home/ann", "verysecret", "\x1b"):
        assert hidden not in told
    for kept in ("<home>", "x.bin", "y.py", "z.py", "cats.zip", "https://example.org/a/b", "red", "1/2 a/b"):
        assert kept in told


def test_the_last_error_is_pulled_out_with_its_traceback(home):
    logged("r1", TRACE.format(home=home) + "2026-11-28 03:00:02,000 INFO runs.worker: It goes on.\n")
    log = of_run.read(["r1", "none"])
    assert log.error.splitlines()[0].endswith("Run 1a2b failed.")
    assert log.error.splitlines()[-1].startswith("ValueError: token=***")
    assert "It goes on." not in log.error and "It goes on." in log.text
    assert "secret-customer" not in log.text and not log.cut
    logged("r2", TRACE.format(home=home) + "2026-11-28 03:00:02,000 ERROR runs.worker: It was killed.\n")
    assert of_run.read(["r2"]).error.endswith("ERROR runs.worker: It was killed.")
    assert "1a2b" not in of_run.read(["r2"]).error  # an earlier one, and not why it ended
    logged("r3", "2026-11-28 03:00:02,000 INFO runs.worker: It goes on.\n")
    assert of_run.read(["r3"]).error == ""


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_a_failed_run_shows_its_log_once_it_is_unfolded(open_page, dataset, locale):  # noqa: F811
    run = create("failed", error=ERROR)
    logged(run, TRACE.format(home=home_of()))
    app = image_page(open_page, run=run, locale=locale)
    assert not app.code
    app.session_state[f"log_{run}"] = True
    sound(app.run())
    assert "ValueError: token=***" in app.code[0].value
    assert not any(home_of() in one.value or "abcdef123456" in one.value for one in app.code)


def home_of():
    return os.environ["CASEBOOK_HOME"]
