"""Every dialogue of tests/dialogs held through Telegram: the same replies as at the terminal, and all of each reply is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from bot.conversation import Conversation
from bot.knowledge import Knowledge
from bot.messages import Reply, Utterance
from bot.replay import Dialog, read_dialogs
from bot.respond import respond
from bot.settings import Settings
from handlers.cli.bench.botapi import BotApi, Message, Person, running
from tests.telegram_channel import Bot, bot_on, in_file

FILES = sorted((Path(__file__).parent / "dialogs").glob("*.yaml"))


@dataclass
class Clock:
    """Shows what it is set to."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with running() as api:
        yield api


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
async def test_a_dialogue_goes_in_telegram_as_at_the_terminal(
    file: Path, api: BotApi, knowledge: Knowledge, tmp_path: Path, now: datetime
) -> None:
    clock = Clock(now)
    async with bot_on(api, knowledge, in_file(tmp_path), clock=clock) as bot:
        for dialog in read_dialogs(file):
            clock.now = datetime.combine(dialog.today or now.date(), dialog.now, Settings().zone)
            await hold(dialog, bot, clock)


async def hold(dialog: Dialog, bot: Bot, clock: Clock) -> None:
    """Hold one dialogue with a person of its own."""
    person = bot.api.person("客户")
    customer = f"telegram-{person.id}"
    if dialog.role is not None:
        await bot.store.set_role(customer, "telegram", dialog.role, clock())
    conversation = Conversation()
    for exchange in dialog.turns:
        if not exchange.user.strip() or exchange.user.startswith("/"):
            return  # Telegram has no empty messages, and commands are its own
        turn = respond(Utterance(exchange.user, role=dialog.role), conversation, bot.knowledge, clock())
        conversation = turn.conversation
        messages = await ask(bot, person, exchange.user)
        said = (await bot.store.history(customer)).turns[-1].reply
        assert said == turn.reply, (dialog.dialog, exchange.user)
        check_shown(said, messages)


async def ask(bot: Bot, person: Person, text: str) -> tuple[Message, ...]:
    """What came of saying something."""
    before = len(bot.api.sent(person))
    await bot.ask(person, text)
    return bot.api.sent(person)[before:]


def check_shown(reply: Reply, messages: tuple[Message, ...]) -> None:
    """Every line of the reply is to be read, every option to be pressed."""
    text = "\n".join(m.text for m in messages)
    labels = "\n".join(label for m in messages for row in m.buttons for label in row)
    for part in (reply.body, *reply.notes, reply.prompt):
        for line in part.splitlines():
            assert line.strip() in text
    for option in reply.options:
        assert option.label in labels
