"""Measure the share of small faults that the tests find (mutation testing).

    python -m benchmarks.mutants --sample 200 --seed 1
    python -m benchmarks.mutants --sample 200 --seed 1 --out results/mutants_after.json --before results/mutants.json

Faults are drawn over all layers in proportion to their code: a comparison or operator swapped, a constant plus one, a
truth value swapped, a `not` removed (these are made by mutmut), a condition negated, a call removed, a returned value
replaced by None. A first pass runs the whole suite in a copy of the tree in which each drawn expression records which
test reached it, also in child processes. Then each fault is tried alone in a copy: the tests that reached it run, the
shortest first, until one fails or `--limit` seconds are planned. A server that several tests share knows only the file
of its tests; then the tests of that file run. A fault that makes tests hang counts as found.

`--reached FILE` keeps the first pass and reads it if it exists. `--out` is written after each fault; a second call
tries only the missing faults. `--before` tries the faults of an earlier result again, as far as their code is
still there, and compares. Tests that fail in the first pass are not used.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation import mutators

from benchmarks import table

ROOT = Path(__file__).parents[1]
LAYERS = ("models", "cases", "runs", "pages")
# They are copied into bundles or run as text in another process, where the probe is unknown.
APART = ("predict.py", "standalone_predict.py", "clean_process.py")
# Type of node → kind of fault and the mutator of mutmut that makes it of the whole node.
MUTATORS = {
    cst.Integer: ("constant plus one", mutators.operator_number),
    cst.Float: ("constant plus one", mutators.operator_number),
    cst.Name: ("truth value", mutators.operator_name),
    cst.UnaryOperation: ("not dropped", mutators.operator_remove_unary_ops),
    cst.BinaryOperation: ("operator turned", mutators.operator_swap_op),
    cst.BooleanOperation: ("operator turned", mutators.operator_swap_op),
}
SPARE = 4  # faults drawn for each one tried: some lines are reached by no test
FOUND, SURVIVED, HUNG = "found", "survived", "hung"
PROBE = '''"""Records which test reached which drawn expression; Python imports it when a process starts."""
import builtins, os, sys
_seen = set()
def __reached__(number):
    test = os.environ.get("PYTEST_CURRENT_TEST", "")
    if (number, test) not in _seen:
        _seen.add((number, test))
        with open(os.path.join(os.environ["MUTANTS_REACHED"], str(os.getpid())), "a") as file:
            file.write(f"{number}\\t{int('pytest' in sys.modules)}\\t{test}\\n")
    return False
builtins.__reached__ = __reached__
'''
# In the workers alone: the process that gathers their reports would count each a second time.
TIMES = """import os
def pytest_runtest_logreport(report):
    if "PYTEST_XDIST_WORKER" in os.environ:
        with open(os.path.join(os.environ["MUTANTS_REACHED"], f"times_{os.getpid()}"), "a") as file:
            file.write(f"{report.nodeid}\\t{report.duration}\\t{int(report.failed)}\\n")
"""
NOT_RUN = (4, 5)  # exit statuses of pytest: the command is wrong, or it names no test


@dataclass(frozen=True)
class Fault:
    """The `number`th fault of a file, with the code before and after."""

    path: str
    line: int
    kind: str
    number: int
    before: str
    after: str

    @property
    def layer(self) -> str:
        return self.path.partition("/")[0]

    @property
    def key(self) -> tuple[str, ...]:
        """What stays the same when lines move."""
        return self.path, self.kind, self.before, self.after

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.kind}: {self.before} → {self.after}"


class _Faults(cst.CSTTransformer):
    """Number the possible faults of a file.

    Args:
        chosen: the fault to put into the code.
        probes: fault → number under which its expression records that it was reached.
        asked: the faults to collect in `found`.
    """

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, path: str, *, chosen: int | None = None, probes: Mapping[int, int] | None = None,
                 asked: Container[int] = ()) -> None:  # fmt: skip
        super().__init__()
        self.path, self.chosen, self.probes, self.asked = path, chosen, probes or {}, asked
        self.count, self.depth = 0, 0
        self.found: list[Fault] = []

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self.depth += 1

    def leave_FunctionDef(self, original_node, updated_node):
        self.depth -= 1
        return updated_node

    # These hold no code that runs, or cannot hold a probe.
    def visit_Annotation(self, node: cst.Annotation) -> bool:
        return False

    def visit_FormattedString(self, node: cst.FormattedString) -> bool:
        return False

    def visit_Decorator(self, node: cst.Decorator) -> bool:
        return False

    def visit_Parameters(self, node: cst.Parameters) -> bool:
        return False

    def on_leave(self, original_node, updated_node):
        updated = super().on_leave(original_node, updated_node)
        if not self.depth:
            return updated
        for kind, after in _changes(original_node):
            place, self.count = self.count, self.count + 1
            if place in self.asked:
                line = self.get_metadata(PositionProvider, original_node).start.line
                self.found.append(Fault(self.path, line, kind, place, _code(original_node), _code(after)))
            if self.chosen == place:
                return after
            if (number := self.probes.get(place)) is not None:
                updated = _probed(updated, number)
        return updated


def _changes(node: cst.CSTNode) -> Iterator[tuple[str, cst.CSTNode]]:
    if known := MUTATORS.get(type(node)):
        kind, mutate = known
        yield from ((kind, one) for one in mutate(node))
    if isinstance(node, cst.Comparison) and len(node.comparisons) == 1:
        target = node.comparisons[0]
        words = (target.with_changes(operator=one) for one in mutators.operator_keywords(target.operator))
        for turned in (*mutators.operator_swap_op(target), *words):
            yield "comparison turned", node.with_changes(comparisons=[turned])
    if isinstance(node, cst.If | cst.IfExp) and not isinstance(node.test, cst.UnaryOperation):
        negated = cst.UnaryOperation(cst.Not(), _bracketed(node.test))
        yield "condition negated", node.with_changes(test=negated)
    if isinstance(node, cst.Expr) and isinstance(node.value, cst.Call):
        yield "call dropped", cst.Expr(cst.Name("None"))
    if isinstance(node, cst.Return) and node.value is not None and _code(node.value) != "None":
        yield (
            "return replaced",
            node.with_changes(value=cst.Name("None"), whitespace_after_return=cst.SimpleWhitespace(" ")),
        )


def _bracketed(node: cst.BaseExpression) -> cst.BaseExpression:
    return node.with_changes(lpar=[cst.LeftParen(), *node.lpar], rpar=[*node.rpar, cst.RightParen()])


def _probed(node: cst.CSTNode, number: int) -> cst.CSTNode:
    """Add a probe before the value of an expression, or of the expression in a statement."""
    if isinstance(node, cst.BaseExpression):
        # Some modules are copied into bundles, whose process knows no probe: there the expression is None.
        probe = cst.parse_expression(f"__import__('builtins').__dict__.get('__reached__', {{}}.get)({number})")
        return _bracketed(cst.BooleanOperation(probe, cst.Or(), _bracketed(node)))
    within = "test" if isinstance(node, cst.If) else "value"
    return node.with_changes(**{within: _probed(getattr(node, within), number)})


def _code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node.test if isinstance(node, cst.If) else node).strip()[:200]


def walk(path: Path, **options) -> tuple[_Faults, str]:
    """Return the faults of a file and its changed code."""
    faults = _Faults(path.relative_to(ROOT).as_posix(), **options)
    module = cst.parse_module(path.read_text("utf-8"))
    with_lines = "asked" in options  # lines take long to find
    changed = MetadataWrapper(module, unsafe_skip_copy=True).visit(faults) if with_lines else module.visit(faults)
    return faults, changed.code


def draw(number: int, seed: int) -> list[Fault]:
    """Draw about `number` faults in random order, from each layer in proportion to its possible faults."""
    every: dict[str, list[tuple[Path, int]]] = defaultdict(list)
    for layer in LAYERS:
        for path in sorted((ROOT / layer).rglob("*.py")):
            if path.name not in APART:
                every[layer] += [(path, place) for place in range(walk(path)[0].count)]
    total, chance = sum(map(len, every.values())), random.Random(seed)
    chosen: dict[Path, set[int]] = defaultdict(set)
    for faults in every.values():
        for path, place in chance.sample(faults, min(len(faults), max(1, round(number * len(faults) / total)))):
            chosen[path].add(place)
    found = [fault for path, places in chosen.items() for fault in walk(path, asked=places)[0].found]
    chance.shuffle(found)
    return found


def match(before: Mapping[Fault, str]) -> dict[Fault, str]:
    """Find the faults of an earlier revision in this one: by file, kind and code, then by the nearest line.

    Returns:
        The fault of this revision → the earlier outcome. A fault whose code is gone is left out.
    """
    known: dict[tuple, list[Fault]] = defaultdict(list)
    for name in sorted({fault.path for fault in before if (ROOT / fault.path).exists()}):
        for fault in walk(ROOT / name, asked=range(sys.maxsize))[0].found:
            known[fault.key].append(fault)
    found = {}
    for earlier, outcome in before.items():
        if same := known[earlier.key]:
            fault = min(same, key=lambda one: abs(one.line - earlier.line))
            same.remove(fault)
            found[fault] = outcome
    return found


def copy_tree(folder: Path) -> Path:
    """Copy the project's files; the environment and the JavaScript libraries are linked."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, files.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for name in (".venv", "web/node_modules"):
        if (ROOT / name).exists():
            (folder / name).symlink_to((ROOT / name).resolve())
    return folder


def trace(
    faults: Sequence[Fault], folder: Path, tests: Sequence[str]
) -> tuple[list[dict[str, bool]], dict[str, float]]:
    """Run the tests with probes.

    Returns:
        For each fault: test → True, or file of tests → False if only the file is known; and the seconds of each test.
    """
    tree, records = copy_tree(folder / "tree"), folder / "records"
    records.mkdir()
    for name in {fault.path for fault in faults}:
        probes = {fault.number: place for place, fault in enumerate(faults) if fault.path == name}
        (tree / name).write_text(walk(ROOT / name, probes=probes)[1], "utf-8")
    plugins = folder / "plugins"
    plugins.mkdir()
    (plugins / "sitecustomize.py").write_text(PROBE, "utf-8")
    (plugins / "test_times.py").write_text(TIMES, "utf-8")
    path = os.pathsep.join(filter(None, [str(plugins), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": path, "MUTANTS_REACHED": str(records)}
    side_by_side = ["--numprocesses", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]
    command = [sys.executable, "-m", "pytest", "-p", "test_times", "-p", "no:cacheprovider", *side_by_side, *tests]
    subprocess.run(command, cwd=tree, env=environment, check=False)
    reports = [line.split("\t") for file in records.glob("times_*") for line in file.read_text("utf-8").splitlines()]
    times: Counter[str] = Counter()
    for test, seconds, _failed in reports:
        times[test] += float(seconds)
    failed = {test for test, _seconds, failed in reports if failed == "1"}
    failed |= {test.partition("::")[0] for test in failed}
    found: list[dict[str, bool]] = [{} for _ in faults]
    for file in set(records.iterdir()) - set(records.glob("times_*")):
        for line in file.read_text("utf-8").splitlines():
            number, own, test = line.split("\t", 2)
            test, _, phase = test.rpartition(" ")
            exact = own == "1" and phase == "(call)"
            name = test if exact else test.partition("::")[0]
            if name and name not in failed:
                found[int(number)][name] = exact
    return found, dict(times)


def try_fault(fault: Fault, tests: Mapping[str, bool], times: Mapping[str, float], tree: Path, limit: float) -> str:
    """Put the fault into the tree, run the tests that reach it and take it out again."""
    before = tree / fault.path
    before.write_text(walk(ROOT / fault.path, chosen=fault.number)[1], "utf-8")
    try:
        return _run_tests(tests, times, tree, limit)
    finally:
        shutil.copy2(ROOT / fault.path, before)


def _run_tests(tests: Mapping[str, bool], times: Mapping[str, float], tree: Path, limit: float) -> str:
    known = (name for name, own in tests.items() if own and name in times)  # a cut id names no test
    exact = sorted(known, key=lambda name: times[name])
    files = [name for name, own in tests.items() if not own]
    chosen, planned = [], 0.0
    for name in [*exact, *files]:
        takes = times.get(name) or sum(seconds for test, seconds in times.items() if test.startswith(f"{name}::"))
        if chosen and planned + takes > limit:
            break
        chosen, planned = [*chosen, name], planned + takes
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--no-header", *chosen]
    try:
        ended = subprocess.run(
            command, cwd=tree, capture_output=True, timeout=60 + 3 * max(limit, planned), check=False
        )
    except subprocess.TimeoutExpired:
        return HUNG
    if ended.returncode in NOT_RUN and b"ImportError while loading conftest" not in ended.stderr:
        raise RuntimeError(f"No test ran: {ended.stderr.decode()[-500:]}{ended.stdout.decode()[-500:]}")
    return SURVIVED if ended.returncode == 0 else FOUND


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds of tests for each fault")
    parser.add_argument("--side-by-side", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--reached", type=Path)
    parser.add_argument("--tests", nargs="*", default=(), help="files of tests that may find faults; default: all")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--before", type=Path)
    asked = parser.parse_args()
    before = match(read_results(asked.before)) if asked.before else {}
    faults = [*before] or draw(SPARE * asked.sample, asked.seed)
    results = read_results(asked.out) if asked.out and asked.out.exists() else {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tests, times = reach(faults, folder, asked.tests, asked.reached)
        chosen = [place for place, some in enumerate(tests) if some or before][: asked.sample]
        trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(asked.side_by_side):
            trees.put(copy_tree(folder / f"tree_{number}"))

        def attempt(place: int) -> str:
            tree, since = trees.get(), time.monotonic()
            try:
                outcome = try_fault(faults[place], tests[place], times, tree, asked.limit) if tests[place] else SURVIVED
            finally:
                trees.put(tree)
            print(f"{outcome:9}{time.monotonic() - since:6.0f} s  {faults[place]}", flush=True)
            return outcome

        left = [place for place in chosen if faults[place] not in results]
        with ThreadPoolExecutor(asked.side_by_side) as pool:
            for place, outcome in zip(left, pool.map(attempt, left), strict=True):
                results[faults[place]] = outcome
                if asked.out:
                    told = [{**asdict(fault), "outcome": outcome} for fault, outcome in results.items()]
                    asked.out.write_text(json.dumps(told, indent=1), "utf-8")
    results = {faults[place]: results[faults[place]] for place in chosen}
    print_summary(results, sum(not some for some in tests), len(faults))
    if before:
        print_comparison([(fault.layer, before[fault], outcome) for fault, outcome in results.items()])


def read_results(path: Path) -> dict[Fault, str]:
    return {Fault(**one): outcome for one in json.loads(path.read_text("utf-8")) for outcome in [one.pop("outcome")]}


def reach(
    faults: Sequence[Fault], folder: Path, tests: Sequence[str], kept: Path | None
) -> tuple[list[dict[str, bool]], dict[str, float]]:
    """Return what `trace` does, or what it returned of the same faults before if that is `kept`."""
    drawn = [asdict(fault) for fault in faults]
    if kept and kept.exists():
        stored = json.loads(kept.read_text("utf-8"))
        if stored["faults"] != drawn:
            raise SystemExit(f"{kept} is of other faults: delete it, or name another file.")
        return stored["tests"], stored["times"]
    found, times = trace(faults, folder, tests)
    if kept:
        kept.write_text(json.dumps({"faults": drawn, "tests": found, "times": times}), "utf-8")
    return found, times


def by_layer(rows: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    """Group rows by layer, and once more all of them."""
    groups: dict[str, list[Any]] = defaultdict(list)
    for layer, row in rows:
        groups[layer].append(row)
        groups["all"].append(row)
    return {layer: groups[layer] for layer in (*LAYERS, "all") if layer in groups}


def print_summary(results: Mapping[Fault, str], unreached: int, drawn: int) -> None:
    rows = []
    for layer, outcomes in by_layer((fault.layer, outcome) for fault, outcome in results.items()).items():
        found = sum(outcome != SURVIVED for outcome in outcomes)
        rows.append([layer, len(outcomes), found, f"{found / len(outcomes):.1%}"])
    table.show(["layer", "faults", "found", "share"], rows)
    print(f"{unreached} of {drawn} drawn faults lie in code that no test reaches.")
    for fault, outcome in results.items():
        if outcome == SURVIVED:
            print(f"survived: {fault}")


def print_comparison(pairs: Iterable[tuple[str, str, str]]) -> None:
    """Print how many faults were found before and are found now; `pairs`: layer, earlier outcome, outcome."""
    rows = []
    for layer, some in by_layer((layer, (then != SURVIVED, now != SURVIVED)) for layer, then, now in pairs).items():
        then, now = (sum(column) for column in zip(*some, strict=True))
        lost = sum(then and not now for then, now in some)
        rows.append([layer, len(some), f"{then / len(some):.1%}", f"{now / len(some):.1%}", lost])
    table.show(["layer", "faults of both", "found before", "found now", "lost"], rows)


if __name__ == "__main__":
    main()
