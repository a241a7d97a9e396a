"""Where the seconds of the suite go, by kind, told at its end: what its main threads do, all workers together.

A second counts for the innermost kind: an import within a training is an import. What children of a worker do shows as
waiting for them, and as the processor time of children.
"""

from __future__ import annotations

import functools
import importlib._bootstrap
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

IMPORTS, PAGES, BROWSER, SERVERS = "imports", "pages of AppTest", "browser", "start of servers"
CHILDREN, SLEEP, TRAINING, REST = "waiting for processes", "sleeping and waiting", "training", "everything else"
WAITING = (CHILDREN, SLEEP)  # only of a test itself: who waits for a page waits for a page
OWN, OF_CHILDREN = "processor time of the workers", "processor time of their children"
# Module → what in it counts as which kind, from its import on.
WATCHED = {
    "models.training.trainer": ("fit", TRAINING),
    "streamlit.testing.v1.app_test": ("AppTest._run", PAGES),
    "playwright._impl._sync_base": ("SyncBase._sync", BROWSER),
    "browser.serving": ("Server.start", SERVERS),
    "subprocess": ("Popen._wait", CHILDREN),
    "multiprocessing.process": ("BaseProcess.join", CHILDREN),
    "time": ("sleep", SLEEP),
    "threading": ("Condition.wait", SLEEP),
}

_spent: Counter[str] = Counter()
_open = [REST]
_since = time.perf_counter()
_here = threading.main_thread()


@contextmanager
def counted(kind: str) -> Iterator[None]:
    """What happens within is of this kind; in other threads nothing is counted."""
    if threading.current_thread() is not _here:
        yield
        return
    _turn()
    _open.append(kind if kind not in WAITING or _open[-1] == REST else _open[-1])
    try:
        yield
    finally:
        _turn()
        _open.pop()


def _turn() -> None:
    global _since
    now = time.perf_counter()
    _spent[_open[-1]] += now - _since
    _since = now


def _counting(call: Callable[..., Any], kind: str) -> Callable[..., Any]:
    @functools.wraps(call)
    def calling(*args: Any, **named: Any) -> Any:
        with counted(kind):
            return call(*args, **named)

    return calling


def _watch(module: Any) -> None:
    path, kind = WATCHED[module.__name__]
    *owners, name = path.split(".")
    owner = functools.reduce(getattr, owners, module)
    setattr(owner, name, _counting(getattr(owner, name), kind))


def pytest_configure(config: pytest.Config) -> None:
    loading, lacking = _counting(importlib._bootstrap._find_and_load, IMPORTS), {*WATCHED}

    def look() -> None:
        for name in [one for one in lacking if hasattr(sys.modules.get(one), WATCHED[one][0].partition(".")[0])]:
            lacking.remove(name)
            _watch(sys.modules[name])

    def load(*args: Any) -> Any:
        module = loading(*args)
        if lacking:
            look()
        return module

    look()
    importlib._bootstrap._find_and_load = load
    config.stash[_TOTAL] = Counter()


_TOTAL = pytest.StashKey[Counter]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    _turn()
    times = os.times()
    told = {**_spent, OWN: times.user + times.system, OF_CHILDREN: times.children_user + times.children_system}
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["seconds"] = told
    elif not getattr(session.config.option, "numprocesses", None):
        session.config.stash[_TOTAL].update(told)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[_TOTAL].update(getattr(node, "workeroutput", {}).get("seconds", {}))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    total = config.stash[_TOTAL]
    kinds = {kind: seconds for kind, seconds in total.most_common() if kind not in (OWN, OF_CHILDREN)}
    if not kinds:
        return
    terminalreporter.section("seconds of all workers")
    for kind, seconds in (
        *kinds.items(),
        ("together", sum(kinds.values())),
        *((k, total[k]) for k in (OWN, OF_CHILDREN)),
    ):
        terminalreporter.write_line(f"{seconds:8.0f}  {kind}")
