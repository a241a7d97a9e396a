"""The check of interactions: what it counts, what counts as positive, and how users are divided."""

from __future__ import annotations

import made_items
import pytest
from evaluation_page import said, starting
from opened_pages import sound

from cases.ingest import tables
from cases.recommendation import columns
from models.progress import QUIET
from runs.jobs import data_import
from runs.store import dataset_rows, edits

ROWS = [(f"u{n}", f"i{n % 3}", str(1 + n % 5), f"2024-01-{n + 1:02d}") for n in range(9)]


@pytest.fixture
def read(part):
    """Data that no run has learnt from yet, as d1; with lines besides, of ratings and of books."""

    def reading(ratings="", books="", tables=None):
        some = tables or made_items.tables()
        added = [f"{table}\n{more}".strip() for table, more in zip(some, (ratings, books), strict=False)]
        given = [part(name, content) for name, content in zip(("ratings.csv", "books.csv"), added, strict=False)]
        dataset = data_import.into_dataset("recommendation", given, "d1", QUIET)
        dataset_rows.add("local", "d1", "recommendation", "books", sample=False)
        return dataset

    return reading


@pytest.fixture
def dataset(read):
    return read()


def counted(app):
    """What the check says that there is to train on, whatever else it found."""
    [told] = [text for text in [*(box.value for box in app.success), *said(app)] if " training, " in text
              and text.startswith(("Ready: ", "Ready, with"))]  # fmt: skip
    return told


def tiles(app):
    return [one.label for one in app.metric]


def counting_from(least, app):
    """The page once this was chosen, or typed, as the minimum rating."""
    [field] = [one for one in app.selectbox if one.key.endswith("split_min_rating_")]
    field.options.append(least)  # AppTest does not know that a browser lets one type here
    return sound(field.set_value(least).run())


def test_the_check_counts_users_and_says_how_they_are_divided_and_from_which_rating_on(open_books, dataset):
    app = open_books(data="d1")
    assert tiles(app)[:3] == ["Items to recommend", "Users with positive interactions", "Positive interactions"]
    assert starting(app, "Ratings of 3 or more are positives. ", "Ratings of 4 or more are positives. ")
    assert starting(app, "Items by popularity (users, all ratings).")
    app = counting_from("all", app)
    assert tiles(app)[:3] == ["Items to recommend", "Users", "Interactions"]
    [ready] = [box.value for box in app.success]
    assert ready == "Ready: 420 interactions of 60 users with 30 items; 300 training, 60 validation, 60 test."
    assert starting(app, "Leave last out: each user's last interaction for testing")
    drawn = [str(one.proto) for one in app.main if "recommendation_mosaic" in str(getattr(one, "proto", ""))]
    assert drawn and drawn[0].count(" users") == 9  # the most popular titles, before anything is counted
    assert starting(app, "Density of the interaction matrix: 23.33%.")
    assert not starting(app, "Ratings of ") and starting(app, "Items by popularity (users). Click")
    app = counting_from("liked", app)
    assert starting(app, ":red[The minimum rating was given as “liked”.") and counted(app)
    app = counting_from("5", app)
    assert "420 interactions" not in counted(app)
    [refused] = [box.value for box in counting_from("9", app).error]  # why these cannot be divided
    assert refused.startswith("No user is left for validation.")


def test_everything_left_out_is_said_in_words_of_items(open_books, dataset):
    edits.add_all("local", "d1", dict.fromkeys(range(30)))
    app = open_books(data="d1")
    assert [box.value for box in app.error] == [
        "Everything is excluded. Items to recommend are needed. Restore excluded items."
    ]
    for view in ("labels", "sizes", "changes"):
        [views] = [one for one in app.button_group if one.label == "Data view"]
        app = sound(views.set_value(view).run())
    sound(app.button(key="gate_undo").click().run())
    assert edits.current("local", "d1") == {}


def test_users_with_a_single_item_are_counted_and_only_learnt_from(open_books, read):
    read("\n".join(f"once{n},b0{n},5,1700000000" for n in range(3)))
    app = counting_from("all", open_books(data="d1"))
    [ready] = [box.value for box in app.success]
    assert ready == "Ready: 423 interactions of 63 users with 30 items; 303 training, 60 validation, 60 test."
    assert any(text.endswith("3 users with a single interaction, used for training.") for text in said(app))
    assert any("Users without a test interaction, used for training only: 3 of 63." in text
               for text in said(app))  # fmt: skip


def test_that_a_little_of_what_is_learnt_from_comes_after_the_first_test_is_told(open_books, read):
    lines = [f"u{u},i{(u + k) % 12},{1_700_000_000 + 1000 * k + u}" for u in range(20) for k in range(10)]
    late = [f"late,i{k},{1_700_100_000 + k}" for k in range(5)]
    read(tables=["\n".join(["user,item,time", *lines, *late])])
    app = open_books(data="d1")
    [future] = [box.value for box in app.warning]
    assert future.startswith("**Temporal leakage**") and not app.success
    assert "2% of training interactions are later than the first test interaction" in future
    app = sound(app.button(key="gate_mend_future_0").click().run())
    assert app.success and not app.warning


def test_an_item_that_was_left_out_is_not_one_that_nobody_has_and_who_rates_low_has_nothing_positive(open_books, read):
    dataset = read("sour,b00,1,1700000000\nsour,b01,1,1700000000", "new1,New one,warm\nnew2,New two,cold")
    app = counting_from("2", open_books(data="d1"))
    assert any(text.endswith("2 items without positive interactions (cold start).") for text in said(app))
    assert any("1 user without positive interactions." in text for text in said(app))  # whose ratings are all low
    app = counting_from("all", app)
    assert not any("user without positive interactions." in text for text in said(app))
    row = {name: row for row, name in enumerate(dataset.samples["name"])}
    edits.add_all("local", "d1", {row["b00"]: None, row["new1"]: None})
    app = open_books(data="d1")
    assert any(text.endswith("1 item without positive interactions (cold start).") for text in said(app))
    assert " with 30 items;" in counted(app)
    assert any("· 30 items ·" in text and "2 excluded" in text for text in said(open_books()))  # of 32, to go on with


def test_the_minimum_rating_can_be_any_step_of_the_scale(open_books, read):
    halves = [f"u{u},i{i},{(u + i) % 9 / 2 + 0.5:g}" for u in range(20) for i in range(12)]
    read(tables=["\n".join(["user,item,rating", *halves])])
    app = open_books(data="d1")
    [field] = [one for one in app.selectbox if one.key.endswith("split_min_rating_")]
    assert field.options == ["From the data", "All ratings", *(f"{step / 2:g}" for step in range(2, 10))]
    assert starting(sound(field.set_value("3.5").run()), "Ratings of 3.5 or more are positives. ")


@pytest.fixture
def taken(tmp_path):
    """Role → heading, as a table with these headings is understood."""

    def reading(*headings, rows=ROWS):
        path = tmp_path / "t.csv"
        path.write_text("\n".join(",".join(row[: len(headings)]) for row in [headings, *rows]), "utf-8")
        found = columns.find(tables.read(path, "t.csv"), {})
        return {role: choice.name for role, choice in found.found.items()}, found.counted

    return reading


@pytest.mark.parametrize(
    ("headings", "counted"),
    [
        (("会员号", "商品编号", "购买次数", "下单时间"), True),
        (("用户ID", "电影编号", "评分", "评分时间"), False),
        (("客户编号", "产品代码", "购买数量", "交易日期"), True),
        (("读者证号", "图书编号", "借阅次数", "借阅日期"), True),
        (("會員編號", "商品編號", "購買次數", "購買時間"), True),
        (("昵称", "歌曲", "播放量", "播放时间"), True),
        (("买家昵称", "货号", "评价星级", "评价日期"), False),
        (("用户（编号）", "物品（编号）", "打分（1-5）", "时间戳"), False),
        (("Customer No.", "Product Code", "Purchase Count", "Order Date"), True),
        (("memberNumber", "movieTitle", "numPlays", "playedAt"), True),
        (("User Name", "Book-Title", "Book-Rating", "Rating Date"), False),
        (("rater", "restaurant_id", "star_rating", "rated_on"), False),
        (("CustomerID", "StockCode", "Quantity", "InvoiceDate"), True),
        (("userID", "artistID", "weight", "timestamp"), True),
        (("user_id:token", "item_id:token", "rating:float", "timestamp:float"), False),
    ],
)
def test_headings_in_both_languages_are_understood(taken, headings, counted):
    shown = [heading.split(":")[0] for heading in headings]
    assert taken(*headings) == (dict(zip(("user", "item", "value", "time"), shown, strict=True)), counted)


def test_an_id_is_taken_before_a_name_and_a_rating_before_a_count(taken):
    assert taken("user_name", "user_id", "movie", "movie_id")[0] == {"user": "user_id", "item": "movie_id"}
    assert taken("user", "item", "count", "rating")[0]["value"] == "rating"
    assert taken("session", "user", "brand", "product")[0] == {"user": "user", "item": "product"}


def test_a_first_line_that_only_sounds_like_headings_is_data(taken):
    rows = [(f"u{n}", word, "3") for n, word in enumerate(["game", "book", "game", "film", "book", "game"])]
    assert taken("u9", "book", "4", rows=rows)[0] == {"user": "1", "item": "2", "value": "3"}
