"""The temperature of a run's probabilities and the threshold below which its model is not sure: chosen on examples that
are not those of the test, kept with the run, and written into its bundle, which is not packed again for that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from cases.classification import decision_card
from cases.classification.conditions import FEW_VALIDATED, has_final_fit, is_linear_probe
from models.evaluation import calibration, decision, selective
from models.evaluation.decision import Decision
from models.evaluation.predictions import OUT_OF_FOLD as OUT_OF_FOLD
from models.evaluation.predictions import Predictions
from models.evaluation.selective import Selected
from models.storage import checksums
from runs import integrity
from runs.results import predictions
from runs.store import folders, objects, records
from runs.store.records import Run

PRECISION, COST, HAND = "precision", "cost", "hand"
VALIDATION = "validation"
DEFAULT = 0.5  # the threshold by which Try, batches and demos mark answers where none is saved


@dataclass(frozen=True)
class Chosen:
    """`way`: how the threshold was chosen, one of `PRECISION`, `COST` and `HAND`; `asked`: the precision, or how many
    times as much a wrong answer costs as a “not sure”."""

    temperature: float = 1.0
    threshold: float | None = None
    way: str = HAND
    asked: float | None = None

    @property
    def decision(self) -> Decision:
        return Decision(self.temperature, self.threshold)


NOTHING = Chosen()


@dataclass(frozen=True, eq=False)
class Basis:
    """What is chosen by: `part` is `VALIDATION` or `OUT_OF_FOLD`, `outcome` as the network itself answers."""

    part: str
    outcome: Predictions


def of(run: Run) -> Chosen:
    """What was chosen for a run."""
    return Chosen(**run.decision) if run.decision else NOTHING


def of_answers(run: Run, then: Decision) -> float:
    """The threshold by which answers of earlier are marked: the present one, unless their probabilities have another
    temperature. These keep the threshold of then."""
    now = of(run).decision
    chosen = (now if now.temperature == then.temperature else then).threshold
    return DEFAULT if chosen is None else chosen


def basis(run: Run) -> Basis | None:
    """The validation part; out of fold what was learnt from, where a linear head has few validation examples, or was
    fitted to them once more at the end. None where there is neither."""
    outcome = predictions.untempered(run)
    if outcome is None:
        return None
    validation, judged = outcome.of(VALIDATION), outcome.out_of_fold
    whole = "stopped" not in (run.result or {})
    fitted = whole and has_final_fit(run.settings)
    few = whole and len(validation.labels) < FEW_VALIDATED and is_linear_probe(run.settings)
    if judged is not None and (fitted or few):
        return Basis(OUT_OF_FOLD, judged)
    return None if fitted or not len(validation.labels) else Basis(VALIDATION, validation)


def can_calibrate(known: Basis | None) -> bool:
    return known is not None and calibration.can_fit(known.outcome.right)


def calibrated(run: Run) -> Chosen | None:
    """With the temperature that fits best, and the threshold chosen anew by it; None where none can be fitted."""
    known = basis(run)
    if known is None:
        return None
    temperature = calibration.fit_temperature(known.outcome.probabilities, known.outcome.labels)
    return None if temperature is None else by_temperature(run, temperature)


def by_temperature(run: Run, temperature: float) -> Chosen:
    """What was chosen, with another temperature: a precision or a cost is sought anew, a number set by hand stays."""
    now = replace(of(run), temperature=temperature)
    if now.threshold is None or now.way == HAND or now.asked is None:
        return now
    return threshold_by(run, now, now.way, now.asked) or replace(now, threshold=None, way=HAND, asked=None)


def threshold_by(run: Run, now: Chosen, way: str, asked: float) -> Chosen | None:
    """`now` with the threshold that is chosen this way; None where there is none."""
    known = basis(run)
    if known is None:
        return None
    outcome = known.outcome.tempered(now.temperature)
    choose = {PRECISION: selective.by_precision, COST: selective.by_cost}[way]
    threshold = choose(outcome.confidence, outcome.right, asked)
    return None if threshold is None else replace(now, threshold=threshold, way=way, asked=asked)


def tested(run: Run, threshold: float) -> Selected | None:
    """What the threshold comes to on the test part; None where single answers are gone, or there are none."""
    outcome = predictions.of(run)
    test = outcome.of("test") if outcome else None
    return selective.selected(test.confidence, test.right, threshold) if test and len(test.labels) else None


def keep(run: Run, chosen: Chosen) -> None:
    """Keep it with the run from now on, and tell its bundle."""
    records.decide(run.id, run.owner, asdict(chosen) if chosen != NOTHING else None)
    renew(run)


def renew(run: Run) -> None:
    """Write into the bundle, where there is one, what its owner has chosen until now: decision.json and the rows of the
    model cards, with their checksums."""
    folder = folders.run(run.id)
    with integrity.settling(folder):  # who comes second sees what the first has chosen
        now, bundle = records.run(run.id, run.owner), folder / integrity.BUNDLE
        if now is None or not bundle.is_dir():
            return
        chosen, written = of(now), dict[str, str | None]()
        if chosen == NOTHING and not (bundle / decision.FILE).exists():
            return
        written[decision.FILE] = _file(chosen.decision)
        for card, language in decision_card.FILES.items():
            if (bundle / card).exists() and integrity.of_model(run.id, card) is None:
                written[card] = decision_card.renewed((bundle / card).read_text("utf-8"), language, _facts(now, chosen))
        for name, text in written.items():
            checksums.replace(bundle / name, text)
        integrity.renew(folder, [f"{integrity.BUNDLE}/{name}" for name in written])
        objects.owe(objects.of_run(run.id))


def is_obeyed(run: Run) -> bool:
    """Whether the predict.py of the bundle reads decision.json: those of earlier versions do not."""
    script = folders.run(run.id) / integrity.BUNDLE / "predict.py"
    return not script.exists() or "import decision" in script.read_text("utf-8")


def _file(told: Decision) -> str | None:
    return json.dumps(asdict(told)) if told != Decision() else None


def _facts(run: Run, chosen: Chosen) -> Mapping[str, Any]:
    """What the rows of a card tell; see `decision_card.renewed`."""
    known = basis(run)
    found = tested(run, chosen.threshold) if chosen.threshold is not None else None
    return {
        "decision": chosen.decision, "selected": found, "part": known.part if known else "",
        "items": len(known.outcome.labels) if known else 0,
    }  # fmt: skip
