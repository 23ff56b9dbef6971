"""The areas of a folder: every entry in one of them, by file; what cannot be read does no harm."""

from __future__ import annotations

from pathlib import Path

from bot.areas import areas
from bot.knowledge import Knowledge, load_knowledge
from tests.conftest import write_small


def test_every_entry_stands_in_the_area_of_its_file(knowledge: Knowledge) -> None:
    found = areas(knowledge)
    assert [a.name for a in found] == sorted(p.stem for p in knowledge.files if p.parent.name == "entries")
    assert [e for a in found for e in a.entries] == list(knowledge.content.entries)
    by_name = {a.name: [e.id for e in a.entries] for a in found}
    assert "buyer.late-compensation" in by_name["buyer-complaints"]
    assert "creator.find-merchants" in by_name["seller-content"]


def test_an_entry_whose_file_is_gone_or_broken_stands_under_its_ids_first_part(tmp_path: Path) -> None:
    shop = load_knowledge(write_small(tmp_path))
    for broken in ("- {id: [", "- just words\n", "", "\x00"):
        (tmp_path / "entries" / "shop.yaml").write_text(broken, encoding="utf-8")
        assert [(a.name, len(a.entries)) for a in areas(shop)] == [("shop", 2)]
    (tmp_path / "entries" / "shop.yaml").unlink()
    assert [(a.name, len(a.entries)) for a in areas(shop)] == [("shop", 2)]
