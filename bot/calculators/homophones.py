"""Cue words that were typed as another word of the same sound (揽收 as 蓝收): put right before anything is read."""

from __future__ import annotations

import os
from functools import cache, lru_cache

# Two characters each; a word of more is found by two of its characters.
WORDS = tuple(
    """设备 电脑 手机 执照 代办 保证 押金 周转 资金 轻微 严重 揽收 中转 分拨 品牌 牌子 商标 实付 付款 定金 尾款 类目 佣金
    联盟 达人 推广 带货 发票 库存 限购 起售 累计 仲裁 违规 申诉 驳回 生效 举证 退款 下单 超时 判定 首次 夸大 虚假 导出 订单
    轨迹 地址 运单 伪造 小时 支付 主体 宣传 关店 退店 开票 冻结 余额 失败 金额 重复""".split()
)
_KNOWN = frozenset(WORDS)
# Words in their own right, and neighbours that only meet (用一下但是), one character away from a cue word.
_OTHERS = frozenset(
    """执着 知照 待办 泪目 大人 打人 先购 现购 想购 想够 生肖 声效 下但 下当 下场 下上 下商 超市 超是 小事 小是 小食 小饰 主题 主提
    关电 管店 逛店 官店 退点 言重 是付 时付 自付 有规 有证 付完 起诉 起收 押进 地直 周专 销时 上标 动结束 袋货 种裁 据证 到出仓""".split()
)
# A numeral or a measure word is never a slip: 超十单 is no 超时单.
_FIGURES = frozenset("零一二三四五六七八九十百千万亿两几个单次件元块天月日号年")
_MERGED = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_NASALS = ("ang", "eng", "ing")


def _blurred(sound: str) -> str:
    """A syllable as many people hear it: zh like z, ang like an."""
    for initial, plain in _MERGED:
        sound = plain + sound.removeprefix(initial) if sound.startswith(initial) else sound
    return sound[:-1] if sound.endswith(_NASALS) else sound


@lru_cache(maxsize=4096)
def _sounds(word: str) -> tuple[str, ...]:
    """How a word or a single character is read, without tones."""
    # Imported late: a message without Chinese need not wait for it. Without its phrases it takes a quarter of the room.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    from pypinyin import lazy_pinyin

    return tuple(_blurred(sound) for sound in lazy_pinyin(word))


@cache
def _halves() -> dict[tuple[int, str], tuple[str, ...]]:
    """The words by place and character of the half that is right."""
    found: dict[tuple[int, str], tuple[str, ...]] = {}
    for word in WORDS:
        for place in (0, 1):
            found[place, word[place]] = (*found.get((place, word[place]), ()), word)
    return found


def _meant(pair: str) -> str | None:
    """The cue word that a pair of characters sounds like, when one of the two is right."""
    for place in (0, 1):
        wrong = pair[1 - place]
        for word in _halves().get((place, pair[place]), ()):
            if wrong not in _FIGURES and "\u4e00" <= wrong <= "\u9fff" and _sounds(wrong)[0] == _sounds(word)[1 - place]:
                return word
    return None


def _apart(text: str, at: int) -> bool:
    """Whether what stands here is a word of its own, or its second half begins a cue word that is right."""
    return text[at : at + 2] in _OTHERS or text[at : at + 3] in _OTHERS or text[at + 1 : at + 3] in _KNOWN


def corrected(text: str) -> str:
    """The text with such slips put right; its length stays."""
    pieces: list[str] = []
    at = 0
    while at < len(text):
        pair = text[at : at + 2]
        if pair in _KNOWN:
            pieces.append(pair)
            at += 2
        elif len(pair) == 2 and not _apart(text, at) and (word := _meant(pair)):
            pieces.append(word)
            at += 2
        else:
            pieces.append(text[at])
            at += 1
    return "".join(pieces)
