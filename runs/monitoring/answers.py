"""How long predictions for the page take, and how they end; counted in the web process, which asks for all of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Histogram

from models.errors import InputError

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)  # seconds
ANSWERED, REFUSED, FAILED = "answered", "refused", "failed"  # refused: what was given cannot be used

SECONDS = Histogram(
    "casebook_answer_seconds",
    "Seconds until a model had predicted what a page asked for, since this app was started.",
    ["case", "lane", "outcome"],
    buckets=BUCKETS,
    registry=None,  # shown beside what the database knows
)


class Outcome:
    """How an answer ended, where whoever is measured knows more than that it raised."""

    said = ""


@contextmanager
def measured(case: str, lane: str) -> Iterator[Outcome]:
    """Count one answer with its time, also where it raises."""
    begun, outcome = time.monotonic(), Outcome()
    try:
        yield outcome
        outcome.said = outcome.said or ANSWERED
    except InputError:
        outcome.said = outcome.said or REFUSED
        raise
    finally:
        SECONDS.labels(case, lane, outcome.said or FAILED).observe(time.monotonic() - begun)
