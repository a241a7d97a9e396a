"""The words of the live view of a training."""

from __future__ import annotations

from cases.base import Task
from models.evaluation.metrics import FALLING
from pages import task_types
from pages.components import live_metrics as live_view
from pages.components import word_diff
from pages.shared import durations
from pages.shared.i18n import _
from pages.shared.vocabulary import metric


def live(task: Task, name: str, *, trial: bool = False) -> live_view.Words:
    """The words of the live view, which has none of its own; `name`: what the run is called in notifications; `trial`:
    a search began it, and nobody stopped it by hand."""
    screens, measured = task_types.of(task), metric(task.metric)
    return {
        "status_queued": _("Queued"),
        "status_running": _("Running"),
        "status_done": _("Done"),
        "status_failed": _("Failed"),
        "status_stopped": _("Ended") if trial else _("Stopped"),
        "phase_preparing": _("Prepare"),
        "phase_training": _("Train"),
        "phase_evaluating": _("Evaluate"),
        "phase_exporting": _("Export"),
        "progress_pixels": _("{n} of {total} pictures decoded"),
        "progress_features": _("{n} of {total} feature vectors computed"),
        "progress_views": _("Augmented views computed of {n} of {total} examples"),
        "progress_transcripts": _("{n} of {total} transcribed before fine-tuning"),
        "progress_baselines": _("{n} of {total} baselines tried"),
        "progress_candidates": _("Comparing networks: step {n} of {total}"),
        "progress_combinations": _("{n} of {total} combinations compared"),
        "progress_folds": _("Fitting the linear baseline: {n} of {total}"),
        "progress_training": _("Step {n} of {total}"),
        "progress_test": _("{n} of {total} examples predicted"),
        "progress_export": _("Export: step {n} of {total}"),
        "progress_labels": _("{n} of {total} labels checked"),
        "progress_proof": _("{n} of {total} examples answered by the exported files"),
        "epoch": _("Epoch {n} of {total}"),
        "starting": _("Starting its process"),
        "attempt": _("attempt {n}: resumed after an interruption"),
        "queue": _("Runs ahead: {n}"),
        "next": _("Next in queue"),
        "begins": _("starts in about {time}"),
        "rate": _("{n} examples/s"),
        "pace": _("{n}/s"),
        "left": _("training: {time} left"),
        "ends": _("training ends about {clock}"),
        "left_of_this": _("this step: {time} left"),
        "durations": durations.words(),
        "reconnecting": _("Connection lost; reconnecting. The run continues."),
        "loss": _("Loss"),
        "loss_alt": _("Training and validation loss over the epochs"),
        "metric": _("{metric}: lower is better", metric=measured) if task.metric in FALLING else measured,
        "metric_alt": _(screens.curves.get(task.metric, screens.curve)),
        "empty": _("Curves appear after the first training steps."),
        "epochs": _("Epoch"),
        "best_of_all": _("Lowest validation loss: epoch {n} (dotted line)."),
        "best": _("Lowest validation loss so far: epoch {n} (dotted line)."),
        "overfit": _(
            "Overfitting since epoch {n} (dotted line): the training loss still falls, the validation loss rises."
        ),
        "overfit_at_once": _(
            "Overfitting from the first epoch on: the training loss falls, the validation loss rises."
        ),
        "above": _(
            "The training loss lies above the validation loss. This need not be a fault: it is measured during the "
            "epoch, with any dropout, augmentation and label smoothing."
        ),
        "train": _("Training"),
        "smoothed": _("Training, smoothed"),
        "smoothing": _("Smoothing of the training loss"),
        "validation": _("Validation"),
        "validation_end": _("Validation, last epoch"),
        "learning_rate": _("Learning rate"),
        "speed": _("Speed"),
        "cpu": _("CPU"),
        "memory": _("Memory"),
        "gpu": _("GPU"),
        "gpu_memory": _("GPU memory"),
        "mean": _("{name}, mean"),
        "peak": _("{name}, peak"),
        "probes": _("Monitored examples"),
        "probes_hint": _(screens.watched),
        "probes_had": _("History"),
        "probes_next": _("Held-out item"),
        "probes_recommended": _("Recommended"),
        **word_diff.words(),
        "probes_before": _("Before training"),
        "probes_after": _("After epoch {n}"),
        "probes_train": _("training example"),
        "notify_on": _("Notify me in this browser"),
        "notify_off": _("Stop notifying me"),
        "notify_kept": _("While a page of a run is open, also in the background."),
        "notify_insecure": _("Browsers allow notifications only over HTTPS or on this computer itself."),
        "notify_missing": _("This browser offers no notifications to web pages."),
        "notify_denied": _("This browser blocks notifications of this site. Allow them in its site settings."),
        "notify_name": name,
        "notify_done": _("“{name}” is done: {_metric} {figure}.", name="{name}", figure="{figure}", _metric=measured),
        "notify_ended": _("“{name}” is done."),
        "notify_failed": _("“{name}” failed."),
        "notify_stopped": _("“{name}” was stopped."),
        "notify_diverged": _("“{name}” diverged."),
        "notify_overfit": _("“{name}” overfits: the training loss still falls, the validation loss rises."),
        "zoom": _("Zoom"),
        "pan": _("Pan"),
        "reset": _("Show all"),
    }
