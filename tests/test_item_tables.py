"""Tables of who had what, and of items: however they are written they become the same; what is of no use is told."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cases.dataset import Dataset
from cases.ranking import split, stats, timeline_sample, timestamps
from cases.ranking.interactions import KEPT, Interactions
from cases.recommendation import checks, pictures, reader
from models.errors import InputError
from models.progress import QUIET

LINES = [(u, i, 1 + (u + i) % 5, 1_700_000_000 + 100 * u + i) for u in range(4) for i in range(6) if (u + i) % 4]
ITEMS = [(i, f"Title {i}", "Drama|War") for i in range(6)]


@pytest.fixture
def read(tmp_path):
    def reading(*parts, **columns):
        folder = tmp_path / f"data{len(list(tmp_path.glob('data*')))}"
        folder.mkdir()
        return reader.read(parts, folder, "digest", QUIET, columns)

    return reading


def csv(rows, *headings, separator=","):
    lines = [separator.join(map(str, row)) for row in rows]
    return "\n".join([separator.join(headings), *lines] if headings else lines)


def pairs(dataset):
    """Who had what, by names, the earliest first."""
    history = Interactions.open(dataset)
    users = pd.read_parquet(dataset.folder / "users.parquet")["name"]
    return [(users[u], dataset.samples.at[i, "name"]) for u, i in zip(history.user, history.item, strict=True)]


PLAIN = [(str(u), str(i)) for u, i, _value, _time in LINES]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ratings.csv", csv(LINES, "userId", "movieId", "rating", "timestamp")),
        ("u.data", csv(LINES, separator="\t")),
        ("ratings.dat", csv(LINES, separator="::")),
        ("a.inter", csv(LINES, "user_id:token", "item_id:token", "rating:float", "timestamp:float", separator="\t")),
        ("半角.csv", csv(LINES, "用户", "物品", "评分", "时间").encode("gb18030")),
        ("plays.jsonl", "\n".join(f'{{"user": {u}, "item": {i}, "plays": {v}, "ts": {t}}}' for u, i, v, t in LINES)),
    ],
)
def test_every_layout_says_the_same(read, part, name, content):
    dataset = read(part(name, content))
    assert pairs(dataset) == PLAIN
    assert dataset.samples["name"].tolist() == list(dict.fromkeys(i for _u, i in PLAIN))
    assert Interactions.open(dataset).timed and len(dataset.set_aside) == 0


def test_parquet_keeps_numbers_and_times_as_they_are_meant(read, part, tmp_path):
    table = pd.DataFrame(LINES, columns=["user_id", "item_id", "rating", "time"])
    table["time"] = pd.to_datetime(table["time"], unit="s")
    table.to_parquet(tmp_path / "t.parquet")
    dataset = read(part("t.parquet", (tmp_path / "t.parquet").read_bytes()))
    assert pairs(dataset) == PLAIN
    assert Interactions.open(dataset).time[0] == LINES[0][3]


def test_an_archive_of_movielens_is_understood_and_the_rest_set_aside(read, part, zip_of, tmp_path):
    flags = "|".join("1" if genre in (1, 17) else "0" for genre in range(19))
    items = "\n".join(f"{i}|Café {i} (1995)|01-Jan-1995||http://x.y/{i}|{flags}" for i in range(6))
    archive = zip_of(tmp_path / "ml.zip", {
        "ml/u.data": csv(LINES, separator="\t"), "ml/u.item": items.encode("latin-1"), "ml/README": "see the site",
        "ml/users.csv": "\n".join(f"{u}::F::25::{u}" for u in range(30)), "ml/tags.csv": "userId,movieId,tag\n1,2,fun",
    })  # fmt: skip
    dataset = read(part("ml.zip", archive.read_bytes()))
    assert pairs(dataset) == PLAIN
    assert dataset.samples[["label", "genres"]].iloc[0].tolist() == ["Café 0 (1995)", "Action|War"]
    assert dataset.set_aside["name"].tolist() == ["ml/README", "ml/users.csv", "ml/tags.csv"]


def test_a_table_joined_with_that_of_the_items_describes_them_where_all_lines_of_one_agree(read, part):
    rows = [(*line, f"Title {line[1]}", "Drama War" if line[1] % 2 else "Comedy", f"said by {line[0]}", "app")
            for line in LINES]  # fmt: skip
    joined = csv(rows, "user_id", "movie_id", "rating", "timestamp", "title", "genre", "text", "tag")
    dataset = read(part("joined.csv", joined.replace("Drama War", "Drama|War")))
    assert pairs(dataset) == PLAIN
    told = dataset.samples.set_index("name")
    assert told.loc[["0", "1"], ["label", "genres", "text"]].to_numpy().tolist() == [
        ["Title 0", "Comedy", ""], ["Title 1", "Drama|War", ""]
    ]  # fmt: skip
    refused = "“{table}”: column “{column}” is not used: it differs between lines of the same item."
    assert [note["args"]["column"] for note in dataset.notes if note["message"] == refused] == ["text"]
    own = csv([(str(i), f"My {i}") for i in range(3)], "item_id", "title")  # a table of its own goes first
    told = read(part("joined.csv", joined), part("items.csv", own)).samples.set_index("name")
    assert told.loc[["0", "5"], "label"].tolist() == ["My 0", "Title 5"]


def test_years_and_addresses_of_pictures_are_kept_and_nothing_else_in_their_columns(read, part):
    years = {
        "1995": "1995", "01-Jan-1996": "1996", "n/a": "", "": "", "12345": "", "2024年": "2024", "1997.0": "1997",
        "1998-03-31": "1998", "31/03/1999": "1999", "2000年3月31日": "2000", "20010331": "2001", "20021331": "",
        "March 31, 2003": "2003", "2004-03-31T12:00:00Z": "2004",
    }  # fmt: skip
    images = ["https://img.example.org/0.jpg", "javascript:alert(1)", "poster.jpg", "", 'http://x.org/"onerror=',
              "http://x.org/5", *[""] * (len(years) - 6)]  # fmt: skip
    rows = [(i, f"Title {i}", year, image) for i, (year, image) in enumerate(zip(years, images, strict=True))]
    items = csv(rows, "item_id", "title", "release_date", "poster", separator="\t")
    dataset = read(part("a.csv", csv(LINES, "user", "item", "rating", "time")), part("items.tsv", items))
    told = dataset.samples.set_index("name")
    assert [told.at[str(i), "year"] for i in range(len(years))] == list(years.values())
    assert [told.at[str(i), "image"] for i in range(6)] == [images[0], "", "", "", "", images[5]]


def test_pictures_in_the_archive_are_kept_small_and_those_of_no_use_are_told(read, part, zip_of, tmp_path):
    buffer = io.BytesIO()
    Image.new("RGB", (900, 1200), "teal").save(buffer, "PNG")
    names = ["covers/A.PNG", "b.png", "../c.png", "missing.jpg", "", ""]
    items = csv([(i, f"Title {i}", name) for i, name in enumerate(names)], "item", "title", "cover")
    archive = zip_of(tmp_path / "films.zip", {
        "ratings.csv": csv(LINES, "user", "item", "rating", "time"), "items.csv": items,
        "covers/a.png": buffer.getvalue(), "covers/b.png": buffer.getvalue(), "c.png": b"no picture",
        "other.png": buffer.getvalue(),
    })  # fmt: skip
    dataset = read(part("films.zip", archive.read_bytes()))
    rows = {name: row for row, name in enumerate(dataset.samples["name"])}
    kept = [dataset.samples.at[rows[str(i)], "image"] for i in range(6)]
    assert kept == [KEPT, KEPT, "", "", "", ""]
    content, kind = pictures.of(dataset, rows["0"])
    assert kind == "image/webp" and Image.open(io.BytesIO(content)).size == (192, 256)
    assert pictures.of(dataset, rows["2"]) is None
    assert dict(zip(dataset.set_aside["name"], dataset.set_aside["reason"], strict=True)) == {
        "c.png": pictures.DAMAGED, "other.png": pictures.UNNAMED}  # fmt: skip
    assert not [path for path in dataset.folder.rglob("*") if path.suffix == ".png"]


def test_times_mean_the_same_however_they_are_written():
    given = ["1700000000", "1700000000000", "1700000000000000", "1700000000000000000", "2023-11-14T22:13:20Z",
             "2023-11-14 22:13:20", "2023/11/14 22:13:20", "17"]  # fmt: skip
    assert timestamps.seconds(given).tolist() == [1_700_000_000.0] * 7 + [17.0]
    assert np.isnan(timestamps.seconds(["", "yesterday", "inf", "1e20"])).all()


def test_lines_of_no_use_are_told_one_by_one(read, part):
    odd = ["1,2,,1700000000", ",2,3,1700000000", "1,,3,1700000000", "1,2,x,1700000000", "1,2,3,soon", "1,2,3,12:00",
           "1,2,3,"]  # fmt: skip
    content = csv(LINES, "user", "item", "rating", "timestamp") + "\n" + "\n".join(odd)
    told = read(part("r.csv", content)).set_aside
    first = len(LINES) + 3
    assert told.to_numpy().tolist() == [
        [f"r.csv:{first} 2 3 1700000000", "No user."],
        [f"r.csv:{first + 1} 1 3 1700000000", "No item."],
        [f"r.csv:{first + 2} 1 2 x 1700000000", "The rating or count is not a number."],
        [f"r.csv:{first + 3} 1 2 3 soon", "The time cannot be read."],
        [f"r.csv:{first + 4} 1 2 3 12:00", "The time cannot be read."],  # without a day
    ]


ORDERS = [(f"A{u}{i}", f"u{u}", f"i{i}", 1 + i % 3, "2024-01-05 12:30")
          for u in range(4) for i in range(6) if (u + i) % 4]  # fmt: skip


@pytest.mark.parametrize("headings", [
    ("order_number", "customer", "product", "quantity", "date"), ("订单号", "会员号", "商品", "数量", "日期"),
])  # fmt: skip
def test_exact_copies_of_orders_are_left_out_and_told_and_may_be_kept(read, part, headings):
    content = csv([*ORDERS, ORDERS[0], ORDERS[0], ("B1", *ORDERS[1][1:])], *headings)
    dataset = read(part("orders.csv", content))
    values = pd.read_parquet(dataset.folder / "interactions.parquet")["value"]
    assert values.sum() == sum(order[3] for order in ORDERS) + ORDERS[1][3]  # another order of the same is no copy
    assert dataset.set_aside["reason"].tolist() == ["Exact copy of an earlier line."] * 2
    [told] = [note for note in dataset.notes if "refusal" in note]
    assert told["message"].format(**told["args"]) == "Lines left out because they copy an earlier line exactly: 2."
    assert any(note["message"].endswith("detected as order or row ID from its name.") for note in dataset.notes)
    whole = read(part("orders.csv", content), **told["columns"])
    assert len(whole.set_aside) == 0 and not any("refusal" in note for note in whole.notes)
    kept = pd.read_parquet(whole.folder / "interactions.parquet")["value"]
    assert kept.sum() == values.sum() + 2 * ORDERS[0][3]


def test_a_line_that_lacks_its_time_is_kept_for_training_and_the_others_are_divided_by_theirs(read, part):
    timed = [(u, i, value, 1_700_000_000 + 1000 * i + u) for u, i, value, _time in LINES]
    lines = [*timed, (0, 0, 3, ""), (7, 1, 3, ""), (7, 2, 3, "")]
    dataset = read(part("r.csv", csv(lines, "user", "item", "rating", "timestamp")))
    assert len(dataset.set_aside) == 0
    told = [note["message"].format(**note["args"]) for note in dataset.notes]
    assert f"3 of {len(lines)} interactions have no time: they are kept for training only." in told
    history = Interactions.open(dataset)
    for how in (split.LAST, split.MOMENT):
        division = split.divide(history, split=how, validation=0.2, test=0.2, seed=0)
        assert division.how == how and set(division.part[np.isinf(history.time)]) == {"train"}
        assert len(division.asked("test").people) > 0
        glimpse = timeline_sample.of(division)
        assert glimpse.timed and glimpse.dated
    found = stats.facts(history.user, history.item, history.time, history.items)
    assert (found.first, found.last) == (min(line[3] for line in timed), max(line[3] for line in timed))
    # times that most lines lack are not used
    lines = [line if n < 3 else (*line[:3], "") for n, line in enumerate(LINES)]
    dataset = read(part("r.csv", csv(lines, "user", "item", "rating", "timestamp")))
    assert f"Only 3 of {len(LINES)} interactions have a time: times are not used." in [
        note["message"].format(**note["args"]) for note in dataset.notes]  # fmt: skip
    assert not Interactions.open(dataset).timed


def test_counts_below_one_and_beyond_belief_are_set_aside_and_ratings_may_be_negative(read, part):
    rows = [(u, i, (-1) ** i * (i + 1)) for u in range(3) for i in range(10)]
    counted = read(part("p.csv", csv([*rows, (1, 99, 1e12)], "user", "item", "plays")))
    assert counted.set_aside["reason"].value_counts().to_dict() == {
        "The count is not above zero.": 15, "The count is above one billion.": 1,
    }  # fmt: skip
    rated = read(part("p.csv", csv(rows, "user", "item", "rating")))
    assert len(rated.set_aside) == 0
    assert rated.notes[-2] == {"message": "The values are ratings, from {low:g} to {high:g}.",
                               "args": {"low": -10.0, "high": 9.0}}  # fmt: skip


@pytest.mark.parametrize("headings", [("user", "item", "rating"), ()])
def test_a_rating_beyond_belief_is_set_aside_before_it_becomes_infinite(read, part, headings):
    rows = [(user, item, value) for user, item, value, _time in LINES]
    odd = [(9, 1, "1e308"), (9, 2, "-1e300"), (9, 3, "2e9")]
    dataset = read(part("r.csv", csv([*rows, *odd], *headings)))
    assert dataset.set_aside["reason"].tolist() == ["The rating is out of range (one billion)."] * 3
    values = pd.read_parquet(dataset.folder / "interactions.parquet")["value"]
    assert (len(values), values.max()) == (len(rows), max(value for _user, _item, value in rows))


def test_all_the_same_rating_and_no_times_are_said(read, part):
    dataset = read(part("r.csv", csv([(u, i, 3) for u, i, *_ in LINES], "user", "item", "rating")))
    assert [note["message"].format(**note["args"]) for note in dataset.notes[-2:]] == [
        "All values are 3: implicit feedback, every interaction is a positive.",
        "No times: the order of interactions is unknown.",
    ]


def test_an_item_described_twice_keeps_its_first_title_and_of_items_described_alike_one_stays(read, part):
    items = csv([*ITEMS, (1, "Another", "War"), (2, "Title 2", "War"), ("", "None", "")], "id", "title", "genres")
    dataset = read(part("r.csv", csv(LINES, "user", "item", "rating", "timestamp")), part("i.csv", items))
    assert dataset.samples["label"].tolist() == [f"Title {i}" for i in range(6)]
    assert dataset.set_aside["reason"].tolist() == [
        "An earlier line gives the item another title.", "An earlier line describes the same item.",
        "No item.",
    ]  # fmt: skip
    items = csv([*ITEMS, (9, "Title 2", ITEMS[2][2])], "id", "title", "genres")
    lines = [*LINES, *((user, 9, 3, 1) for user in range(2))]
    dataset = read(part("r.csv", csv(lines, "user", "item", "rating", "timestamp")), part("i.csv", items))
    [twice] = [one for one in checks.findings(dataset) if one.name == "twice"]
    names, people = dataset.samples["name"], dataset.samples["people"]
    assert names[twice.rows].tolist() == ["2", "9"] and people[twice.rows[0]] > people[twice.rows[1]]
    assert names[twice.surplus].tolist() == ["9"]


NOBODY, TOO_FEW = (
    "“r.csv” has no usable interactions. Skipped lines: {}.",
    "“r.csv” holds {}. At least 3 users and 5 items",
)
REFUSALS = {
    "user,item\n1,2\n2,3": TOO_FEW.format("2 users"),
    "user,item\n" + "\n".join(f",{i}" for i in range(6)): NOBODY.format(6),
    "id,title\n1,Alien\n2,Brazil": NOBODY.format(0),
    "user,item\n1,2\n1,3": TOO_FEW.format("one user only"),
    "user,item\n1,2\n2,2\n3,2": TOO_FEW.format("one item only"),
    "user,item,rating\n1,2,x\n": NOBODY.format(1),
    "colour,size\nred,4\nblue,5": "The table “r.csv” has neither user and item columns nor item descriptions.",
}


@pytest.mark.parametrize("content", REFUSALS)
def test_what_nothing_can_be_learnt_from_is_refused(read, part, content):
    with pytest.raises(InputError) as refused:
        read(part("r.csv", content))
    assert str(refused.value).startswith(REFUSALS[content])


def test_columns_can_be_chosen(read, part):
    content = csv([(v, i, u) for u, i, v, _t in LINES], "user", "item", "who")
    assert {u for u, _i in pairs(read(part("r.csv", content)))} == {str(v) for _u, _i, v, _t in LINES}
    assert set(pairs(read(part("r.csv", content), user="who", value=""))) == set(PLAIN)
    with pytest.raises(InputError, match=r"has no column “whom”\. Its columns are: user, item, who\."):
        read(part("r.csv", content), user="whom")


@pytest.mark.parametrize("reverse", [False, True])
def test_data_are_named_after_the_interactions_and_learn_neither_from_items_left_out_nor_low_ratings(
    read, part, reverse
):
    tables = [part("library loans.csv", csv(LINES, "userId", "movieId", "rating", "timestamp")),
              part("films of the year.csv", csv(ITEMS, "movieId", "title", "genres"))]  # fmt: skip
    dataset = read(*(tables[::-1] if reverse else tables))
    assert dataset.name == "library loans"
    gone = Dataset.open(dataset.folder, {0: None})
    assert 0 not in Interactions.open(gone).item
    assert len(Interactions.open(dataset, min_rating=4.0).item) == sum(v >= 4 for _u, _i, v, _t in LINES)
