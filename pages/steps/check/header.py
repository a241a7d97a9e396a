"""What is looked at: the name of the data, their versions, and the ways to more or to other data."""

from __future__ import annotations

import streamlit as st

from cases.base import Case
from cases.dataset import Dataset
from pages.shared import owner
from pages.shared.address import of_route
from pages.shared.i18n import _, current
from pages.shared.text import plain
from pages.steps.data import dataset_versions, name
from runs.store import dataset_rows
from runs.store.dataset_rows import DatasetRow
from runs.store.records import Run


def show(case: Case, dataset: Dataset, run: Run | None) -> None:
    row = dataset_rows.by_id(dataset.digest, owner.current())
    versions = dataset_rows.versions(owner.current(), row.lineage) if row else []
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{plain(dataset.name)}**", width="content")
        if row:
            name.change(row, "check")
        if len(versions) > 1:
            st.badge(_("Version {n}", n=row.version), color="gray")
        st.space("stretch")
        if row:
            _further(case, row, versions)
        if row:
            token = owner.sign("export", dataset=row.id)
            st.link_button(
                _("Download data"), of_route(f"/api/dataset?token={token}&lang={current()}"), type="tertiary",
                icon=":material/download:",
                help=_("In the original format, with your corrections and without excluded examples."),
            )  # fmt: skip
        st.button(_("Choose other data"), key=f"{dataset.case}_other", type="tertiary",
                  on_click=lambda: st.query_params.clear())  # fmt: skip
    if len(versions) > 1:
        dataset_versions.show(row, versions, run)


def _further(case: Case, row: DatasetRow, versions: list[DatasetRow]) -> None:
    newest = versions[-1]
    if newest.id == row.id:
        dataset_versions.add_more(case, row)
    else:
        st.button(_("Open latest version ({n})", n=newest.version), key=f"{case.name}_newest", type="tertiary",
                  on_click=dataset_versions.open_, args=(newest.id,))  # fmt: skip
