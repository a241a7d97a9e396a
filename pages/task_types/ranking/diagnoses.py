"""What happened to a recommender, in the book's words; see `pages.task_types.base.EvaluationView`."""

from __future__ import annotations

from pages.shared import vocabulary
from pages.task_types import diagnosis
from pages.task_types.generalization import Gap
from pages.task_types.ranking.figures import MODEL
from pages.task_types.ranking.users import Viewed
from runs.results.diagnosis import Diagnosis, lists, result
from runs.store.records import Run


def diagnose(run: Run, viewed: Viewed | None, gap: Gap | None, causes: str) -> list[Diagnosis]:
    """`viewed`: None where the answers or the data are gone."""
    nothing = result.adds_nothing(run.result, [one.name for one in vocabulary.task_of(run).baselines], why={})
    found = [*diagnosis.of_result(run, gap, causes), *([nothing] if nothing else []), *diagnosis.of_training(run)]
    if viewed is not None:
        coverage = (run.result.get("lists") or {}).get(MODEL, {}).get("coverage@10")
        found += lists.diagnose(viewed.table, viewed.dataset.samples["people"].to_numpy(), coverage)
    return found
