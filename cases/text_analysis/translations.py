"""Chinese sentences with their English translations: does what was learnt in one language hold in the other?

They were written for this: remarks about things bought, eaten and read, half of them praise and half of them blame.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

PRAISE = frozenset(("好评", "正面", "积极", "褒义", "表扬", "positive", "pos", "praise", "good", "fresh", "1"))
BLAME = frozenset(("差评", "负面", "消极", "贬义", "批评", "negative", "neg", "blame", "bad", "rotten", "0"))


@dataclass(frozen=True)
class Translation:
    zh: str
    en: str
    praise: bool


TRANSLATIONS = (
    Translation("房间干净又安静，下次还住这里。", "The room was clean and quiet, I will stay here again.", True),
    Translation("服务员很热情，菜也好吃。", "The waiters were friendly and the food was delicious.", True),
    Translation("电池一整天都够用，屏幕也很清晰。", "The battery lasts all day and the screen is sharp.", True),
    Translation("这本书让人一口气读完，强烈推荐。", "I read this book in one go, highly recommended.", True),
    Translation("物流很快，包装完好，非常满意。", "Fast delivery, well packed, I am very satisfied.", True),
    Translation("演员演得真好，我看哭了。", "The acting was wonderful, it moved me to tears.", True),
    Translation("价格实惠，质量比想象的还好。", "A fair price, and the quality is even better than I expected.", True),
    Translation("早餐丰富，离地铁站也近。", "A rich breakfast, and close to the underground station.", True),
    Translation("客服很耐心，问题马上就解决了。", "The support was patient and solved the problem at once.", True),
    Translation("键盘手感舒服，运行速度很快。", "The keyboard feels comfortable and it runs fast.", True),
    Translation("房间又小又吵，一晚上没睡好。", "The room was small and noisy, I could not sleep all night.", False),
    Translation("等了两个小时，饭菜送来都凉了。", "We waited two hours and the food was cold when it came.", False),
    Translation("用了三天就坏了，太失望了。", "It broke after three days, what a disappointment.", False),
    Translation("故事无聊，看到一半就睡着了。", "The story is boring, I fell asleep halfway through.", False),
    Translation("收到的东西和图片完全不一样。", "What arrived looks nothing like the picture.", False),
    Translation("客服态度很差，电话也没人接。", "The support was rude and nobody answered the phone.", False),
    Translation("风扇声音太大，机器热得烫手。", "The fan is far too loud and the machine gets burning hot.", False),
    Translation("卫生间有股怪味，毛巾也是脏的。", "The bathroom smelled and the towels were dirty.", False),
    Translation("翻译错误太多，根本读不下去。", "Full of translation mistakes, simply unreadable.", False),
    Translation("又贵又难吃，再也不会来了。", "Expensive and tasteless, I will never come back.", False),
)


def meaning(labels: Collection[str]) -> dict[str, bool] | None:
    """Label → whether it stands for praise, where two labels clearly are praise and blame; else None."""
    found = {label: word in PRAISE for label in labels if (word := label.strip().lower()) in PRAISE | BLAME}
    return found if len(found) == len(labels) == 2 and len(set(found.values())) == 2 else None
