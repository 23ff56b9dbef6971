"""What editors should keep up: sources and their age, and links that lead nowhere new."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bot.knowledge import Knowledge
from bot.lint.finding import Finding, Severity
from bot.lint.places import Places

DAYS_A_YEAR = 365.25


def check_upkeep(knowledge: Knowledge, places: Places, today: date) -> Iterator[Finding]:
    """Entries without a source, entries related to themselves, and sources that are old or undated."""
    for entry in knowledge.content.entries:
        if not entry.sources:
            yield Finding.at(
                places.at("entries", entry.id), Severity.WARNING, entry.id, "没有出处", "在 sources 里写上它依据的文章"
            )
        if entry.id in entry.related:
            place = places.at("entries", entry.id, "related", entry.id)
            yield Finding.at(place, Severity.WARNING, entry.id, "相关问题里有它自己", "换成别的知识点")
    for source in knowledge.content.sources:
        users = sum(source.id in e.sources for e in knowledge.content.entries)
        last = source.updated or source.published
        place = places.at("sources", source.id)
        if last is None:
            text = f"《{source.title}》没有日期,{users} 个知识点依据它"
            yield Finding.at(place, Severity.INFO, source.id, text, "查到发布日期就写进 published")
        elif (age := (today - last).days / DAYS_A_YEAR) > 1:
            text = f"《{source.title}》距今 {age:.1f} 年({last.isoformat()}),{users} 个知识点依据它"
            yield Finding.at(place, Severity.INFO, source.id, text, "看看规则有没有变")
