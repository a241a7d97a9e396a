"""What is looked at: the name of the data, their versions, and the ways to more or to other data."""

from __future__ import annotations

import streamlit as st

from cases.base import Case
from cases.dataset import Dataset
from pages.parts import owner
from pages.parts.bring import history, name
from pages.parts.charts import plain
from pages.parts.language import _
from runs import datasets, store
from runs.store import DatasetRow, Run


def show(case: Case, dataset: Dataset, run: Run | None) -> None:
    row = store.dataset(dataset.digest, owner.current())
    versions = datasets.versions(owner.current(), row.lineage) if row else []
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{plain(dataset.name)}**", width="content")
        if row:
            name.change(row, "check")
        if len(versions) > 1:
            st.badge(_("Version {n}", n=row.version), color="gray")
        st.space("stretch")
        if row:
            _further(case, row, versions)
        if st.button(_("Choose other data"), key=f"{dataset.case}_other", type="tertiary"):
            st.query_params.clear()
            st.rerun()
    if len(versions) > 1:
        history.show(row, versions, run)


def _further(case: Case, row: DatasetRow, versions: list[DatasetRow]) -> None:
    newest = versions[-1]
    if newest.id == row.id:
        history.add_more(case, row)
    else:
        st.button(_("Open version {n}, the newest", n=newest.version), key=f"{case.name}_newest", type="tertiary",
                  on_click=history.open_, args=(newest.id,))  # fmt: skip
