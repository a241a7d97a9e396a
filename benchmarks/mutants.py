"""Measure the share of small faults that the tests find (mutation testing).

    python -m benchmarks.mutants --sample 200 --seed 1
    python -m benchmarks.mutants --sample 200 --seed 1 --out results/mutants_after.json --before results/mutants.json

Faults are drawn over all layers in proportion to their code: a comparison or operator swapped, a constant plus one, a
truth value swapped, a `not` removed (these are made by mutmut), a condition negated, a call removed, a returned value
replaced by None. A first pass runs the whole suite in a copy of the tree in which each drawn expression records which
test reached it, also in child processes. Then each fault is tried alone in a copy: the tests that reached it run, the
shortest first, until one fails or `--limit` seconds are planned. A server that several tests share knows only the file
of its tests; then the tests of that file run. A fault that makes tests hang counts as found.

`--reached FILE` keeps the first pass and reads it if it exists. `--out` is written after each fault; a second call with
the same sample and seed tries only the faults that are missing there. `--before` tries the faults of an earlier result
again, as far as their code is still there, and compares.
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
from collections.abc import Container, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Lock

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
import builtins, os
_seen = set()
def __reached__(number):
    test = os.environ.get("PYTEST_CURRENT_TEST", "")
    if (number, test) not in _seen:
        _seen.add((number, test))
        with open(os.path.join(os.environ["MUTANTS_REACHED"], str(os.getpid())), "a") as file:
            file.write(f"{number}\\t{int('PYTEST_VERSION' in os.environ and _main())}\\t{test}\\n")
    return False
def _main():
    import sys
    return "pytest" in sys.modules
builtins.__reached__ = __reached__
'''
TIMES = """import os
def pytest_runtest_logreport(report):
    with open(os.path.join(os.environ["MUTANTS_REACHED"], f"times_{os.getpid()}"), "a") as file:
        file.write(f"{report.nodeid}\\t{report.duration}\\n")
"""


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
        for change in (mutators.operator_swap_op, mutators.operator_keywords):
            of = target if change is mutators.operator_swap_op else target.operator
            for one in change(of):
                turned = one if change is mutators.operator_swap_op else target.with_changes(operator=one)
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
        probe = cst.parse_expression(f"__reached__({number})")
        return _bracketed(cst.BooleanOperation(probe, cst.Or(), _bracketed(node)))
    within = "test" if isinstance(node, cst.If) else "value"
    return node.with_changes(**{within: _probed(getattr(node, within), number)})


def _code(node: cst.CSTNode) -> str:
    whole = (
        cst.Module([]).code_for_node(node) if not isinstance(node, cst.If) else cst.Module([]).code_for_node(node.test)
    )
    return whole.strip()[:200]


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


def match(before: Sequence[Mapping]) -> list[Fault]:
    """Find the faults of an earlier revision in this one: by file, kind and code, then by the nearest line.

    A fault whose code is gone is left out.
    """
    known: dict[tuple, list[Fault]] = defaultdict(list)
    for name in sorted({one["path"] for one in before if (ROOT / one["path"]).exists()}):
        for fault in walk(ROOT / name, asked=range(sys.maxsize))[0].found:
            known[_key(asdict(fault))].append(fault)
    found = []
    for one in before:
        if same := known[_key(one)]:
            fault = min(same, key=lambda fault: abs(fault.line - one["line"]))
            same.remove(fault)
            found.append(fault)
    return found


def _key(fault: Mapping) -> tuple[str, ...]:
    return tuple(fault[name] for name in ("path", "kind", "before", "after"))


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
    found: list[dict[str, bool]] = [{} for _ in faults]
    times: Counter[str] = Counter()
    for file in records.iterdir():
        for line in file.read_text("utf-8").splitlines():
            if file.name.startswith("times_"):
                test, _, seconds = line.rpartition("\t")
                times[test] += float(seconds)
                continue
            number, own, test = line.split("\t", 2)
            test, _, phase = test.rpartition(" ")
            if test:
                exact = own == "1" and phase == "(call)"
                name = test if exact else test.partition("::")[0]
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
    exact = sorted((name for name, own in tests.items() if own), key=lambda name: times.get(name, 0.0))
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
    before = json.loads(asked.before.read_text("utf-8"))["faults"] if asked.before else []
    faults = match(before) if before else draw(SPARE * asked.sample, asked.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.reached and asked.reached.exists():
            tests, times = json.loads(asked.reached.read_text("utf-8"))
        else:
            tests, times = trace(faults, folder, asked.tests)
            if asked.reached:
                asked.reached.write_text(json.dumps([tests, times]), "utf-8")
        chosen = [place for place, some in enumerate(tests) if some or before][: asked.sample]
        results = Results(asked)
        trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(asked.side_by_side):
            trees.put(copy_tree(folder / f"tree_{number}"))

        def attempt(place: int) -> None:
            tree, since = trees.get(), time.monotonic()
            try:
                outcome = try_fault(faults[place], tests[place], times, tree, asked.limit) if tests[place] else SURVIVED
            finally:
                trees.put(tree)
            print(f"{outcome:9}{time.monotonic() - since:6.0f} s  {_line(faults[place])}", flush=True)
            results.add(faults[place], outcome)

        with ThreadPoolExecutor(asked.side_by_side) as pool:
            list(pool.map(attempt, [place for place in chosen if faults[place] not in results]))
    print_summary(results.faults, sum(not some for some in tests), len(faults))
    if before:
        print_comparison(before, results.faults)


class Results:
    """The outcome of each fault that was tried, written to `--out` after each."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.out, self.key = asked.out, {"sample": asked.sample, "seed": asked.seed}
        self.faults: list[dict] = []
        self.lock = Lock()
        if self.out and self.out.exists():
            stored = json.loads(self.out.read_text("utf-8"))
            if {name: stored[name] for name in self.key} == self.key:
                self.faults = stored["faults"]

    def __contains__(self, fault: Fault) -> bool:
        return any(one.items() >= asdict(fault).items() for one in self.faults)

    def add(self, fault: Fault, outcome: str) -> None:
        with self.lock:
            self.faults.append({**asdict(fault), "outcome": outcome})
            if self.out:
                self.out.write_text(json.dumps({**self.key, "faults": self.faults}, indent=1), "utf-8")


def _line(fault: Fault) -> str:
    return f"{fault.path}:{fault.line} {fault.kind}: {fault.before} → {fault.after}"


def print_summary(found: Sequence[Mapping], unreached: int, drawn: int) -> None:
    rows = []
    for layer in (*LAYERS, "all"):
        some = [one for one in found if layer in ("all", one["path"].partition("/")[0])]
        if some:
            caught = sum(one["outcome"] != SURVIVED for one in some)
            rows.append([layer, len(some), caught, f"{caught / len(some):.1%}"])
    table.show(["layer", "faults", "found", "share"], rows)
    print(f"{unreached} of {drawn} drawn faults lie in code that no test reaches.")
    for one in found:
        if one["outcome"] == SURVIVED:
            print(f"survived: {one['path']}:{one['line']} {one['kind']}: {one['before']} → {one['after']}")


def print_comparison(before: Sequence[Mapping], after: Sequence[Mapping]) -> None:
    """Print by layer how many faults were found before and are found now, of those that both revisions have."""
    known = {_key(one): one["outcome"] != SURVIVED for one in before}
    pairs = [(one["path"].partition("/")[0], known[_key(one)], one["outcome"] != SURVIVED) for one in after]
    rows = []
    for layer in (*LAYERS, "all"):
        some = [(then, now) for name, then, now in pairs if layer in ("all", name)]
        if some:
            then, now = (sum(column) for column in zip(*some, strict=True))
            lost = sum(then and not now for then, now in some)
            rows.append([layer, len(some), f"{then / len(some):.1%}", f"{now / len(some):.1%}", lost])
    table.show(["layer", "faults of both", "found before", "found now", "lost"], rows)


if __name__ == "__main__":
    main()
