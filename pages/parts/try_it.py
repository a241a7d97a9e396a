"""Try: one new thing and its answer at once, what the answer goes back to, and many things as a table."""

from __future__ import annotations

import streamlit as st

from models.errors import InputError
from pages.parts import explanation, language, media, owner, recommending, trying, waiting, words
from pages.parts.bring import drop
from pages.parts.charts import plain
from pages.parts.language import _, count, current, listed, together
from runs import asking, explanations, items_to_try, store, tokens
from runs.store import Run

MOST_NAMED = 20  # classes whose number is told


def show(run: Run) -> None:
    if not run.result:
        return
    st.header(_("6 · Try"), anchor=False)
    if not run.result.get("onnx"):
        st.info(_("This run has no portable model, so it cannot be tried here. Download it and use its `predict.py`."))
        return
    asking.wake()  # so that the first answer does not wait for its start
    medium = media.of(run.case)
    names = {"one": _(medium.one), "many": _(medium.many)}
    way = st.segmented_control(
        _("What to try"), list(names), format_func=names.get, default="one", required=True, key=f"try_{run.id}",
        label_visibility="collapsed",
    )  # fmt: skip
    if way == "many":
        _many(run)
    elif words.task_of(run).targets == "items":
        st.fragment(recommending.show)(run, key=f"recommending_{run.id}")
    else:
        st.fragment(_one)(run)


def _one(run: Run) -> None:
    """A fragment: an answer runs nothing else of the page."""
    rows = items_to_try.rows(run)
    token = tokens.sign("answer", run=run.id, owner=run.owner, rows=list(rows))
    key = f"trying_{run.id}"
    trying.show(run, rows, token=token, key=key, on_answered=lambda: _remember(run, key))
    _looked(run)


def _remember(run: Run, key: str) -> None:
    st.session_state[f"tried_{run.id}"] = st.session_state[key]["answered"]


def _looked(run: Run) -> None:
    """What the answer to what was tried last goes back to, when it is asked for."""
    tried = st.session_state.get(f"tried_{run.id}")
    if not tried or words.task_of(run).targets != "classes":  # there is no class that something could speak for
        return
    key = f"row{tried['row']}" if tried.get("row") is not None else tried["key"]
    medium = media.of(run.case)
    if st.toggle(_(medium.looked), medium.looked_at_once, key=f"looked_{run.id}", persist_state="page"):
        _give_up_others(run, key)
        where = {"row": int(tried["row"])} if tried.get("row") is not None else {"file": tried["file"]}
        explanation.show(run, key, place="tried", **where)


def _give_up_others(run: Run, key: str) -> None:
    """Who types on is not kept waiting by what was there before."""
    before = st.session_state.get(f"explained_{run.id}", key)
    if before != key:
        explanations.give_up(run, before)
    st.session_state[f"explained_{run.id}"] = key


def _many(run: Run) -> None:
    job = store.latest("predict", run.id, owner.current())
    if job and not job.ended_already:
        waiting.show(job, _("Predicting “{name}”.", name=plain(job.name)))
        if st.button(_("Stop"), key=f"stop_predict_{job.id}", icon=":material/stop:"):
            store.ask_to_stop(job.id, owner.current())
            st.rerun()
        return
    medium = media.of(run.case)
    drop.alone(
        medium.batch,
        token=tokens.sign("upload", owner=run.owner, case=run.case, kind="predict", subject=run.id),
        words={"title": _(medium.drop), "hint": _table_of(run), "choose": _("Choose a file"),
               "another": _("Choose another file")},
        key=f"predict_{run.id}",
        on_uploaded=lambda: None,  # the page runs again and finds the job
    )  # fmt: skip
    if job:
        _outcome(job)


def _table_of(run: Run) -> str:
    """What comes of many things."""
    if words.task_of(run).targets == "texts":
        return _("You get a table: the name of each recording and what is said in it.")
    return _(media.of(run.case).table)


def _told(job: Run) -> str:
    answered = _("“{name}”: {n:,} predicted.", name=plain(job.name), n=job.result["items"])
    return together(answered, _("{n:,} failed.", n=job.result["aside"]) if job.result["aside"] else "")


def _told_of_users(job: Run) -> str:
    n, failed, noted = job.result["items"], job.result["aside"], job.result.get("noted", 0)
    done = count("{n} user predicted", "{n} users predicted", n)
    told = listed([done, *([_("{n:,} failed", n=failed)] if failed else [])])
    return together(
        _("“{name}”: {told}.", name=plain(job.name), told=told),
        count("{n} predicted user had items that were not found; these were left out.",
              "{n} predicted users had items that were not found; these were left out.", noted)
        if noted else "",
    )  # fmt: skip


_TOLD = {"items": _told_of_users}  # by what a task's labels are


def _outcome(job: Run) -> None:
    if job.status == "failed":
        st.error(language.of(InputError.from_json(job.error)), icon=":material/error:")
    if job.status == "stopped":
        st.info(_("“{name}” was stopped; no table was made.", name=plain(job.name)), icon=":material/info:")
    if job.status != "done":
        return
    with st.container(border=True):
        st.markdown(_TOLD.get(words.task_of(job).targets, _told)(job))
        named = [f"{plain(label)} {n:,}" for label, n in list(job.result["named"].items())[:MOST_NAMED]]
        st.caption(" · ".join([*named, *(["…"] if len(job.result["named"]) > MOST_NAMED else [])]))
        token = tokens.sign("run", run=job.id, owner=job.owner)
        address = f"/api/predictions?token={token}&lang={current()}"
        st.link_button(_("Download the table (CSV)"), address, icon=":material/download:")
        if job.result["told"]:
            with st.expander(_("Problems and reasons")):
                told = job.result["told"]
                st.dataframe({_("Name"): [words.item(one["name"]) for one in told],
                              _("Reason"): [_(one["reason"], **one.get("args", {})) for one in told]},
                             hide_index=True)  # fmt: skip
