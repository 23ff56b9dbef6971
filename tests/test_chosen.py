"""What a customer chose by a button instead of by words: a calculator, and the writing of the answers."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.conversation import Conversation
from bot.knowledge import Knowledge
from bot.messages import Act, Script, Utterance
from bot.respond import respond


def test_a_calculator_that_was_chosen_asks_for_its_first_value(knowledge: Knowledge, now: datetime) -> None:
    for entry in knowledge.content.entries:
        if entry.calculator is None:
            continue
        turn = respond(Utterance("算一算", calculate=entry.id), Conversation(), knowledge, now)
        settled = not knowledge.calculators[entry.calculator].missing(entry.given)
        assert turn.reply.act is (Act.ANSWER if settled else Act.ASK), entry.id
        assert turn.reply.entry == entry.id
        assert bool(turn.reply.prompt) is not settled


def test_the_value_that_follows_is_for_the_chosen_calculator(knowledge: Knowledge, now: datetime) -> None:
    asked = respond(Utterance("算一算", calculate="buyer.late-compensation"), Conversation(), knowledge, now)
    told = respond(Utterance("588"), asked.conversation, knowledge, now)
    assert told.reply.act is Act.ANSWER
    assert "5.88 元" in told.reply.text


@pytest.mark.parametrize("chosen", ["buyer.no-such-entry", "buyer.complain-hotline"])
def test_an_entry_without_a_calculator_leaves_the_words_to_be_understood(chosen: str, knowledge: Knowledge, now: datetime) -> None:
    turn = respond(Utterance("投诉电话多少", calculate=chosen), Conversation(), knowledge, now)
    assert turn.reply.entry == "buyer.complain-hotline"


@pytest.mark.parametrize("script", list(Script))
def test_the_chosen_writing_beats_the_writing_of_the_message(script: Script, knowledge: Knowledge, now: datetime) -> None:
    turn = respond(Utterance("投诉电话多少", script=script), Conversation(), knowledge, now)
    assert turn.reply.script is script
    assert turn.conversation.script is script
