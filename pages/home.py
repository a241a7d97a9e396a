"""What this is, what it runs on, and what ran last."""

from __future__ import annotations

import streamlit as st

from pages.parts import owner, run_list
from pages.parts.language import _, count, listed
from runs import machine, store

st.title(_("Casebook"), anchor=False)
st.markdown(
    _(
        "Bring your own data, fine-tune a pretrained network on it, and watch it learn. "
        "Each case study of the book follows the same steps: data, check, model, fine-tune, evaluate, try, keep and "
        "share."
    )
)

above, below = st.columns(2), st.columns(2)
with above[0].container(border=True, height="stretch"):
    st.subheader(_("Image recognition"), anchor=False)
    st.markdown(_("One label for each picture: products, plants, defects, handwriting. You need some "
                  "pictures of each kind, in folders or one by one."))  # fmt: skip
    st.page_link("image_recognition.py", label=_("Open image recognition"), icon=":material/arrow_forward:")
with above[1].container(border=True, height="stretch"):
    st.subheader(_("Text analysis"), anchor=False)
    st.markdown(_("Sentiment, topic or intent of texts, in Chinese and English. You need a table with a text and its "
                  "class in each line, or texts in folders."))  # fmt: skip
    st.page_link("text_analysis.py", label=_("Open text analysis"), icon=":material/arrow_forward:")
with below[0].container(border=True, height="stretch"):
    st.subheader(_("Speech"), anchor=False)
    st.markdown(_("One label for each recording: commands, voices, moods, machines, animals. Or what is said, written "
                  "down. You need some recordings of each kind, or with transcripts, or a microphone."))  # fmt: skip
    st.page_link("speech.py", label=_("Open speech"), icon=":material/arrow_forward:")
with below[1].container(border=True, height="stretch"):
    st.subheader(_("Recommendation"), anchor=False)
    st.markdown(_("From user–item interactions to what each user may like next, with reasons. You need a table of "
                  "interactions; titles of the items help."))  # fmt: skip
    st.page_link("recommendation.py", label=_("Open recommendation"), icon=":material/arrow_forward:")

st.subheader(_("This machine"), anchor=False)
gpus = listed(_("{name} ({n})", name=name, n=f"{memory // 1024} GB") for name, memory in machine.gpus())
st.markdown(
    " · ".join(
        [
            count("{n} processor core", "{n} processor cores", machine.cores()),
            _("{gb:.0f} GB memory", gb=machine.memory_gb()),
            gpus or _("no GPU: networks train on the processor"),
        ]
    )
)

st.subheader(_("Latest runs"), anchor=False)
run_list.show(store.run_list(owner.current(), most=5))
