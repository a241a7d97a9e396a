"""The order inside the layers: who may import whom, held also for lazy imports and for types."""

from __future__ import annotations

import ast
from functools import cache

import pytest
from conftest import ROOT
from test_architecture import CODE

import cases

# Of each layer the rooms, lowest first: a module imports its own rank and those before it. The longest prefix counts;
# a room without a dot is the package's own file, and `pages.*` are the files that lie there.
ORDER = {
    "models": (
        ("models.errors", "models.progress", "models.freed_memory", "models.memory", "models.environment"),
        ("models.storage", "models.evaluation", "models.pretrained", "models.onnx"),
        ("models.training.batches", "models.training.device", "models.training.feature_batches",
         "models.training.length_bucketing"),
        ("models.text",),
        ("models.heads",),
        ("models.training", "models.inspection"),
        ("models.lessons",),
        ("models",),
    ),
    "cases": (
        ("cases.class_renames", "cases.conditions", "cases.limits", "cases.ranges", "cases.settings",
         "cases.stored_settings", "cases.task_types", "cases.notebook", "cases.ingest.archives", "cases.ingest.tables"),
        ("cases.base", "cases.dataset", "cases.clusters", "cases.labels", "cases.hyperparameters", "cases.tasks",
         "cases.language_fit", "cases.versions", "cases.data_export", "cases.examples", "cases.search_space"),
        ("cases.ingest", "cases.splits", "cases.groups", "cases.group_split", "cases.duplicates",
         "cases.near_duplicates", "cases.neighbor_index", "cases.repeats"),
        ("cases.training",),
        ("cases.classification", "cases.ranking"),
        ("cases.speech.audio",),
        ("cases.speech.transcription.greedy_decoder", "cases.speech.transcription.seq2seq",
         "cases.speech.transcription.whisper", "cases.speech.transcription.whisper_onnx"),
        tuple(f"cases.{name}" for name in cases.NAMES),
        ("cases",),
    ),
    "runs": (
        ("runs.logs", "runs.paths", "runs.kinds", "runs.machine", "runs.language", "runs.outages", "runs.tokens",
         "runs.limits", "runs.terminal", "runs.cluster"),
        ("runs.store", "runs.integrity", "runs.limits.attempts", "runs.limits.passcodes", "runs.limits.wrong_passwords",
         "runs.limits.wrong_links", "runs.limits.storage", "runs.limits.allowances"),
        ("runs.uploads", "runs.results", "runs.identity", "runs.monitoring", "runs.notices",
         "runs.search.journal"),
        ("runs.search.choice",),
        ("runs.backup", "runs.retention", "runs.exports"),
        ("runs.jobs", "runs.inference"),
        ("runs.api", "runs.worker"),
        ("runs.search", "runs.lessons"),
        ("runs.fine_tune", "runs.arguments", "runs.run_record", "runs.settings_file", "runs.agent", "runs.restore"),
        ("runs",),
    ),
    "pages": (
        ("pages.shared",),
        ("pages.components",),
        ("pages.modalities",),
        ("pages.task_types",),
        ("pages.steps", "pages.administration"),
        ("pages.*",),
    ),
}  # fmt: skip

# What stands against the order still, and why; an entry that is no longer true fails.
ALLOWED: dict[tuple[str, str], str] = {}

# A module of fewer lines that only one other imports stands with that one, but for these; an entry that no longer holds
# fails. Of the rooms below each subfolder has files of the same names, so that a reader finds them unasked.
SHORT = 40
ALIKE = ("cases", "pages.task_types")
APART = {
    "cases.recommendation.attribution": "why, beside what: with its importer it would be 240 lines of two subjects",
    "cases.recommendation.beside": "what stands beside the answer; with its importer it would be 290 lines",
    "models.lessons.clusters": "learning without labels; with its importer it would be 220 lines of two subjects",
    "pages.components.prediction_form.image": "one form for each modality; those of texts and sounds are longer",
    "pages.components.term_figure.own_run": "measured, beside what is computed of formulas",
    "runs.identity.adoption": "rows that change their owner; its importer answers requests and knows no table",
}

MODULES = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in CODE}


@cache
def neighbours(module):
    """The modules it imports, anywhere; a package only where something of the package itself is imported."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & MODULES.keys()
        elif isinstance(node, ast.ImportFrom):
            full = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {one if one in MODULES else node.module for one in full} & MODULES.keys()
    return found - {module}


def rank(module):
    """The place of its room in the order of its layer."""
    layer = ORDER[module.split(".")[0]]
    fitting = [(len(room), place) for place, rooms in enumerate(layer) for room in rooms if _lies_in(module, room)]
    assert fitting, f"{module} lies in no room"
    return max(fitting)[1]


def _lies_in(module, room):
    if room.endswith("*"):
        return module.count(".") == 1
    return module == room or ("." in room and module.startswith(f"{room}."))


@pytest.mark.parametrize("layer", ORDER)
def test_every_module_has_a_room(layer):
    assert [rank(module) for module in MODULES if module.split(".")[0] == layer]


def against_the_order():
    return {
        (module, name)
        for module in MODULES
        for name in neighbours(module)
        if module.split(".")[0] == name.split(".")[0] and module.split(".")[0] in ORDER and rank(name) > rank(module)
    }


def test_imports_inside_a_layer_go_one_way():
    assert against_the_order() == set(ALLOWED)


def circles():
    """Modules that import each other, directly or around; each group once."""
    graph = {module: neighbours(module) for module in MODULES}
    index, low, stack, found, order = {}, {}, [], [], iter(range(len(graph) + 1))

    def visit(module):
        index[module] = low[module] = next(order)
        stack.append(module)
        for name in graph[module]:
            if name not in index:
                visit(name)
                low[module] = min(low[module], low[name])
            elif name in stack:
                low[module] = min(low[module], index[name])
        if low[module] == index[module]:
            group = []
            while not group or group[-1] != module:
                group.append(stack.pop())
            if len(group) > 1:
                found.append(frozenset(group))

    for module in graph:
        if module not in index:
            visit(module)
    return found


def test_no_modules_import_each_other_also_not_for_types():
    assert not circles()


def short_with_one_importer():
    """Modules that could stand with what imports them: it lies in the same layer, and is no list of such entries."""
    importers = {}
    for module in MODULES:
        for name in neighbours(module):
            importers.setdefault(name, set()).add(module)
    for module, others in importers.items():
        room, _, name = module.rpartition(".")
        above = room.rpartition(".")[0]
        alike = above in ALIKE and any(
            MODULES.get(f"{one}.{name}") for one in MODULES if one.rpartition(".")[0] == above and one != room
        )
        lines = MODULES[module].read_text("utf-8").count("\n")
        own = MODULES[module].name != "__init__.py" and {one.split(".")[0] for one in others} == {module.split(".")[0]}
        if len(others) == 1 and lines < SHORT and own and not alike:
            yield module


def test_a_short_module_that_one_other_imports_stands_with_it():
    assert sorted(short_with_one_importer()) == sorted(APART)
