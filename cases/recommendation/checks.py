"""What is worth knowing of some items before they are learnt from."""

from __future__ import annotations

from cases.base import Finding
from cases.dataset import LEFT_OUT, Dataset
from models.errors import N_

FEW = 5  # people
DESCRIBED = ["label", "genres", "text"]


def findings(dataset: Dataset) -> list[Finding]:
    """Those that were found, of the items that are not left out."""
    samples = dataset.samples[dataset.samples["split"] != LEFT_OUT]
    bare = ~samples["titled"] & (samples["label"] == samples["name"])
    known = samples["titled"].any()
    by_users = samples.sort_values("people", ascending=False, kind="stable")  # the best known of those alike stays
    twice = samples["titled"] & samples.duplicated(DESCRIBED, keep=False)
    again = samples["titled"] & by_users.duplicated(DESCRIBED)
    kinds = (
        ("untitled", bare & known, N_("Missing titles"),
         N_("These items have no text features. Open an item and type its title.")),
        ("twice", twice, N_("Duplicate descriptions"),
         N_("Possibly duplicates: users of one may be recommended the other.")),
        ("unknown", samples["people"] == 0, N_("No interactions (cold start)"),
         N_("They can be recommended by their text features only.")),
        ("seldom", (samples["people"] > 0) & (samples["people"] < FEW), N_("Fewer than five users"),
         N_("Too few interactions; their text features matter most.")),
    )  # fmt: skip
    rows = samples.index.to_numpy()
    every = ((name, found.to_numpy(bool), title, advice) for name, found, title, advice in kinds)
    surplus = {"twice": rows[again.to_numpy(bool)]}
    return [Finding(name, title, advice, rows[found], surplus.get(name))
            for name, found, title, advice in every if found.any()]  # fmt: skip
