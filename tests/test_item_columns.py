"""Which column of a table is user, item, rating or count, and time, and which describes items, by many headings."""

from __future__ import annotations

import pytest

from cases.ingest import tables
from cases.recommendation import columns

ROWS = [(f"u{n}", f"i{n % 3}", str(1 + n % 5), f"2024-01-{n + 1:02d}") for n in range(9)]


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


@pytest.mark.parametrize(
    ("headings", "found"),
    [
        (("商品编号", "商品名称", "商品类别", "商品描述"), ("id", "title", "genres", "text")),
        (("书号", "书名", "题材", "内容简介"), ("id", "title", "genres", "text")),
        (("movieId", "Movie", "Genre", "Synopsis"), ("id", "title", "genres", "text")),
        (("movieId", "Movie", "Release Year", "poster_url"), ("id", "title", "year", "image")),
        (("书号", "书名", "出版日期", "封面图片"), ("id", "title", "year", "image")),
        (("sku", "Product Name", "Product Category", "Product Description"), ("id", "title", "genres", "text")),
    ],
)
def test_headings_of_a_table_of_items_are_understood(taken, headings, found):
    rows = [(f"i{n}", f"a title {n}", "kind", f"what it is about {n}") for n in range(9)]
    assert taken(*headings, rows=rows)[0] == dict(zip(found, headings, strict=True))


YEARS = ["year", "Year", "yr", "release_year", "releaseYear", "Release Year (US)", "release date", "first_air_date",
         "Year-Of-Publication", "pub_year", "date published", "publishedAt", "movie_release_year", "年", "年份",
         "上映年份", "上映日期", "首播", "出版年", "电影年份", "發行年份", "发售日期", "上市时间"]  # fmt: skip


def test_the_year_of_an_item_is_understood_by_its_usual_names(taken):
    rows = [(f"i{n}", f"a title {n}", f"{1990 + n}") for n in range(9)]
    assert [taken("item_id", "title", heading, rows=rows)[0].get("year") for heading in YEARS] == YEARS


def test_an_id_is_taken_before_a_name_and_a_rating_before_a_count(taken):
    assert taken("user_name", "user_id", "movie", "movie_id")[0] == {"user": "user_id", "item": "movie_id"}
    assert taken("user", "item", "count", "rating")[0]["value"] == "rating"
    assert taken("session", "user", "brand", "product")[0] == {"user": "user", "item": "product"}


def test_a_first_line_that_only_sounds_like_headings_is_data(taken):
    rows = [(f"u{n}", word, "3") for n, word in enumerate(["game", "book", "game", "film", "book", "game"])]
    assert taken("u9", "book", "4", rows=rows)[0] == {"user": "1", "item": "2", "value": "3"}
