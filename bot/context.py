"""What a message means in the light of the turn before: an option chosen, or a follow-up that leaves the subject out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz, process

from bot.conversation import Conversation
from bot.knowledge import Knowledge
from bot.matching.decision import Ambiguous, Match, NoMatch
from bot.matching.matcher import Understanding
from bot.matching.normalize import normalize
from bot.messages import Button

# Characters: what leaves the subject out is short; longer messages name it themselves.
ELLIPTIC = 16
# Likeness (0..100) from which a message is taken for an option's label or a follow-up as written.
ALIKE_OPTION = 80
ALIKE_FOLLOW_UP = 74
# Among the options alone, a paraphrase must have this share.
CLEARLY = 0.6

_ORDINAL = re.compile(
    r"^(?:第|选|選|选择|no\.?|#|option)?\s*([1-9一二三四五六七八九])\s*(?:个|個|项|項|号|號|条|條)?[.。、)]?$", re.IGNORECASE
)
_DIGITS = {c: i for i, c in enumerate("一二三四五六七八九", 1)}
_LAST = frozenset({"最后一个", "最后那个", "last"})


def still_known(conversation: Conversation, knowledge: Knowledge) -> Conversation:
    """The conversation without what the content has no longer: it may have changed since the turn before."""
    entries = knowledge.entries
    form = conversation.form
    if form and (form.entry not in entries or entries[form.entry].calculator != form.calculator):
        form = None
    return replace(
        conversation,
        topic=conversation.topic if conversation.topic in entries else None,
        shown=tuple(e for e in conversation.shown if e in entries),
        options=tuple(o for o in conversation.options if not o.entry or o.entry in entries),
        form=form,
    )


def choose(text: str, heard: Understanding, options: Sequence[Button], knowledge: Knowledge) -> Button | int | None:
    """The option a message chooses by number, by its words or by a paraphrase; a number that none has; or None."""
    if not options:
        return None
    number = _number(text, len(options))
    if number is not None:
        return options[number - 1] if number <= len(options) else number
    labels = {i: normalize(o.label) for i, o in enumerate(options)}
    if near := process.extractOne(heard.text, labels, scorer=fuzz.ratio, score_cutoff=ALIKE_OPTION):
        return options[near[2]]
    return _paraphrased(text, heard, options, labels, knowledge)


def _number(text: str, count: int) -> int | None:
    if normalize(text) in _LAST:
        return count
    found = _ORDINAL.match(text.strip())
    return (_DIGITS.get(found[1]) or int(found[1])) if found else None


def _paraphrased(
    text: str, heard: Understanding, options: Sequence[Button], labels: dict[int, str], knowledge: Knowledge
) -> Button | None:
    entries = {o.entry: o for o in options if o.entry}
    best = heard.candidates[0] if heard.candidates else None
    if best and best.entry in entries and best.score >= knowledge.matcher.bands.ambiguity:
        return entries[best.entry]
    if len(heard.text) > ELLIPTIC or not entries or not isinstance(heard.decision, Ambiguous | NoMatch):
        return None
    likeliest = knowledge.matcher.rank(text, tuple(entries))[0]
    part = process.extractOne(heard.text, labels, scorer=fuzz.partial_ratio, score_cutoff=ALIKE_OPTION)
    if part and likeliest.score > CLEARLY and options[part[2]].entry == likeliest.entry:
        return entries[likeliest.entry]
    return None


def follow_up(text: str, heard: Understanding, topic: str | None, knowledge: Knowledge, role: str | None) -> str | None:
    """The entry that a short message means after the entry `topic` was answered (那失败了呢, 要多久); None when it stands alone."""
    entry = knowledge.entries.get(topic or "")
    if entry is None or len(heard.text) > ELLIPTIC:
        return None
    says = {(i, j): normalize(s) for i, f in enumerate(entry.follow_ups) for j, s in enumerate(f.says)}
    near = process.extractOne(heard.text, says, scorer=fuzz.ratio, score_cutoff=ALIKE_FOLLOW_UP) if says else None
    if near:
        return entry.follow_ups[near[2][0]].entry
    if not isinstance(heard.decision, Ambiguous | NoMatch) or (isinstance(heard.decision, NoMatch) and heard.decision.gap):
        return None
    # Read together with the question just answered, it must point to one of that entry's neighbours.
    together = knowledge.matcher.match(f"{entry.question} {text}", role).decision
    near_by = {*entry.related, *(f.entry for f in entry.follow_ups)} - {entry.id}
    return next((e for e in together.entries if e in near_by), None) if isinstance(together, Match) else None
