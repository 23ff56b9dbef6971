"""Every dialogue of tests/dialogs held over the API: the same replies as at the terminal, and all of each reply in the answer."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from bot.conversation import Conversation
from bot.knowledge import Knowledge
from bot.messages import Utterance
from bot.replay import Dialog, read_dialogs
from bot.respond import respond
from bot.settings import Settings
from tests.web import Client, opened

FILES = sorted((Path(__file__).parent / "dialogs").glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
async def test_a_dialogue_goes_on_the_web_as_at_the_terminal(
    file: Path, knowledge: Knowledge, tmp_path: Path, now: datetime
) -> None:
    shown = now

    def clock() -> datetime:
        return shown

    async with opened(tmp_path, knowledge, clock, rate_customer="off", rate_address="off") as first:
        for dialog in read_dialogs(file):
            shown = datetime.combine(dialog.today or now.date(), dialog.now, Settings().zone)
            await hold(dialog, await first.another(), shown)


async def hold(dialog: Dialog, client: Client, now: datetime) -> None:
    """Hold one dialogue with a customer of its own."""
    conversation = Conversation()
    for number, exchange in enumerate(dialog.turns, 1):
        utterance = Utterance(exchange.user, role=dialog.role)
        turn = respond(utterance, conversation, client.site.knowledge, now)
        conversation = turn.conversation
        body = {"text": exchange.user, "id": f"{number}", "role": dialog.role}
        response = await client.call("POST", "/api/v1/messages", json=body)
        assert response.status_code == 200, response.text
        said = response.json()["reply"]
        recorded = (await client.site.store.history(client.conversation)).turns[-1].reply
        assert recorded == turn.reply, (dialog.dialog, exchange.user)
        assert (said["text"], said["act"], said["result"]) == (turn.reply.text, turn.reply.act, turn.reply.result)
        assert [o["label"] for o in said["options"]] == [o.label for o in turn.reply.options]
