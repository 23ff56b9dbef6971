"""`xiaoer ask`: one answer, a file of them, or how a message was understood."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.conversation import Conversation
from bot.errors import XiaoerError
from bot.knowledge import Knowledge
from bot.matching.decision import Ambiguous, Decision, Heard, Match, NoMatch
from bot.messages import Reply, Utterance
from bot.respond import respond
from bot.settings import Settings
from handlers.cli.common import as_json as reply_object
from handlers.cli.common import dump, moment, open_with_progress


def run(question: str | None, folder: Path | None, *, as_json: bool, batch: str | None, explain: bool, today: str | None) -> None:
    """Answer the question, or every line of the batch."""
    if (question is None) == (batch is None):
        raise XiaoerError("请给出一句要问的话,或用 --batch 给出一个文件")
    settings = Settings()
    moment(today, settings)  # a wrong date is told before anything is loaded
    knowledge = open_with_progress(settings, folder)
    if batch is not None:
        for number, line in enumerate(_lines(batch), 1):
            if line.strip():
                q, day = _asked(line, number, today)
                print(dump(reply_object(answer(q, knowledge, settings, day))), flush=True)
        return
    assert question is not None
    reply = answer(question, knowledge, settings, today)
    if explain:
        print(explanation(question, reply, knowledge), end="\n\n")
    print(dump(reply_object(reply)) if as_json else reply.text)


def answer(question: str, knowledge: Knowledge, settings: Settings, today: str | None) -> Reply:
    """The reply to a message that begins a conversation."""
    return respond(Utterance(question), Conversation(), knowledge, moment(today, settings)).reply


def _lines(batch: str) -> Iterator[str]:
    if batch == "-":
        sys.stdin.reconfigure(errors="surrogateescape")  # type: ignore[union-attr]  # a text stream here
        yield from sys.stdin
        return
    try:
        with Path(batch).open(encoding="utf-8", errors="surrogateescape") as file:
            yield from file
    except OSError as error:
        raise XiaoerError(f"打不开 {batch}: {error.strerror}") from None


def _asked(line: str, number: int, today: str | None) -> tuple[str, str | None]:
    try:
        asked = json.loads(line)
        question, day = asked["q"], asked.get("today", today)
    except (ValueError, TypeError, KeyError):
        question = day = None
    if not isinstance(question, str) or not isinstance(day, str | None):
        raise XiaoerError(f'第 {number} 行不是 {{"q": "…", "today": "2026-11-21"}} 这样的 JSON')
    return question, day


def explanation(question: str, reply: Reply, knowledge: Knowledge) -> str:
    """How the message was understood, for people who keep the knowledge."""
    heard = knowledge.matcher.match(question)
    lines = [f"归一化: {heard.text}", f"判定: {decided(heard.decision)} —— {heard.why}", "候选:"]
    lines += [f"  {c.score:.3f}  {c.entry}  {knowledge.entries[c.entry].question}" for c in heard.candidates]
    if heard.candidates:
        lines.append(f"对 {heard.candidates[0].entry} 影响最大的特征(c 字 p 音 w 词 l 术语):")
        lines += [f"  {f.weight:+.3f}  {f.name}" for f in knowledge.matcher.features(question, heard.candidates[0].entry)]
    lines.append(f"动作: {reply.act.value}" + (f",计算器 {reply.calculator}" if reply.calculator else ""))
    return "\n".join(lines)


def decided(decision: Decision) -> str:
    """A decision in a few words."""
    match decision:
        case Match(entries):
            return f"命中 {'、'.join(entries)}"
        case Ambiguous(entries):
            return f"歧义 {'、'.join(entries)}"
        case NoMatch(gap):
            return f"未命中({gap})" if gap else "未命中"
        case Heard(signal):
            return f"对话用语 {signal}"
