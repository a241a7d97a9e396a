"""Something worked out of one item by the model that a run saved: asked for by a key, kept with the run."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.storage import checksums
from runs.store import folders, lifecycle, records
from runs.store.records import Run

KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
FACTS, NOTED = "facts.json", "checksums.json"


@dataclass(frozen=True)
class ItemWork:
    """`kind` of the runs that do it; `place`: the folder of the run in which it is kept."""

    kind: str
    place: str

    def folder(self, run: str, key: str) -> Path:
        return folders.run(run) / self.place / key

    def ask(self, run: Run, key: str, **item: Any) -> None:
        """Have it worked out, unless it is there or on its way; `item`: row of the data set, or file that was given to
        be tried."""
        if self.known(run, key)["status"] == "none":
            records.create_run(run.owner, self.kind, run.case, run.name, subject=run.id, dataset=run.dataset,
                               edits=run.edits, settings={"key": key, **item})  # fmt: skip

    def give_up(self, run: Run, key: str) -> None:
        """Nobody waits for it any more; what has begun is so short that it goes on to its end."""
        for one in self._asked(run, key):
            if one.status == "queued":
                lifecycle.ask_to_stop(one.id, run.owner)

    def again(self, run: Run, key: str) -> None:
        """Forget an attempt that failed."""
        for one in self._asked(run, key):
            if one.ended_already:
                lifecycle.discard(one.id, run.owner)

    def known(self, run: Run, key: str) -> dict[str, Any]:
        """`status`: none, queued, running, done or failed; what was found when done; the error when failed."""
        facts = self.folder(run.id, key) / FACTS
        current = facts.exists() and facts.stat().st_mtime >= (run.ended or 0)  # a run that went on has another model
        if current and not checksums.changed(facts.parent / NOTED, facts.parent):  # else it is worked out again
            return {"status": "done", **json.loads(facts.read_text("utf-8"))}
        for one in self._asked(run, key):
            if one.created >= (run.ended or 0):
                status = one.status if one.status in ("queued", "running", "failed") else "none"
                return {"status": status, "error": one.error}
        return {"status": "none"}

    def _asked(self, run: Run, key: str) -> list[Run]:
        """The work that it was asked for by, the newest first."""
        some = records.run_list(run.owner, kind=self.kind, most=100)
        return [one for one in some if one.subject == run.id and one.settings["key"] == key]
