"""The versions of a data set: when each came, how much it holds, what was added, and the way to it."""

from __future__ import annotations

import streamlit as st

from cases.base import Case
from cases.dataset import Dataset
from pages import task_types
from pages.shared import address, owner, vocabulary
from pages.shared.i18n import _, count, listed
from pages.shared.text import bold, plain
from pages.steps.data import deletion
from runs.store import datasets, edits
from runs.store.dataset_rows import DatasetRow
from runs.store.records import Run
from runs.uploads import drafts, provenance

MOST_FILES = 3  # that are named


def add_more(case: Case, row: DatasetRow) -> None:
    """A collection of files that are added to the newest version."""
    st.button(_("Add more data"), key=f"{case.name}_more", icon=":material/add:", type="tertiary", on_click=_begin,
              args=(case.name, row.id))  # fmt: skip


def show(row: DatasetRow, versions: list[DatasetRow], run: Run | None) -> None:
    with st.expander(_("Versions ({n})", n=len(versions)), icon=":material/history:"):
        st.caption(_("Adding files makes a new version. Existing examples keep their split and corrections; "
                     "runs keep their version."))  # fmt: skip
        for one in reversed(versions):
            _line(one, shown=one.id == row.id, run=run)


def _line(row: DatasetRow, *, shown: bool, run: Run | None) -> None:
    dataset = datasets.opened(row, edits.current(owner.current(), row.id))
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(bold(_("Version {n}", n=row.version)), width="content")
                if shown:
                    st.badge(_("current"), color="gray")
                told = amount(dataset) if dataset else [_("unreadable")]
                st.caption(" · ".join([*told, vocabulary.when(row.created)]), width="content")
            if dataset:
                st.caption(_added(row, dataset))
        if not shown:
            st.button(_("Open"), key=f"version_{row.id}", type="tertiary", on_click=open_, args=(row.id,))
            deletion.button(row, [row], key="version")
        elif run:
            st.button(
                _("Train on this version"), key=f"version_{row.id}", type="tertiary", on_click=open_, args=(row.id,)
            )


def _added(row: DatasetRow, dataset: Dataset) -> str:
    """From which files the version is; of one that grew, how much came with them."""
    came = provenance.of(row.owner, row.id).newest
    names = list(dict.fromkeys(part["name"] or part["class"] for part in came))
    files = listed(plain(name) for name in names[:MOST_FILES])
    if len(names) > MOST_FILES:
        files = _("{files} and {n} more", files=files, n=len(names) - MOST_FILES)
    if dataset.before is None:
        return _("From {files}", files=files) if files else ""
    return _("Added: {amount}, from {files}", amount=listed(amount(dataset, dataset.before)), files=files)


def amount(dataset: Dataset, before: Dataset | None = None) -> list[str]:
    """How much there is to learn from and what is left out of it, or how much has come since `before`, in words."""
    check = task_types.of(dataset).check
    now, then = (check.amounts(one) if one else {} for one in (dataset, before))
    told = [
        check.amount(what, n - then.get(what, 0)) for what, n in now.items() if before is None or n > then.get(what, 0)
    ]
    return told if before else [*told, *left_out(dataset)]


def left_out(dataset: Dataset) -> list[str]:
    """How many examples were excluded, in words; [] where none were."""
    return [count("{n} excluded", "{n} excluded", dataset.left_out)] if dataset.left_out else []


def corrected(dataset: Dataset) -> list[str]:
    """How many labels were corrected and how many classes renamed, in words; [] where none were."""
    told = [count("{n} corrected", "{n} corrected", dataset.relabelled)] if dataset.relabelled else []
    names = len(dataset.renamed)
    return [*told, *([count("{n} class renamed", "{n} classes renamed", names)] if names else [])]


def open_(dataset: str) -> None:
    meant = drafts.meant_for(owner.current(), dataset)
    address.change(data=dataset, read=None, draft=None, run=None, task=meant, show=None, look=None)


def _begin(case: str, dataset: str) -> None:
    draft = drafts.begin(owner.current(), case, dataset)
    address.change(draft=draft, data=None, run=None, read=None, show=None, look=None)
