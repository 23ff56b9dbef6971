"""How understanding grows with the number of wordings, beside rapidfuzz's extractOne over the same ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from random import Random
from time import perf_counter

from rapidfuzz import fuzz, process

from bot.matching.features import Extractor, Lexicon, pinyin_table
from bot.matching.matcher import Matcher
from bot.matching.model import Corpus, Kind
from bot.matching.normalize import normalize
from bot.matching.training import Budget, train
from handlers.cli.bench.figures import Compared, Grown, timed
from handlers.cli.bench.process import peak_mib
from handlers.cli.bench.speed import altered

AN_ENTRY = 40
SLIPS = 0.25
# Comparisons that rapidfuzz may make in all: it reads every wording each time.
COMPARISONS = 6_000_000

_THINGS = (
    "订单 包裹 快递 退款 发票 运费 保证金 货款 佣金 优惠券 店铺 账号 密码 手机号 执照 商标 类目 库存 价格 主图 标题 详情页 评价 "
    "差评 售后单 赔付 投诉 罚单 申诉 仲裁 直播间 短视频 橱窗 达人 粉丝 客服 积分 会员 红包 定金 尾款 预售 赠品 样品 质检 防伪码 "
    "仓库 面单 电子秤 打印机 子账号 权限 公告 活动 报名 推广费 数据 报表 合同 税号"
).split()
_OWNERS = (
    "买家 商家 新店 老店 个人店 企业店 旗舰店 专卖店 海外仓 生鲜 服装 数码 图书 珠宝 美妆 食品 家电 母婴 宠物 农产品 二手 定制 "
    "虚拟 大件 冷链 跨境 同城 团购 秒杀 满减"
).split()
_DOINGS = (
    "申请/提交 取消/撤回 修改/更改 查询/查看 导出/下载 上传/添加 删除/清空 冻结/锁住 解冻/解锁 补交/补缴 退回/退还 提现/转出 绑定/关联 "
    "解绑/解除 关闭/停掉 恢复/重开 审核/审批 加急/催办 延期/延长 核对/对账 合并/并到一起 拆分/分开 打印/印出来 转让/过户 认证/验证 "
    "续费/续期 升级/升档 隐藏/屏蔽 置顶/排前面 备份/存档"
).split()
_FRAMES = (
    "{o}{t}怎么{d} {o}的{t}想{d} {d}{o}{t}在哪里 {t}是{o}的能{d}吗 我要{d}{o}的{t} {o}{t}{d}不了 {o}{t}{d}要多久 谁能{d}{o}{t} "
    "{o}那边{t}没法{d} {d}一下{o}的{t}行不行 为什么{o}{t}不能{d} {o}{t}什么时候可以{d} {o}{t}{d}失败 {d}{o}{t}要钱吗 {t}{d}流程{o} "
    "{o}家的{t}{d}有啥条件"
).split()
_BEFORE = " 请问 你好 那个 老板 就是 想问下 昨天 今天 刚才 上个月 急 我 我们 朋友 一直".split(" ")
_AFTER = " 啊 呢 吗 谢谢 急 怎么办 在线等 好几天了 看不懂 求教 有人知道吗 麻烦了 烦死了 试过了".split(" ")


@dataclass(frozen=True, slots=True)
class MadeUp:
    """A made-up folder: its wordings, and others of the same entries that it does not hold."""

    corpus: Corpus
    held_out: tuple[tuple[str, str], ...]  # wording and entry


def make_up(wordings: int, asked: int, seed: int = 7) -> MadeUp:
    """A folder of that many wordings, the same each time. Entries share their words with many others, not the mixture."""
    random = Random(seed)
    subjects = [(o, t, d) for o in _OWNERS for t in _THINGS for d in _DOINGS]
    chosen = random.sample(subjects, wordings // AN_ENTRY)
    each = -(-asked // len(chosen))
    texts: list[str] = []
    labels: list[str] = []
    held_out: list[tuple[str, str]] = []
    taken: set[str] = set()
    for number, subject in enumerate(chosen):
        name = f"made-up.{number:05}"
        own = _wordings(subject, AN_ENTRY + each, taken, random)
        texts += own[:AN_ENTRY]
        labels += [name] * AN_ENTRY
        held_out += [(text, name) for text in own[AN_ENTRY:]]
    random.shuffle(held_out)
    return MadeUp(Corpus(tuple(texts), tuple(labels), dict.fromkeys(labels, Kind.ENTRY)), tuple(held_out[:asked]))


def _wordings(subject: tuple[str, str, str], count: int, taken: set[str], random: Random) -> Sequence[str]:
    owner, thing, doing = subject
    found: list[str] = []
    while len(found) < count:
        text = random.choice(_FRAMES).format(o=owner, t=thing, d=random.choice(doing.split("/")))
        text = f"{random.choice(_BEFORE)}{text}{random.choice(_AFTER)}"
        text = normalize(altered(text, random) if random.random() < SLIPS else text)
        if text not in taken:
            taken.add(text)
            found.append(text)
    return found


def measure(wordings: int, asked: int) -> Grown:
    """Learn a made-up folder of that size and ask it; in a process of its own, so that its memory is its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_measure, wordings, asked).result()


def _measure(wordings: int, asked: int) -> Grown:
    made_up = make_up(wordings, asked)
    corpus = made_up.corpus
    begun = perf_counter()
    trained = train(corpus, Extractor(Lexicon.of({}), pinyin_table()), lambda what, done: None, Budget())
    seconds = perf_counter() - begun
    # Before rapidfuzz works: what learning took.
    peak = peak_mib()
    exact = dict(zip(corpus.texts, corpus.labels, strict=True))
    matcher = Matcher(trained.model, trained.gate, trained.bands, exact, {})
    few = max(10, min(asked, COMPARISONS // wordings))
    return Grown(
        wordings=len(corpus.texts),
        entries=len(corpus.kinds),
        train_seconds=seconds,
        peak_mib=peak,
        matcher=_compare(lambda text: matcher.match(text).candidates[0].entry, made_up.held_out),
        ratio=_compare(_nearest(corpus, fuzz.ratio), made_up.held_out[:few]),
        weighted_ratio=_compare(_nearest(corpus, fuzz.WRatio), made_up.held_out[: max(10, few // 8)]),
    )


def _nearest(corpus: Corpus, scorer: Callable[..., float]) -> Callable[[str], str]:
    """The entry of the most similar wording."""
    return lambda text: corpus.labels[process.extractOne(text, corpus.texts, scorer=scorer)[2]]


def _compare(find: Callable[[str], str], asked: Sequence[tuple[str, str]]) -> Compared:
    found: list[str] = []
    latency = timed(lambda text: found.append(find(text)), [text for text, _ in asked])
    return Compared(latency, sum(entry == name for entry, (_, name) in zip(found, asked, strict=True)) / len(asked))
