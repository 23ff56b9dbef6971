"""How fast a knowledge folder understands and answers, on messages that nobody has written before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from random import Random
from time import perf_counter

from bot.conversation import Conversation
from bot.knowledge import Knowledge
from bot.matching.normalize import traditional
from bot.messages import Utterance
from bot.respond import respond
from handlers.cli.bench.figures import Speed, timed

LONG = 4000
WARM_UP = 2000
_BEFORE = "请问 你好， 那个 我想问一下 老板 麻烦问下 急急急 诶".split()
_AFTER = "啊 呢 呀 谢谢 ？ ！！ 在线等 怎么办 求解答 哈".split()


def measure(knowledge: Knowledge, now: datetime, count: int) -> Speed:
    """The speed over `count` messages of each kind."""
    stock, random = stock_of(knowledge), Random(1)
    fresh = fresh_messages(stock, random)
    match = knowledge.matcher.match

    def answer(text: str) -> object:
        return respond(Utterance(text), Conversation(), knowledge, now)

    # Every answer's template is compiled when it is first used: that is part of starting, not of answering.
    for text in random.sample(stock, min(WARM_UP, len(stock))):
        answer(text)
    matched = timed(match, list(islice(fresh, count)))
    responded = timed(answer, list(islice(fresh, count)))
    batch = list(islice(fresh, count))
    begun = perf_counter()
    for text in batch:
        answer(text)
    per_second = count / (perf_counter() - begun)
    long_ones = stories(stock, random)
    few = max(20, count // 20)
    long_match, long_respond = timed(match, list(islice(long_ones, few))), timed(answer, list(islice(long_ones, few)))
    fit = knowledge.fit
    return Speed(fit.texts, fit.classes, matched, responded, long_match, long_respond, per_second)


def stock_of(knowledge: Knowledge) -> Sequence[str]:
    """What people say to this folder: its examples, and where there are none its wordings."""
    content = knowledge.content
    entries = [text for e in content.entries for text in e.examples or e.wordings or (e.question,)]
    gaps = [text for g in content.gaps for text in g.examples or g.wordings]
    signals = [text for s in content.signals for text in s.examples or s.wordings]
    return tuple(dict.fromkeys((*entries, *gaps, *signals)))


def fresh_messages(stock: Sequence[str], random: Random) -> Iterator[str]:
    """Ever new messages: each an altered text of the stock, so that nothing remembered from another one helps."""
    said = set(stock)
    while True:
        text = random.choice(stock)
        while text in said:
            text = altered(text, random)
        said.add(text)
        yield text


def altered(text: str, random: Random) -> str:
    """The text with one or two slips of the finger, and now and then words around it or another script."""
    for _ in range(random.randint(1, 2)):
        at = random.randrange(len(text))
        match random.randrange(4):
            case 0 if len(text) > 4:
                text = text[:at] + text[at + 1 :]
            case 1:
                text = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
            case 2:
                text = text[:at] + text[at] + text[at:]
            case _:
                text = f"{random.choice(_BEFORE)}{text}{random.choice(_AFTER)}"
    if random.random() < 0.3:
        text = f"{random.choice(_BEFORE)}{text}"
    return traditional(text) if random.random() < 0.1 else text


def stories(stock: Sequence[str], random: Random) -> Iterator[str]:
    """Messages of 4,000 characters, many sentences long."""
    while True:
        story = ""
        while len(story) < LONG:
            story += altered(random.choice(stock), random) + "，"
        yield story[:LONG]
