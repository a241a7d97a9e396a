"""What was set aside and why: summed up, searchable, and as a table to take along."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from cases.ingest.tables import formulas
from pages.shared import vocabulary
from pages.shared.i18n import _, count
from pages.task_types.data_report import DataReport


def show(checked: DataReport) -> None:
    aside = checked.dataset.set_aside
    if aside.empty:
        st.markdown(_("Nothing was skipped."))
        return
    lines = aside["name"].map(vocabulary.is_line)
    counted = aside.groupby(["reason", lines]).size().sort_values(ascending=False, kind="stable")
    st.markdown("\n".join(f"- {_counted(reason, line, n)}" for (reason, line), n in counted.items()))
    table = pd.DataFrame(
        {"name": aside["name"].map(vocabulary.item), "reason": [_(reason) for reason in aside["reason"]]}
    )
    key = f"{checked.case.name}_aside"
    asked = st.text_input(_("Search names and reasons"), key=f"{key}_search", icon=":material/search:")
    if asked:
        found = table["name"].str.contains(asked, case=False, regex=False)
        found |= aside["name"].str.contains(asked, case=False, regex=False)  # also as it is stored, “a.csv:7”
        table = table[found | table["reason"].str.contains(asked, case=False, regex=False)]
    names = {"name": _("Name"), "reason": _("Reason")}
    st.dataframe(table, hide_index=True, column_config={
        "name": st.column_config.TextColumn(names["name"], width="medium"),
        "reason": st.column_config.TextColumn(names["reason"], width="large"),
    })  # fmt: skip
    st.download_button(
        _("Download as CSV"), as_csv(table.rename(columns=names)), key=f"{key}_csv", mime="text/csv",
        file_name=f"{checked.dataset.name}-set-aside.csv", icon=":material/download:", on_click="ignore",
    )  # fmt: skip
    st.caption(_("{n:,} of {total:,} lines", n=len(table), total=len(aside)))


def _counted(reason: str, line: bool, n: int) -> str:
    if line:
        return count("**{n} line** · {reason}", "**{n} lines** · {reason}", n, reason=_(reason))
    return count("**{n} file** · {reason}", "**{n} files** · {reason}", n, reason=_(reason))


def as_csv(table: pd.DataFrame) -> bytes:
    """With a mark, or spreadsheets garble Chinese; cells that they would take for formulas are quoted."""
    return formulas.guarded_table(table.map(str)).to_csv(index=False).encode("utf-8-sig")
