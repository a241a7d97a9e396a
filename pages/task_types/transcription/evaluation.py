"""Recordings whose words are written down; see `pages.task_types.base.EvaluationView`."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import cases
from cases import tasks
from cases.dataset import Dataset
from models.errors import N_
from models.evaluation import significance
from models.evaluation.baseline_comparison import ABOVE
from pages.shared import owner, vocabulary
from pages.shared.i18n import _, count, together
from pages.task_types import diagnosis, generalization, result_figure, state, verdict
from pages.task_types import learning_curve as curve
from pages.task_types.base import NextStep
from pages.task_types.generalization import Gap
from pages.task_types.transcription import labels, worst
from pages.task_types.transcription import views as recordings
from pages.task_types.transcription.figures import beside, figures, how_compared
from pages.task_types.transcription.views import Viewed
from runs import paths
from runs.results import transcripts
from runs.results.diagnosis import Diagnosis, result
from runs.results.diagnosis import transcripts as of_transcripts
from runs.store import dataset_rows, datasets, edits
from runs.store.records import Run

FEW_TESTED = 20  # recordings; below that the figure says little
PROMISED = {  # metric, which is that of the language → what a visitor is told of it
    "wer": N_("About **{value:.1f}** errors per 100 spoken words in recordings like the training data (95% interval: "
              "{low:.1f} to {high:.1f}). Measured once, on {items:,} recordings not used in training. Other voices, "
              "rooms or microphones may raise the error rate. Noise may be transcribed as words."),
    "cer": N_("About **{value:.1f}** errors per 100 spoken characters in recordings like the training data (95% "
              "interval: {low:.1f} to {high:.1f}). Measured once, on {items:,} recordings not used in training. Other "
              "voices, rooms or microphones may raise the error rate. Noise may be transcribed as words."),
}  # fmt: skip
CAUSES = N_(
    "Validation recordings may resemble the training data more, as duplicates or the same voices do. Trust the test "
    "score, and keep one speaker's recordings in one split."
)


def headline(run: Run) -> None:
    """Show how many words or characters come out wrong, and say whether fewer do than of the untouched model."""
    result_figure.show(run, _("{tested}, never used in training", tested=tested(run)))
    st.markdown(together(verdict.briefly(run), settled(run), verdict.unfinished(run) or _advice(run)))
    st.caption(beside(run))
    if run.result["data"]["test"] < FEW_TESTED:
        st.caption(_("Too few test recordings for a precise metric. Test on more."))


def settled(run: Run) -> str:
    """Which weights were kept, see `verdict.kept`."""
    return verdict.kept(
        run,
        N_("Kept: the **pretrained model**. Fine-tuning did not clearly lower errors on the validation set."),
        N_("Kept: weights **halfway between start and end**, with fewest errors on the validation set."),
        N_("Kept: the **end** of fine-tuning, with clearly fewer errors on the validation set than its start."),
    )


def gap(run: Run) -> Gap | None:
    return generalization.gap(run, run.result["data"]["test"], significance.means_apart)


def diagnoses(run: Run) -> Sequence[Diagnosis]:
    """See `pages.task_types.base.EvaluationView`."""
    table, metric = transcripts.of(run), vocabulary.task_of(run).metric
    repeated = result.leakage(run.result, metric, significance.means_apart)
    found = [*diagnosis.of_result(run, gap(run), CAUSES), *([repeated] if repeated else []),
             *diagnosis.of_training(run)]  # fmt: skip
    return [*found, *(of_transcripts.diagnose(table) if table is not None else [])]


def next_steps(run: Run) -> Sequence[NextStep]:
    return ()


def tested(run: Run) -> str:
    return count("{n} test recording", "{n} test recordings", run.result["data"]["test"])


def _advice(run: Run) -> str:
    """What may do better; "" where the training was worth it."""
    found = verdict.of(run)
    if found.better:
        return _("Fine-tuning made the model worse. Check the transcripts, then try fewer epochs or a lower learning "
                 "rate.")  # fmt: skip
    if verdict.kept_share(run) == 0:  # what was trained is not the model
        return _("More recordings usually help.")
    return _("Training paid off.") if found.standing == ABOVE else _("More recordings usually help.")


def open_for(run: Run) -> Viewed | None:
    """Open the run's transcripts with its data set, or return None where either is gone."""
    table, row = transcripts.of(run), dataset_rows.by_id(run.dataset, owner.current())
    folder = paths.datasets() / run.dataset
    if table is None or row is None or not datasets.is_there(run.dataset, run.owner):
        return None
    dataset = Dataset.open(folder, edits.current(owner.current(), run.dataset))
    return Viewed(run, tasks.seen(cases.get(run.case), dataset, run.settings), table)


def views() -> dict[str, str]:
    return {
        "overview": _("Overview"), "texts": _("Recordings"), "words": _("Mistakes"), "labels": _("Labels to review"),
        curve.NAME: curve.title(),
    }  # fmt: skip


def wait(run: Run, seen: str) -> bool:
    return False


def show(viewed: Viewed, seen: str) -> None:
    drawn = {"texts": recordings.texts, "words": recordings.words, "labels": labels.show, "overview": _overview,
             curve.NAME: _no_curve}  # fmt: skip
    drawn[seen](viewed)


def _no_curve(viewed: Viewed) -> None:
    st.markdown(_("Not offered for transcription: fine-tuning a speech model takes long, and a curve needs it ten "
                  "times."))  # fmt: skip


def _overview(viewed: Viewed) -> None:
    worst.show(viewed)
    figures(viewed.run)


def opened(run: Run) -> None:
    """Open the dialog of the recording that the address names, if it names one."""
    if state.item() is None:
        return

    @st.dialog(_("Example details"), width=960, on_dismiss=lambda: state.put("item", None))
    def look() -> None:
        recordings.closer(open_for(run), state.item())

    look()


def promise(run: Run) -> str:
    """How many words or characters come out wrong, for who does not know the methods."""
    metric = vocabulary.task_of(run).metric
    told = {name: 100 * run.result["test"][metric][name] for name in ("value", "low", "high")}
    return together(_(PROMISED[metric], items=run.result["data"]["test"], **told), how_compared(run))


def promised(run: Run) -> None:
    st.markdown(promise(run))
