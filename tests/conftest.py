"""What the tests share: the shipped knowledge, one fixed noon, ways of talking, and a small folder to break."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from bot.content import SHIPPED
from bot.conversation import Conversation
from bot.knowledge import Knowledge, load_knowledge
from bot.messages import Reply, Role, Utterance
from bot.respond import Turn, respond
from bot.settings import Settings

pytest_plugins = ["tests.customers"]  # the fixtures of tests in a browser

Ask = Callable[..., Reply]
Talk = Callable[..., tuple[Turn, ...]]

SMALL = {
    "entries/shop.yaml": """\
- id: shop.hours
  question: 店里几点开门
  wordings: [营业时间, 什么时候关门, 周末开不开, 早上几点上班]
  examples: [营业到几点, 几点能来, 周日开吗]
  answer: 每天 {{ facts.opens_at }} 点开门。
  related: [shop.place]
  sources: [notice]
- id: shop.place
  question: 店在哪里
  wordings: [地址, 在哪条街, 怎么走过来, 店的位置]
  examples: [你们店的地址, 怎么走, 哪条街上]
  answer: 在河边。
  related: [shop.hours]
  sources: [notice]
""",
    "facts/shop.yaml": "- {id: opens_at, label: 开门, unit: 点, values: [{value: '9', source: notice, from: 2026-01-01}]}\n",
    "gaps/shop.yaml": "- {id: gap.parking, about: 停车, nearest: [shop.place], wordings: [停车收费吗, 哪里可以停车]}\n",
    "sources.yaml": "- {id: notice, title: 告示, publisher: 本店, published: 2026-01-01, official: true}\n",
    "lexicon.yaml": "营业: [开门, 开店]\n",
}


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where every service is promised, a skipped test is a failure: nothing passes by not having run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("XIAOER_REQUIRE_SERVICES") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line("tests were skipped although XIAOER_REQUIRE_SERVICES is set", red=True)


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The shipped knowledge, from the cache that the command uses too, so that it is learned once."""
    return load_knowledge(SHIPPED, Settings().cache)


@pytest.fixture(scope="session")
def now() -> datetime:
    """Noon of one Saturday."""
    return datetime(2026, 11, 21, 12, tzinfo=Settings().zone)


@pytest.fixture(scope="session")
def talk(knowledge: Knowledge, now: datetime) -> Talk:
    """Says several messages in one conversation."""

    def say(messages: Sequence[str], *, role: Role | None = None, after: Conversation | None = None) -> tuple[Turn, ...]:
        turns: list[Turn] = []
        conversation = after or Conversation()
        for text in messages:
            turns.append(respond(Utterance(text, role=role), conversation, knowledge, now))
            conversation = turns[-1].conversation
        return tuple(turns)

    return say


@pytest.fixture(scope="session")
def ask(talk: Talk) -> Ask:
    """Says one message, in a fresh conversation unless one is given."""

    def say(text: str, *, role: Role | None = None, after: Conversation | None = None) -> Reply:
        return talk([text], role=role, after=after)[0].reply

    return say


def write_small(folder: Path) -> Path:
    """The small knowledge folder, written there."""
    for name, text in SMALL.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def small_folder(tmp_path: Path) -> Path:
    """A small knowledge folder in which everything is right, for tests to break."""
    return write_small(tmp_path / "knowledge")
