"""The order inside the layers: who may import whom, held also for lazy imports and for types."""

from __future__ import annotations

from functools import cache

from conftest import ROOT
from test_architecture import CODE, imports

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
    full = ((f"{one}.{name}", one) for one, name in imports(MODULES[module]))
    return {whole if whole in MODULES else one for whole, one in full} & MODULES.keys() - {module}


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


def test_imports_inside_a_layer_go_one_way():
    inside = {module: rank(module) for module in MODULES if module.split(".")[0] in ORDER}
    assert {module.split(".")[0] for module in inside} == ORDER.keys()
    against = {(module, name) for module in inside for name in neighbours(module)
               if module.split(".")[0] == name.split(".")[0] and inside[name] > inside[module]}  # fmt: skip
    assert not against


def test_no_modules_import_each_other_also_not_for_types():
    """What imports nothing is taken away, again and again; what is left imports each other, directly or around."""
    left = {module: set(neighbours(module)) for module in MODULES}
    while free := {module for module, others in left.items() if not others & left.keys()}:
        left = {module: others for module, others in left.items() if module not in free}
    assert not left


def test_a_short_module_that_one_other_of_its_layer_imports_stands_with_it():
    importers = {}
    for module in MODULES:
        for name in neighbours(module):
            importers.setdefault(name, set()).add(module)
    alone = set()
    for module, (one, *more) in importers.items():
        room, _, name = module.rpartition(".")
        above = room.rpartition(".")[0]
        alike = above in ALIKE and any(
            MODULES.get(f"{other}.{name}") for other in MODULES if other.rpartition(".")[0] == above and other != room
        )
        own = MODULES[module].name != "__init__.py" and one.split(".")[0] == module.split(".")[0]
        if not more and own and not alike and MODULES[module].read_text("utf-8").count("\n") < SHORT:
            alone.add(module)
    assert alone == APART.keys()
