"""What columns are called, and what is said of a column that was found by its name, by its place or by a person."""

from __future__ import annotations

from cases.headings import PART
from models.errors import N_

HEADINGS = {
    "user": {"user", "user_id", "userid", "uid", "u", "member", "member_id", "customer", "customer_id", "client_id",
             "visitor_id", "visitorid", "reviewer_id", "reviewerid", "session_id", "session", "reader", "person",
             "用户", "用户id", "用户编号", "顾客", "会员", "读者"},
    "item": {"item", "item_id", "itemid", "iid", "movie_id", "movieid", "movie", "product_id", "productid", "product",
             "book_id", "bookid", "isbn", "song_id", "track_id", "article_id", "news_id", "asin", "parent_asin", "sku",
             "artist_id", "artistid", "game_id", "anime_id", "物品", "物品id", "商品", "商品id", "电影", "电影id",
             "图书", "项目"},
    "value": {"rating", "ratings", "score", "stars", "star", "overall", "book_rating", "count", "counts", "plays",
              "play_count", "playcount", "views", "clicks", "weight", "quantity", "times", "freq", "frequency",
              "number", "评分", "分数", "星级", "次数", "数量", "播放次数"},
    "time": {"timestamp", "time", "date", "datetime", "ts", "unix_time", "unixreviewtime", "created_at", "event_time",
             "rated_at", "时间", "时间戳", "日期"},
    "part": PART,
    "id": {"id", "item", "item_id", "itemid", "iid", "movie_id", "movieid", "product_id", "productid", "book_id",
           "bookid", "isbn", "song_id", "track_id", "article_id", "news_id", "asin", "parent_asin", "sku", "artist_id",
           "artistid", "game_id", "anime_id", "物品", "物品id", "商品id", "电影id", "编号"},
    "title": {"title", "name", "movie_title", "movie_name", "item_name", "item_title", "product_name", "product_title",
              "book_title", "song", "headline", "标题", "名称", "名字", "书名", "片名", "商品名", "电影名", "歌名"},
    "genres": {"genres", "genre", "class", "category", "categories", "tags", "movie_genre", "type", "类型", "类别",
               "分类", "标签"},
    "text": {"text", "description", "overview", "summary", "plot", "abstract", "content", "details", "描述", "简介",
             "摘要", "内容", "文本"},
}  # fmt: skip
COUNTS = {
    "count", "counts", "plays", "play_count", "playcount", "views", "clicks", "quantity", "times", "freq", "frequency",
    "number", "weight", "次数", "数量", "播放次数",
}  # fmt: skip
BY_HEADING = {
    "user": N_("“{table}”: column “{column}” says who; its heading says so."),
    "item": N_("“{table}”: column “{column}” names the item; its heading says so."),
    "value": N_("“{table}”: column “{column}” says how much; its heading says so."),
    "time": N_("“{table}”: column “{column}” says when; its heading says so."),
    "part": N_("“{table}”: column “{column}” gives the part; its heading says so."),
    "id": N_("“{table}”: column “{column}” names the item; its heading says so."),
    "title": N_("“{table}”: column “{column}” gives the title; its heading says so."),
    "genres": N_("“{table}”: column “{column}” gives the genres; its heading says so."),
    "text": N_("“{table}”: column “{column}” describes the item; its heading says so."),
}
BY_PERSON = {
    "user": N_("“{table}”: column “{column}” says who; you chose it."),
    "item": N_("“{table}”: column “{column}” names the item; you chose it."),
    "value": N_("“{table}”: column “{column}” says how much; you chose it."),
    "time": N_("“{table}”: column “{column}” says when; you chose it."),
    "id": N_("“{table}”: column “{column}” names the item; you chose it."),
    "title": N_("“{table}”: column “{column}” gives the title; you chose it."),
    "genres": N_("“{table}”: column “{column}” gives the genres; you chose it."),
    "text": N_("“{table}”: column “{column}” describes the item; you chose it."),
}
BY_PLACE = {  # where there are no headings
    "user": N_("“{table}”: column “{column}” says who; without headings it is usually the first."),
    "item": N_("“{table}”: column “{column}” names the item; without headings it is usually the second."),
    "value": N_("“{table}”: column “{column}” says how much; without headings it usually follows the item."),
    "time": N_("“{table}”: column “{column}” says when; it holds times."),
    "id": N_("“{table}”: column “{column}” names the item; it is the first, and every line has another."),
    "title": N_("“{table}”: column “{column}” gives the title; it is the second, and holds words."),
    "genres": N_("“{table}”: column “{column}” gives the genres; it is what follows the title."),
}
