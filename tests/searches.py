"""Searches to test with, around the settings of a short training."""

from __future__ import annotations

import pandas as pd
import workshop

import cases
from cases import search_space, tasks
from cases.dataset import Dataset
from runs import paths
from runs.search import job, journal
from runs.store import lifecycle, queue, records
from runs.worker.reporter import StoreReporter

PICTURES = "image_recognition"
LONG = 3600.0


def begun(materials, case, seconds=LONG, **changed):
    """A search that waits, around the settings of a short training."""
    single = records.run(workshop.queued(materials, case, **changed), "local")
    lifecycle.discard(single.id, "local")
    return journal.begin("local", single.case, single.name, single.dataset, single.settings, seconds, {})


def known(run):
    return journal.of(records.run(run, "local"))


def tried(identity):
    """The journal of a search that made all its trials, but was stopped before the best was evaluated and packed."""
    run = queue.claim_here(identity)
    job.Search(run, StoreReporter(run)).try_all()
    queue.end(identity, "stopped")
    return known(identity)


def space(materials, case=PICTURES, times=1, **changed):
    """`times`: so often each of the examples is there."""
    waiting = records.run(begun(materials, case, **changed), "local")
    made, dataset = cases.get(waiting.case), Dataset.open(paths.datasets() / waiting.dataset)
    settings = tasks.decided(made, dataset, waiting.settings)
    task = tasks.of(made, settings)
    vars(dataset)["samples"] = pd.concat([dataset.samples] * times, ignore_index=True)
    return search_space.of(made, task, dataset.meant_as(task.task_type), settings, paths.cache() / "models")
