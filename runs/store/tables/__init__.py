"""All tables but those of people (`runs.identity.tables`); the migrations make them as they stand here."""

from __future__ import annotations

from runs.store.tables.access import guesses, limits, server, shares
from runs.store.tables.base import metadata
from runs.store.tables.data import (
    confirmed_labels,
    datasets,
    deleted_folders,
    edits,
    kept_settings,
    stored_folders,
    uploads,
)
from runs.store.tables.personal import lesson_answers, notices, preferences, webhooks
from runs.store.tables.work import DISCARD, QUEUED, RUNNING, agents, metrics, restarts, runs, turns

__all__ = [
    "DISCARD", "QUEUED", "RUNNING", "agents", "confirmed_labels", "datasets", "deleted_folders", "edits", "guesses",
    "kept_settings", "lesson_answers", "limits", "metadata", "metrics", "notices", "preferences", "restarts", "runs",
    "server", "shares", "stored_folders", "turns", "uploads", "webhooks",
]  # fmt: skip
