"""What columns of users, items, ratings, counts and times are called, in English and Chinese.

A name is one of a list, or made of parts: `customer` and `number`, 会员 and 号. Here they are `squeezed`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import product

from cases.ingest.tables.headings import PART, word

TRADITIONAL = str.maketrans(
    "會員編號購買數評時間戶產電書讀顧帳類標題稱簡項遊戲視頻觀點擊瀏覽閱聽課論節劇樂專輯貨碼證學賬訂單餐廳館飯詳選說畫動區職崗識級個發開佈製",
    "会员编号购买数评时间户产电书读顾帐类标题称简项游戏视频观点击浏览阅听课论节剧乐专辑货码证学账订单餐厅馆饭详选说画动区职岗识级个发开布制",
)
_OPENING, _CLOSING = re.compile(r"[(（\[【]"), (")", "）", "]", "】")


def squeezed(heading: str) -> str:
    """Without case, blanks, marks and a note in brackets at the end; in simplified characters."""
    name = re.sub(r"[_.#/:]", "", word(heading)).translate(TRADITIONAL)
    note = _OPENING.search(name) if name.endswith(_CLOSING) else None
    return name[: note.start()] or name if note else name


def _made(*parts: str) -> frozenset[str]:
    """Every name that has one word of each part, in this order; a part that may be missing begins with a blank."""
    return frozenset("".join(words) for words in product(*(part.split(" ") for part in parts)))


_ID_EN = "id no nr num number code key uuid guid hash index"
_ID_ZH = "id uid 号 编号 号码 代码 编码 码 标识 序号 卡号 证号 学号 账号 帐号"
_NAME_EN, _NAME_ZH = "name title headline", "名 名称 名字 标题 题名"
_USERS_EN = (
    "user usr u member customer cust client visitor reviewer reader person buyer shopper consumer "
    "purchaser player listener viewer subscriber patron borrower student learner account guest rater "
    "critic participant profile household"
)
_USERS_ZH = (
    "用户 会员 顾客 客户 读者 买家 消费者 访客 玩家 观众 听众 学员 学生 借阅者 借阅人 借书人 账户 "
    "帐户 粉丝 游客 客人 评分人 评论者 评论人 评价人 评价者 购买者 购买人 下单人 成员 员工"
)
_ITEMS_EN = (
    "item product movie film book song track article news game anime video app recipe restaurant "
    "business hotel course show series episode album podcast paper post page job dish place venue "
    "drama manga good listing"
)
_ITEMS_ZH = (
    "物品 商品 产品 货品 货物 电影 影片 影视 图书 书籍 书 书目 项目 歌曲 音乐 曲目 单曲 专辑 文章 "
    "新闻 资讯 帖子 视频 短视频 节目 剧集 电视剧 动漫 番剧 动画 漫画 小说 游戏 应用 软件 课程 菜品 "
    "菜谱 菜 餐厅 餐馆 饭店 店铺 商家 门店 酒店 景点 景区 民宿 房源 职位 岗位 论文 文献 广告 条目 "
    "单品 作品"
)
_MAKERS_EN, _MAKERS_ZH = "artist singer band channel brand shop store", "歌手 艺人 乐队 主播 品牌 频道"
_DONE_EN = (
    "purchase buy play view click watch listen read visit order download use usage interaction borrow "
    "loan checkout rental stream transaction event impression"
)
_DONE_ZH = (
    "购买 浏览 点击 播放 观看 收听 阅读 访问 借阅 下载 收藏 消费 下单 使用 交互 互动 听歌 游玩 打开 "
    "查看 光顾 到店 加购 订购 借书 点播 评论 交易 行为 订单 操作"
)
_EVENTS_EN = "order transaction trade invoice receipt purchase payment booking loan checkout event record log review"
_EVENTS_ZH = "订单 交易 流水 记录 单据 发票 支付 付款 小票 预订 借阅 评论 评价 日志 事件"
_RATED_EN = "rating ratings score scores stars star grade mark"
_RATED_ZH = "评分 打分 得分 分数 分值 评级 星级 星数"
_HOW_MANY_EN = "count counts number num freq frequency quantity qty times total"
_HOW_MANY_ZH = "次数 数量 数 量 频次 频率 件数 时长"
_CAME_OUT_EN = "release released publication publish published pub issue production produced premiere air aired"
_CAME_OUT_ZH = "上映 公映 首映 首播 开播 播出 出版 发行 发布 发表 发售 上市 出品 制作"
_KIND_ZH = "类型 类别 分类 品类 类目 流派 风格 题材"

COUNTS = (
    _made(_HOW_MANY_EN) | _made(_DONE_EN, "s") | {"watches", "weight", "playtime", "hours"}
    | _made(_DONE_EN, " s", _HOW_MANY_EN) | _made("n num numberof noof total", _DONE_EN, "s")
    | _made(_DONE_ZH, _HOW_MANY_ZH) | _made("次数 数量 频次 频率 件数 时长 计数 个数 份数 册数")
)  # fmt: skip
RATINGS = (
    _made(f" {_USERS_EN} {_ITEMS_EN} review overall star", _RATED_EN, " value")
    | _made(f" {_USERS_ZH} {_ITEMS_ZH} 评价 综合", _RATED_ZH, " 值")
    | _made("overall preference 评价 喜爱程度 喜欢程度 喜好程度 喜好 偏好 偏好程度 满意度")
)
_TITLED = (
    _made(_ITEMS_EN, _NAME_EN) | _made(_ITEMS_ZH, _NAME_ZH) | _made("书 片 歌 剧 菜 店 篇", "名")
    | _made("title name headline 标题 名称 名字 品名 题名")
)  # fmt: skip
_KNOWN_ITEMS = _made(_ITEMS_EN, _ID_EN) | _made(_ITEMS_ZH, _ID_ZH) | _made(
    "iid isbn asin parentasin sku stockcode 货号 款号 条码 条形码 商品条码 索书号")  # fmt: skip
_KINDS_OF_ITEMS = _made(_ITEMS_EN) | _made(_ITEMS_ZH)
_MADE_BY = _made(f"{_MAKERS_EN} {_MAKERS_ZH}", f" {_ID_EN} {_ID_ZH} {_NAME_EN} {_NAME_ZH}")

HEADINGS: dict[str, Sequence[frozenset[str]]] = {  # role → its names, those that say it most plainly first
    "user": (
        _made(_USERS_EN, _ID_EN) | _made(_USERS_ZH, _ID_ZH) | _made("uid openid 学号 工号 卡号 借书证号 账号 帐号"),
        _made(_USERS_EN) | _made(_USERS_ZH),
        _made(_USERS_EN, "name nickname login email") | _made(_USERS_ZH, "名 名称 名字 昵称 姓名") | _made("昵称 姓名"),
        _made("session", f" {_ID_EN}") | _made("会话", f" {_ID_ZH}"),
    ),
    "item": (_KNOWN_ITEMS, _KINDS_OF_ITEMS, _TITLED, _MADE_BY),
    "value": (RATINGS, COUNTS),
    "time": (
        _made(" unix utc local event rating rated review reviewed purchase purchased order ordered created creation "
              "click clicked view viewed play played watch watched visit visited listen listened read borrow borrowed "
              "loan checkout transaction interaction action updated added invoice start request access",
              "time date datetime timestamp ts at on")
        - {"at", "on", "reviewon"} | {"unixreviewtime", "reviewtime"}
        | _made(f" {_DONE_ZH} 评分 打分 评价 创建 成交 支付 付款 更新 发生 记录", "时间 日期 时刻 时间戳 日")
        | _made("日期时间 年月日"),
    ),
    "part": (frozenset(map(squeezed, PART)),),
    "row": (_made(_EVENTS_EN, _ID_EN) | _made(_EVENTS_ZH, _ID_ZH) | _made("orderid 单号 单据号 流水 订单流水号"),
            _made("id rowid index unnamed0 编号 序号 行号")),
    "id": (_KNOWN_ITEMS | _made(_MAKERS_EN, _ID_EN) | _made(_MAKERS_ZH, _ID_ZH),
           _made("id code no 编号 代码 编码 号码"), _KINDS_OF_ITEMS, _made(f"{_MAKERS_EN} {_MAKERS_ZH}")),
    "title": (_TITLED | _made(_MAKERS_EN, "name") | _made(_MAKERS_ZH, "名 名称"), _KINDS_OF_ITEMS),
    "genres": (
        _made(f" {_ITEMS_EN} main", "genre genres category categories style styles topic topics theme themes")
        | _made("class tags tag type subject subjects keywords department categoryname producttype movieclass")
        | _made(f" {_ITEMS_ZH} 一级", _KIND_ZH, " 名称") | _made("标签 关键词 主题"),
    ),
    "year": (
        _made(f" {_ITEMS_EN}", f" {_CAME_OUT_EN} start", "year yr")
        | _made(f" {_ITEMS_EN}", " first original initial", _CAME_OUT_EN, "date")
        | _made("year date", " of", _CAME_OUT_EN) | _made("released published premiered aired", " at on")
        | _made(f" {_ITEMS_ZH}", f" {_CAME_OUT_ZH}", "年份 年代 年度") | _made(_CAME_OUT_ZH, "日期 时间 年 年月 日")
        | _made("年 首映 首播 上映"),
    ),
    "image": (
        _made(f" {_ITEMS_EN}", "image poster cover thumbnail picture photo img", " url urls link address path")
        | _made(f" {_ITEMS_ZH}", "图片 封面 海报 缩略图 封面图 封面图片 主图", " 地址 链接 网址"),
    ),
    "text": (
        _made(f" {_ITEMS_EN}", "description overview summary plot synopsis details abstract")
        | _made("text content body about blurb 内容 文本 剧情 情节 内容提要")
        | _made(f" {_ITEMS_ZH} 内容 剧情", "描述 简介 摘要 介绍 详情 梗概"),
    ),
}  # fmt: skip
ANY = frozenset().union(*(names for ranked in HEADINGS.values() for names in ranked))


def plainest(role: str, headings: Iterable[tuple[int, str]]) -> int | None:
    """The column whose heading says the role most plainly, of several the first; None where none does.

    Args:
        headings: number of a column, its heading as `squeezed` writes it.
    """
    ranks = [(rank, column) for column, heading in headings
             for rank, names in enumerate(HEADINGS[role]) if heading in names]  # fmt: skip
    return min(ranks)[1] if ranks else None
