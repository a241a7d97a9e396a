"""What is learnt of who had what: the division, the networks, their lists, the bundle, and answers without torch."""

from __future__ import annotations

import json
import runpy
import shutil
import sys

import made_items
import numpy as np
import pytest
import torch

import cases
from cases.base import Prediction, UploadedFile
from cases.dataset import Dataset
from cases.recommendation import reader as recommendation_reader
from cases.recommendation.predictor import ItemPredictor
from cases.recommendation.towers import DecayedMeanTower, SASRec
from models.progress import QUIET, NullReporter

NETWORKS = ("towers", "attention", "factors", "residual", "list", "automatic")
SIMPLE = {"popularity", "item_knn", "ease", "ease_decayed"}


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    return made_items.write(tmp_path_factory.mktemp("books") / "data")


@pytest.fixture(scope="module")
def learnt(books, text_body, tmp_path_factory):
    """The trainer of each network by name, its result and its bundle."""
    made = {}
    for name in NETWORKS:
        folder = tmp_path_factory.mktemp(name)
        more = {"epochs": 40, "batch_size": 32} if name == "factors" else {}
        trainer = made_items.learn(books, folder, QUIET, network=name, model=str(text_body), learning_rate=0.02, **more)
        result = made_items.result_of(trainer, QUIET)
        known = trainer.save(folder / "run/bundle", result, QUIET)
        made[name] = (trainer, {**result, **known}, folder / "run/bundle")
    return made


@pytest.mark.parametrize("tower", [lambda: DecayedMeanTower(8, 0.0), lambda: SASRec(8, 6, 2, 2, 0.0)])
def test_a_tower_sees_neither_what_comes_later_nor_what_only_fills(tower):
    torch.manual_seed(0)
    people, given = tower().eval(), torch.randn(1, 4, 8)
    whole = people(given, torch.ones(1, 4))
    later = given.clone()
    later[:, 3] = 9.0
    assert torch.allclose(people(later, torch.ones(1, 4))[:, :3], whole[:, :3], atol=1e-6)
    filled = torch.cat([torch.zeros(1, 2, 8), given], 1)
    there = torch.tensor([[0.0, 0, 1, 1, 1, 1]])
    assert torch.allclose(people(filled, there)[:, 2:], whole, atol=1e-5)


def test_how_much_an_item_takes_from_those_before_it_is_what_torchs_own_attention_says():
    torch.manual_seed(0)
    people, own = SASRec(8, 6, 1, 2, 0.0).eval(), torch.nn.MultiheadAttention(8, 2, batch_first=True)
    block = people.blocks[0]
    torch.nn.init.normal_(block.ask.weight)
    own.in_proj_weight, own.in_proj_bias = block.ask.weight, block.ask.bias
    states, hidden = people.entered(torch.randn(3, 5, 8), torch.ones(3, 5))
    given = block.before(states)
    later = torch.ones(5, 5, dtype=torch.bool).triu(1)
    _made, expected = own(given, given, given, attn_mask=later, average_attn_weights=False)
    torch.testing.assert_close(block.attention(states, hidden)[0], expected)


@pytest.mark.parametrize("name", NETWORKS)
def test_each_network_learns_who_likes_which_genre(learnt, name):
    trainer, result, _bundle = learnt[name]
    assert trainer.counts == {"train": 300, "validation": 60, "test": 60}
    assert result["test"]["hit@10"]["value"] > result["references"]["popularity"]["hit@10"]["value"] + 0.2
    assert set(result["references"]) == SIMPLE == set(trainer.live_references)
    assert set(result["lists"]) == {"model", *SIMPLE}
    assert 0 < result["lists"]["model"]["coverage@10"] <= 1
    validated = result["validation"]
    assert validated["items"] == 60 and validated["value"] > trainer.live_references["popularity"]
    if name == "list":
        assert validated["value"] == pytest.approx(trainer.live_references[trainer.kept.name])


def test_low_ratings_can_teach_what_is_not_liked(tmp_path):
    random, lines, kinds = np.random.default_rng(0), ["user,item,rating,timestamp"], np.repeat(np.arange(3), 10)
    for reader in range(60):
        liked, disliked = (random.permutation(np.flatnonzero(kinds == (reader + ahead) % 3)) for ahead in (0, 1))
        rated = [(item, 5) for item in liked[:7]] + [(item, 1) for item in disliked[:5]]
        for when, place in enumerate(random.permutation(len(rated))):
            item, rating = rated[place]
            lines.append(f"reader{reader},b{item:02d},{rating},{1_700_000_000 + 60 * when}")
    path = tmp_path / "ratings.csv"
    path.write_text("\n".join(lines), "utf-8")
    (tmp_path / "data").mkdir()
    dataset = recommendation_reader.read([UploadedFile(path, path.name)], tmp_path / "data", "0" * 16, QUIET)
    spared = {}
    for way in ("aside", "taught"):
        chosen = {"network": "towers", "begin": "nothing", "min_rating": "3", "disliked": way}
        chosen |= {"epochs": 12, "learning_rate": 0.05}
        trainer = made_items.learn(dataset, tmp_path / way, QUIET, **chosen)
        asked = trainer.context.division.everybody(60)
        scores = trainer.kept.scores(asked, 30)(np.arange(60))
        kind = kinds[[int(name[1:]) for name in dataset.samples["name"]]]
        of = [[scores[reader, kind == (reader + ahead) % 3].mean() for ahead in (1, 2)] for reader in range(60)]
        spared[way] = float(np.mean([neither > disliked for disliked, neither in of]))
    assert spared["taught"] > 0.95 > 0.8 > spared["aside"]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_bundle_says_what_the_network_says(learnt, books, name):
    _trainer, result, bundle = learnt[name]
    assert result["onnx"]["items"] == 60 >= result["onnx"]["same"] >= 60 - len(result["onnx"]["close"])
    assert "No user data is exported with the model." in " ".join((bundle / "README.md").read_text().split())
    assert not [path for path in bundle.rglob("*") if path.is_file() and b"reader1" in path.read_bytes()]
    told = json.loads((bundle / "items.json").read_text("utf-8"))  # it counts the users of an item as the check does
    assert told["people"] == books.samples["people"].tolist()


def test_the_script_takes_ids_and_titles_and_says_calmly_what_it_does_not_know(learnt, tmp_path, monkeypatch, capsys):
    bundle = shutil.copytree(learnt["towers"][2], tmp_path / "bundle")
    items = json.loads((bundle / "items.json").read_text("utf-8"))
    for row in (-1, -2):
        items["titles"][row] = "Same title (1999)"
    items["ids"][-2:] = ["b28", "b29"]
    (bundle / "items.json").write_text(json.dumps(items), "utf-8")
    (tmp_path / "wrong.json").write_text("[1, 2]", "utf-8")
    monkeypatch.chdir(tmp_path)
    for given, lines, told in (
        (["b00", "Good Book 01"], 10, ""),
        (["b00", "Toy Story"], 10, "No item is called “Toy Story”."),
        (["good bok 00"], 0, "No item is called “good bok 00”; the nearest title is “good book 00” (b00)."),
        (["same title"], 0, "Several items are called “same title”: b28, b29."),
        ([], 0, "Name the items of a user, by ID or title: python predict.py ID ID …"),
        (["none.json"], 0, "“none.json” cannot be read."),
        (["wrong.json"], 0, '“wrong.json” is not of the form {"had": [ID, ID, …]}.'),
    ):
        monkeypatch.setattr(sys, "argv", [str(bundle / "predict.py"), *given])
        said = ""
        try:
            runpy.run_path(sys.argv[0], run_name="__main__")
        except SystemExit as ended:  # its words go to stderr, and the exit status is 1
            said = ended.code
        assert (said, len(capsys.readouterr().out.splitlines())) == (told, lines)


@pytest.fixture
def ask(learnt, tmp_path):
    def asking(network="towers", **question):
        file = tmp_path / "question.json"
        file.write_text(json.dumps(question), "utf-8")
        [answer] = ItemPredictor(learnt[network][2])([file], show=True)
        return answer

    return asking


def genres(answer):
    return [label.removeprefix("good book ")[0] for label in answer.labels]


def test_a_list_comes_with_the_choice_that_pulled_each_item_most(ask, learnt):
    answer = ask(had=["b00", "b01", "b20"])
    names = learnt["towers"][0].context.dataset.samples["name"].tolist()
    assert isinstance(answer, Prediction) and not {"b00", "b01", "b20"} & {names[item] for item in answer.more["items"]}
    assert answer.labels[0] == "good book {0} (b{0})".format(names[answer.more["items"][0]].removeprefix("b"))
    because = [names[item] if item is not None else None for item in answer.more["because"]]
    assert set(because) <= {"b00", "b01", "b20", None} and because[0] in ("b00", "b01", "b20")
    less = ask(had=[name for name in ("b00", "b01", "b20") if name != because[0]])
    assert less.probabilities != answer.probabilities
    for had in (["b10"], ["b10", "b10"]):  # a single choice is the reason for everything
        answer = ask(had=had)
        assert answer.more["because"] == [names.index("b10")] * 20 and answer.more["pull"] == [0.0] * 20


def test_wishes_change_the_list_and_what_is_like_an_item_is_mostly_of_its_genre(ask):
    plain = ask(had=["b00", "b01"])
    poetry = ask(had=["b00", "b01"], genres={"cold": 1})
    assert genres(poetry).count("1") >= genres(plain).count("1") and genres(poetry)[:5] == ["1"] * 5
    assert ask(had=["b00", "b01"], novelty=1).labels != plain.labels
    some = ask(had=["b00", "x1", "Good book 01", "x2"])  # what is unknown is named, the list follows the others
    assert some.labels == plain.labels and plain.notes == ()
    assert some.notes == ({"message": "Not found or not unique, ignored: {names}.", "args": {"names": ["x1", "x2"]}},)
    found = ask(like="b10")
    assert "good book 10 (b10)" not in found.labels and genres(found)[:6].count("1") >= 5


def test_something_new_is_placed_by_its_text_and_tells_whom_it_suits(ask, learnt):
    found = ask(title="good book", genres="cold")
    trainer = learnt["towers"][0]
    assert len(found.more["people"]) == 20 and 0 <= found.more["share"] <= 1
    assert set(found.more["people"]) <= set(range(trainer.context.history.people))
    refused = ask("factors", title="good book")
    assert str(refused).startswith("This model has no text features.")


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ({"had": ["b99", "b98"]}, "None of these items is in the model: b99, b98."),
        ({"like": "b99"}, "None of these items is in the model: b99."),
        ({"had": "b00"}, "This is not a request for recommendations."),
        ({"title": " "}, "The item has no text."),
    ],
)
def test_what_makes_no_sense_is_answered_by_the_reason(ask, question, told):
    assert str(ask(**question)).startswith(told)


def test_users_of_a_table_are_asked_about_one_by_one_with_titles_where_known(part, zip_of, tmp_path):
    given = cases.get("recommendation").batch(part("t.csv", "user,item,time\nx,a,2\ny,b,1\nx,c,1\n"), tmp_path)
    assert [(one.name, json.loads(one.file.read_text())) for one in given.members] == [
        ("y", {"had": ["b"]}), ("x", {"had": ["c", "a"]}),
    ]  # fmt: skip
    had = "user,item,time\nx,a,2\nx,b,1\nx,c,3\nx,d,4\n"
    tables = {"had.csv": had, "items.csv": "id,title\na,Alien\nb,Brazil\nc,c\n"}
    archive = zip_of(tmp_path / "t.zip", tables)
    [x] = cases.get("recommendation").batch(part("t.zip", archive.read_bytes()), tmp_path / "titled").members
    assert x.text == "Brazil (b), Alien (a), c, d"
    assert json.loads(x.file.read_text()) == {"had": ["b", "a", "c", "d"]}


class Listening(NullReporter):
    def __init__(self):
        self.rows = []

    def metrics(self, split, step, values):
        self.rows.append((split, values))


@pytest.fixture
def taught(text_body, tmp_path):
    """Two towers after two epochs, which watch some users."""
    chosen = {"network": "towers", "begin": "text", "model": str(text_body), "epochs": 2, "probes": (59, 2, 10**6)}
    return lambda dataset, name, report=QUIET: made_items.learn(dataset, tmp_path / name, report, **chosen)


def test_the_same_seed_learns_the_same_and_an_item_left_out_is_shown_to_nobody(books, taught, tmp_path):
    report = Listening()
    one, other = taught(books, "one", report), taught(books, "other")
    assert torch.equal(one.network.items.own.weight, other.network.items.own.weight)
    validation = [values for split, values in report.rows if split == "validation"]  # as the reference lines have
    assert [set(values) for values in validation] == [{"loss", "ndcg@10", "recall@10", "epoch"}] * 2
    watched = next(values for split, values in report.rows if split == "probes")["items"]
    assert len(watched) == 8 and all(0 < one["right"] <= 1 and len(one["top"]) == 3 for one in watched)
    assert [one["person"] for one in watched][:2] == [59, 2] and len({one["person"] for one in watched}) == 8

    row = books.samples.index[books.samples["name"] == "b00"][0]
    trainer = taught(Dataset.open(books.folder, {row: None, row + 1: "late late"}), "edited")
    assert row not in trainer.context.history.item
    trainer.save(tmp_path / "edited/run/bundle", made_items.result_of(trainer, QUIET), QUIET)
    file = tmp_path / "question.json"
    predictor = ItemPredictor(tmp_path / "edited/run/bundle")
    for question in ({"had": ["b02", "b03"]}, {"like": "b02"}):
        file.write_text(json.dumps(question))
        [answer] = predictor([file], show=True)
        assert row not in answer.more["items"][:19]
    before, after = one.start.texts.vectors, trainer.start.texts.vectors  # a new title is read
    assert not np.array_equal(after[row + 1], before[row + 1]) and np.array_equal(after[row + 2], before[row + 2])
