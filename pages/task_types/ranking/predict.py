"""What a model recommends to somebody new, or says of something new."""

from __future__ import annotations

import streamlit as st

from pages import modalities
from pages.shared.i18n import _, count, listed, together
from pages.shared.text import plain
from pages.task_types import batch_table
from pages.task_types.ranking import recommendations
from runs.store.records import Run
from runs.store.shares import Share


def one(run: Run) -> None:
    """A fragment: an answer runs nothing else of the page."""
    st.fragment(recommendations.show)(run, key=f"recommending_{run.id}")


def visit(run: Run, share: Share) -> None:
    """The same for a visitor of a demo; titles are always there to choose from, users never."""
    st.fragment(recommendations.show)(run, key="demo_recommending", visitor=True)


def before_sharing(run: Run) -> str:
    return ""


def table(run: Run) -> str:
    """What comes of many users at once."""
    return _(modalities.of(run.case).table)


def doubtful(run: Run, job: Run) -> None:
    batch_table.show(run, job)


def answered(job: Run) -> str:
    """How many users have a list, and of how many some items were not found."""
    n, failed, noted = job.result["items"], job.result["aside"], job.result.get("noted", 0)
    done = count("{n} user predicted", "{n} users predicted", n)
    told = listed([done, *([_("{n:,} failed", n=failed)] if failed else [])])
    return together(
        _("“{name}”: {told}.", name=plain(job.name), told=told),
        count("For {n} user, unknown items were skipped.",
              "For {n} users, unknown items were skipped.", noted)
        if noted else "",
    )  # fmt: skip
