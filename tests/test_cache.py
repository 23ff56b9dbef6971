"""What was learned is kept: understood the same, told apart by content, never trusted blindly."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import numpy as np
import pytest
from conftest import write_small

from bot import cache
from bot.content import digest, files_of
from bot.knowledge import Knowledge, load_knowledge

MESSAGES = ["营业时间", "店里几点开门呀", "你们店的地址", "停车收费吗", "你好", "转人工", "what time", "呱唧", "周日开吗"]


class Learning:
    """Counts how often something was learned."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, what: str, done: float) -> None:
        self.times += done == 1.0


def understood(knowledge: Knowledge) -> list[object]:
    return [knowledge.matcher.match(text) for text in MESSAGES]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "deep"


@pytest.fixture(scope="module")
def kept_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small folder learned and kept; copies of it are damaged."""
    folder = write_small(tmp_path_factory.mktemp("once") / "knowledge")
    kept = folder.parent / "kept"
    load_knowledge(folder, kept)
    return kept


def place_of(folder: Path, kept: Path) -> Path:
    return cache.place(kept, digest(files_of(folder)))


def test_what_is_loaded_understands_the_same_as_what_was_learned(small_folder: Path, kept: Path) -> None:
    learning = Learning()
    learned = load_knowledge(small_folder, kept, learning)
    loaded = load_knowledge(small_folder, kept, learning)
    assert learning.times == 1
    assert understood(loaded) == understood(learned)
    assert loaded.content == learned.content
    assert loaded.fit == learned.fit
    assert loaded.matcher.bands == learned.matcher.bands
    assert loaded.matcher.gate == learned.matcher.gate
    assert loaded.matcher.features("营业时间", "shop.hours") == learned.matcher.features("营业时间", "shop.hours")


def test_other_content_is_learned_anew_and_kept_beside_the_old(small_folder: Path, kept: Path) -> None:
    learning = Learning()
    load_knowledge(small_folder, kept, learning)
    old = place_of(small_folder, kept)
    entries = small_folder / "entries" / "shop.yaml"
    entries.write_text(entries.read_text(encoding="utf-8").replace("河边", "山脚"), encoding="utf-8")
    assert place_of(small_folder, kept) != old
    assert "山脚" in load_knowledge(small_folder, kept, learning).entries["shop.place"].answer
    assert learning.times == 2
    assert {old, place_of(small_folder, kept)} == set(kept.iterdir())


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        pytest.param("learned.json", b"", id="an empty file"),
        pytest.param("learned.json", b"{}", id="nothing in it"),
        pytest.param("learned.json", b"\xff\xfe", id="no text"),
        pytest.param("learned.json", b'{"classes": 1}', id="something else"),
        pytest.param("content.json", b"{", id="cut off"),
        pytest.param("content.json", b'{"entries": []}', id="no entries"),
        pytest.param("dense.npy", b"\x80\x04N.", id="a pickle"),
        pytest.param("bias.npy", None, id="a missing array"),
        pytest.param("learned.json", None, id="a missing file"),
    ],
)
def test_what_is_damaged_is_learned_anew(file: str, damage: bytes | None, kept_once: Path, small_folder: Path, kept: Path) -> None:
    learning = Learning()
    shutil.copytree(kept_once, kept)
    path = place_of(small_folder, kept) / file
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)
    assert load_knowledge(small_folder, kept, learning).matcher.match("营业时间").candidates[0].entry == "shop.hours"
    assert learning.times == 1


def test_a_cache_that_cannot_be_written_is_no_error(small_folder: Path, tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("x")
    for place in (in_the_way, in_the_way / "below"):
        assert load_knowledge(small_folder, place).entries


def test_without_a_cache_folder_nothing_is_kept(small_folder: Path, tmp_path: Path) -> None:
    load_knowledge(small_folder)
    assert list(tmp_path.iterdir()) == [small_folder]


def test_the_cache_is_data_that_only_its_owner_reads(small_folder: Path, kept: Path) -> None:
    load_knowledge(small_folder, kept)
    place = place_of(small_folder, kept)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o700
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert {p.suffix for p in place.iterdir()} == {".json", ".npy"}
    for path in place.glob("*.npy"):
        assert np.load(path, allow_pickle=False).dtype != object
    for path in place.glob("*.json"):
        assert isinstance(json.loads(path.read_text(encoding="utf-8")), dict)
    assert [p.name for p in kept.iterdir()] == [place.name]
