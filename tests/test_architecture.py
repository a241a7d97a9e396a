"""Imports go one way, also inside the layers, the web process stays light, and nothing is ever unpickled."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache

import pytest
from conftest import ROOT

import cases
from cases.settings import knobs
from pages.shared import text

LAYERS = ("models", "cases", "runs", "pages", "app")  # each may import itself and those before it
CODE = [path for layer in LAYERS for path in sorted([*ROOT.glob(f"{layer}/**/*.py"), *ROOT.glob(f"{layer}.py")])]
WEB = (
    ["runs.agent", "runs.store.database", "runs.api.routes", "runs.tokens"]
    + [f"cases.{name}" for name in cases.NAMES]
    + [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in ROOT.glob("pages/*/**/*.py")]
)


@cache
def imports(path):
    """(module, name) of all that a file imports, also inside its functions; the name is "" for a module as a whole."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it leads"
            found |= {(node.module, alias.name) for alias in node.names}
    return frozenset(found)


def imported(path):
    """The full names of all modules and of what is imported of them."""
    return {module for module, _ in imports(path)} | {f"{module}.{name}" for module, name in imports(path) if name}


@cache
def layer(path):
    return path.relative_to(ROOT).with_suffix("").parts[0]


def test_imports_go_one_way_and_only_pages_and_the_server_know_streamlit():
    knowing = set()
    for path in CODE:
        tops = {name.split(".")[0] for name in imported(path)}
        assert not tops & {*LAYERS[LAYERS.index(layer(path)) + 1 :]}, path
        knowing |= {layer(path)} if "streamlit" in tops else set()
    assert {layer(path) for path in CODE} == set(LAYERS) and knowing == {"pages", "app"}


def test_runs_know_no_case_by_its_name_and_of_pages_only_its_own():
    for path in CODE:
        names = imported(path)
        if layer(path) in ("models", "runs"):
            assert not [name for name in cases.NAMES if f"cases.{name}" in names], path
        if layer(path) == "pages":
            known = [name for name in cases.NAMES if any(one.startswith(f"cases.{name}") for one in names)]
            assert known in ([], [path.stem] if path.parent == ROOT / "pages" else []), path


# The order inside the layers


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
    order = ORDER[module.split(".")[0]]
    fitting = [(len(room), place) for place, rooms in enumerate(order) for room in rooms if _lies_in(module, room)]
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


# What no code does


# What all cases share: attribute → the room that may look it up.
KNOWS = {"task_type": "pages/task_types", "modality": "pages/modalities"}
NAMES = {name for case in cases.NAMES for name in knobs(cases.get(case).Settings)} - {"validation", "test", "split"}
BASELINES = {one.name for case in cases.NAMES for task in cases.get(case).tasks for one in task.baselines}
BUTTONS = {"button", "form_submit_button", "menu_button"}
# What processes that were started together hand to each other; nothing of it comes from a person or from a file.
AMONG_PROCESSES = ROOT / "models/training/ranks/handover.py"


def compared(node):
    """The expressions that a branch or a look-up depends on."""
    if isinstance(node, ast.Compare):
        return (node.left, *node.comparators)
    if isinstance(node, ast.Subscript):
        return (node.slice,)
    if isinstance(node, ast.Match):
        return (node.subject,)
    looks = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get"
    return tuple(node.args) if looks else ()


def branches_on_a_task_type_or_a_modality_outside_its_room(path, node):
    for last in compared(node) if layer(path) in ("pages", "runs") else ():
        if isinstance(last, ast.Attribute) and last.attr in ("name", "stored"):
            last = last.value
        room = KNOWS.get(last.attr) if isinstance(last, ast.Attribute) else None
        if room and not path.is_relative_to(ROOT / room):
            return True


def lists_settings_instead_of_asking_their_fields(path, node):
    if isinstance(node, ast.Tuple | ast.List | ast.Set) and layer(path) in ("pages", "runs"):
        return len({one.value for one in node.elts if isinstance(one, ast.Constant)} & NAMES) > 1


def names_a_baseline_that_the_task_tells(path, node):
    return isinstance(node, ast.Constant) and node.value in BASELINES and layer(path) in ("pages", "runs")


def uses_what_a_button_returns_which_is_lost_where_the_page_is_interrupted(path, node):
    if not isinstance(node, ast.Expr) and layer(path) in ("pages", "app"):
        calls = [one for one in ast.iter_child_nodes(node) if isinstance(one, ast.Call)]
        return any(getattr(one.func, "attr", getattr(one.func, "id", "")) in BUTTONS for one in calls)


def unpickles_or_runs_a_text(_path, node):
    if isinstance(node, ast.Call):
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        given = {one.arg: getattr(one.value, "value", "not told") for one in node.keywords}
        loads = getattr(node.func, "attr", "") == "load" and ast.unparse(node.func) == "torch.load"
        unsafe = given.get("weights_only") is False or given.get("allow_pickle") is True
        return called in ("eval", "exec") or (loads and "weights_only" not in given) or unsafe


RULES = (
    branches_on_a_task_type_or_a_modality_outside_its_room, lists_settings_instead_of_asking_their_fields,
    names_a_baseline_that_the_task_tells, uses_what_a_button_returns_which_is_lost_where_the_page_is_interrupted,
    unpickles_or_runs_a_text,
)  # fmt: skip


@pytest.fixture(scope="module")
def found():
    """Rule → where it is broken, of one walk through all code."""
    told = {rule: [] for rule in RULES}
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for rule in RULES:
                if rule(path, node):
                    told[rule].append(f"{path}:{node.lineno}: {ast.unparse(node)}")
    return told


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_code(found, rule):
    assert found[rule] == []


@pytest.mark.parametrize(("rule", "line"), zip(RULES, (
    "if task.task_type.name == 'x': pass", "both = ('epochs', 'batch_size')", "name = 'majority'",
    "if st.button('x'): pass", "torch.load(path)",
), strict=True), ids=lambda one: getattr(one, "__name__", "broken"))  # fmt: skip
def test_a_rule_sees_what_breaks_it(rule, line):
    assert any(rule(ROOT / "pages/home.py", node) for node in ast.walk(ast.parse(line)))


def test_only_processes_that_were_started_together_unpickle_anything():
    forbidden = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    unpickling = [path for path in CODE if forbidden & {name.split(".")[0] for name in imported(path)}]
    assert unpickling == [AMONG_PROCESSES]


def test_the_web_process_never_loads_the_heavy_libraries():
    program = (
        f"import importlib, sys, app, cases\nfor name in {WEB!r}: importlib.import_module(name)\n"
        "for name in cases.NAMES: cases.get(name)\n"
        "print(sorted({'torch', 'torchvision', 'transformers', 'timm', 'accelerate', 'optuna'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_no_component_keeps_data_that_were_overtaken_while_its_script_was_loaded():
    plain = re.compile(r"^export default (?!lasting\(|giving\()", re.MULTILINE)
    assert not [path.name for path in (ROOT / "pages").rglob("*.js") if plain.search(path.read_text("utf-8"))]


def test_the_hidden_option_that_keeps_reruns_quick_still_exists_and_is_set():
    from streamlit import config

    assert "runner.postScriptGC" in config.get_config_options()
    settings = tomllib.loads((ROOT / ".streamlit/config.toml").read_text("utf-8"))
    assert settings["runner"]["postScriptGC"] is False
    assert settings["server"]["address"] == "127.0.0.1"
    assert settings["browser"]["gatherUsageStats"] is False
    for context in ("light", "dark"):  # figures name the theme's colours by their number
        assert len({*settings["theme"][context]["chartCategoricalColors"]}) == len(text.COLOURS)
