"""How much of what could go wrong the tests would find: small faults are put into lines that tests run, one at a time.

    python -m benchmarks.mutants --sample 200 --seed 1
    python -m benchmarks.mutants --sample 200 --seed 1 --out results/mutants_after.json --before results/mutants.json

Faults are drawn over all layers, in proportion to their code: a comparison or operator turned, a constant plus one, a
truth value changed, a `not` dropped (these are made by mutmut), a condition negated, a call dropped, a returned value
replaced by None. In a first pass the whole suite runs in a copy of the tree in which each drawn expression says that
it was reached, and by which test, also where that is in another process. Then each fault stands alone in a copy, and
the tests that reached it run, the shortest first, until one fails or `--limit` seconds are over. Of servers that
several tests share it is only known which file they are in; then tests of that file run. A fault that makes tests
hang is found.

`--reached FILE` keeps the first pass, and takes it up where it is there. `--before` compares fault by fault.
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

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation import mutators

from benchmarks import table

ROOT = Path(__file__).parents[1]
LAYERS = ("models", "cases", "runs", "pages")
# They leave with bundles or run as text in another process, where nothing of this can be heard.
APART = ("predict.py", "standalone_predict.py", "clean_process.py")
# Node → (kind, mutator of mutmut): of those that fit the node as a whole.
MUTATORS = {
    cst.Integer: ("constant plus one", mutators.operator_number),
    cst.Float: ("constant plus one", mutators.operator_number),
    cst.Name: ("truth value", mutators.operator_name),
    cst.UnaryOperation: ("not dropped", mutators.operator_remove_unary_ops),
    cst.BinaryOperation: ("operator turned", mutators.operator_swap_op),
    cst.BooleanOperation: ("operator turned", mutators.operator_swap_op),
}
SPARE = 4  # times as many are drawn as are tried, for not every line is run by a test
FOUND, SURVIVED, HUNG = "found", "survived", "hung"
PROBE = '''"""Says which drawn expressions were reached by which test; Python imports it when a process starts."""
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
    """The `number`th of a `kind` in a file of the product, with the code before and after."""

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
    """Walks through a file and numbers its faults. `chosen` is put in, `probes` are told to say that they were reached,
    and those `asked` for are told."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, path: str, *, chosen: int | None = None, probes: Mapping[int, int] | None = None,
                 asked: Container[int] = ()) -> None:  # fmt: skip
        super().__init__()
        self.path, self.chosen, self.probes, self.asked = path, chosen, probes or {}, asked
        self.count, self.depth = 0, 0
        self.told: list[Fault] = []

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        self.depth += 1

    def leave_FunctionDef(self, original_node, updated_node):
        self.depth -= 1
        return updated_node

    # What stands in these is no code that runs, or may not hold the word of a probe.
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
                self.told.append(Fault(self.path, line, kind, place, _code(original_node), _code(after)))
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
    """With the word of it that it was reached: before its value where it is an expression, else before that within."""
    if isinstance(node, cst.BaseExpression):
        said = cst.parse_expression(f"__reached__({number})")
        return _bracketed(cst.BooleanOperation(said, cst.Or(), _bracketed(node)))
    within = "test" if isinstance(node, cst.If) else "value"
    return node.with_changes(**{within: _probed(getattr(node, within), number)})


def _code(node: cst.CSTNode) -> str:
    whole = (
        cst.Module([]).code_for_node(node) if not isinstance(node, cst.If) else cst.Module([]).code_for_node(node.test)
    )
    return whole.strip()[:200]


def walk(path: Path, **options) -> tuple[_Faults, str]:
    """Walk through one file; return the walk and the code after it."""
    faults = _Faults(path.relative_to(ROOT).as_posix(), **options)
    module = cst.parse_module(path.read_text("utf-8"))
    with_lines = "asked" in options  # lines take long to find
    changed = MetadataWrapper(module, unsafe_skip_copy=True).visit(faults) if with_lines else module.visit(faults)
    return faults, changed.code


def draw(number: int, seed: int) -> list[Fault]:
    """So many of all layers, each layer by its share of all faults there are."""
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
    found = [fault for path, places in chosen.items() for fault in walk(path, asked=places)[0].told]
    chance.shuffle(found)
    return found


def copy_tree(folder: Path) -> Path:
    """What belongs to the project, with the environment and the libraries of this one."""
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
    """Of each fault the tests that reach it, and whether it is known of the test itself or only of its file; and how
    long each test takes."""
    tree, heard = copy_tree(folder / "tree"), folder / "heard"
    heard.mkdir()
    for name in {fault.path for fault in faults}:
        probes = {fault.number: place for place, fault in enumerate(faults) if fault.path == name}
        (tree / name).write_text(walk(ROOT / name, probes=probes)[1], "utf-8")
    said = folder / "said"
    said.mkdir()
    (said / "sitecustomize.py").write_text(PROBE, "utf-8")
    (said / "test_times.py").write_text(TIMES, "utf-8")
    environment = os.environ | {"PYTHONPATH": str(said), "MUTANTS_REACHED": str(heard)}
    side_by_side = ["--numprocesses", "auto", "--dist", "loadfile", "--no-loadscope-reorder"]
    command = [sys.executable, "-m", "pytest", "-p", "test_times", "-p", "no:cacheprovider", *side_by_side, *tests]
    subprocess.run(command, cwd=tree, env=environment, check=False)
    found: list[dict[str, bool]] = [{} for _ in faults]
    times: Counter[str] = Counter()
    for file in heard.iterdir():
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
    """What the tests that reach it say of the fault."""
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
    faults = draw(SPARE * asked.sample, asked.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.reached and asked.reached.exists():
            tests, times = json.loads(asked.reached.read_text("utf-8"))
        else:
            tests, times = trace(faults, folder, asked.tests)
            if asked.reached:
                asked.reached.write_text(json.dumps([tests, times]), "utf-8")
        covered = [place for place, some in enumerate(tests) if some][: asked.sample]
        trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(asked.side_by_side):
            trees.put(copy_tree(folder / f"tree_{number}"))

        def ask(place: int) -> str:
            tree, since = trees.get(), time.monotonic()
            try:
                told = try_fault(faults[place], tests[place], times, tree, asked.limit)
            finally:
                trees.put(tree)
            print(f"{told:9}{time.monotonic() - since:6.0f} s  {_line(faults[place])}", flush=True)
            return told

        with ThreadPoolExecutor(asked.side_by_side) as side_by_side:
            told = list(side_by_side.map(ask, covered))
    found = [{**asdict(faults[place]), "told": word} for place, word in zip(covered, told, strict=True)]
    if asked.out:
        asked.out.write_text(
            json.dumps({"sample": asked.sample, "seed": asked.seed, "faults": found}, indent=1), "utf-8"
        )
    print_summary(found, sum(not some for some in tests), len(faults))
    if asked.before:
        print_comparison(json.loads(asked.before.read_text("utf-8"))["faults"], found)


def _line(fault: Fault) -> str:
    return f"{fault.path}:{fault.line} {fault.kind}: {fault.before} → {fault.after}"


def print_summary(found: Sequence[Mapping], unreached: int, drawn: int) -> None:
    rows = []
    for layer in (*LAYERS, "all"):
        some = [one for one in found if layer in ("all", one["path"].partition("/")[0])]
        if some:
            caught = sum(one["told"] != SURVIVED for one in some)
            rows.append([layer, len(some), caught, f"{caught / len(some):.1%}"])
    table.show(["layer", "faults", "found", "share"], rows)
    print(f"{unreached} of {drawn} drawn faults lie in code that no test reaches.")
    for one in found:
        if one["told"] == SURVIVED:
            print(f"survived: {one['path']}:{one['line']} {one['kind']}: {one['before']} → {one['after']}")


def print_comparison(before: Sequence[Mapping], after: Sequence[Mapping]) -> None:
    """By what was changed, for lines move."""
    known = {(one["path"], one["kind"], one["before"], one["after"]): one["told"] for one in before}
    pairs = [(known[key], one["told"]) for one in after
             if (key := (one["path"], one["kind"], one["before"], one["after"])) in known]  # fmt: skip
    lost = sum(then != SURVIVED and now == SURVIVED for then, now in pairs)
    won = sum(then == SURVIVED and now != SURVIVED for then, now in pairs)
    print(f"Of {len(pairs)} faults that both have, {lost} are no longer found and {won} are found now.")


if __name__ == "__main__":
    main()
