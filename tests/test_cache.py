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
from bot.reader import read_content

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


def content_of(folder: Path, kept: Path) -> Path:
    return cache.content_at(kept, digest(files_of(folder)))


def change(folder: Path, old: str, new: str) -> None:
    """Say `new` for `old` in every file."""
    before = digest(files_of(folder))
    for file in folder.rglob("*.yaml"):
        file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert digest(files_of(folder)) != before


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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("地址", "门牌号", id="a wording"),
        pytest.param("店在哪里", "店面在哪里", id="a question"),
        pytest.param("shop.place", "shop.address", id="an id"),
        pytest.param("停车收费吗", "停车要钱吗", id="a gap's wording"),
        pytest.param("开店", "迎客", id="the vocabulary"),
    ],
)
def test_other_texts_are_learned_anew_and_kept_beside_the_old(
    old: str, new: str, small_folder: Path, kept_once: Path, kept: Path
) -> None:
    learning = Learning()
    shutil.copytree(kept_once, kept)
    before = content_of(small_folder, kept)
    change(small_folder, old, new)
    load_knowledge(small_folder, kept, learning)
    assert learning.times == 1
    assert {before, content_of(small_folder, kept)} == set((kept / "content").iterdir())
    assert len(list((kept / "learned").iterdir())) == 2
    load_knowledge(small_folder, kept, learning)
    assert learning.times == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("在河边。", "在山脚。", id="an answer"),
        pytest.param("怎么走,", "怎么走过去,", id="an example"),
        pytest.param("'9'", "'10'", id="a fact"),
        pytest.param("about: 停车", "about: 泊车", id="how a gap is named"),
        pytest.param("告示", "店规", id="a source"),
        pytest.param("听不懂", "没听懂", id="a line"),
    ],
)
def test_what_is_only_said_is_not_learned_anew(old: str, new: str, small_folder: Path, kept_once: Path, kept: Path) -> None:
    learning = Learning()
    shutil.copytree(kept_once, kept)
    (small_folder / "replies.yaml").write_text("empty: {zh: 听不懂, en: Pardon?}\n", encoding="utf-8")
    change(small_folder, old, new)
    for _ in range(2):  # read from the files, then from the cache
        knowledge = load_knowledge(small_folder, kept, learning)
        assert knowledge.content == read_content(files_of(small_folder))
        assert understood(knowledge)
    assert learning.times == 0
    assert len(list((kept / "content").iterdir())) == 2
    assert len(list((kept / "learned").iterdir())) == 1


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        pytest.param("learned.json", b"", id="an empty file"),
        pytest.param("learned.json", b"{}", id="nothing in it"),
        pytest.param("learned.json", b"\xff\xfe", id="no text"),
        pytest.param("learned.json", b'{"classes": 1}', id="something else"),
        pytest.param("learned.json", b"[]", id="a list"),
        pytest.param("features.txt", "店\n里".encode(), id="cut off"),
        pytest.param("wordings.txt", b"", id="no wordings"),
        pytest.param("dense.npy", b"\x80\x04N.", id="a pickle"),
        pytest.param("bias.npy", None, id="a missing array"),
        pytest.param("learned.json", None, id="a missing file"),
    ],
)
def test_what_is_damaged_is_learned_anew(file: str, damage: bytes | None, kept_once: Path, small_folder: Path, kept: Path) -> None:
    learning = Learning()
    shutil.copytree(kept_once, kept)
    (place,) = (kept / "learned").iterdir()
    path = place / file
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)
    assert load_knowledge(small_folder, kept, learning).matcher.match("营业时间").candidates[0].entry == "shop.hours"
    assert learning.times == 1


@pytest.mark.parametrize("damage", [b"", b"{", b"{}", b'{"learned": "", "content": {"entries": []}}', b"\xff"])
def test_content_that_is_damaged_is_read_anew(damage: bytes, kept_once: Path, small_folder: Path, kept: Path) -> None:
    learning = Learning()
    shutil.copytree(kept_once, kept)
    path = content_of(small_folder, kept) / "content.json"
    whole = path.read_bytes()
    path.write_bytes(damage)
    assert load_knowledge(small_folder, kept, learning).entries["shop.place"].answer == "在河边。"
    assert path.read_bytes() == whole
    assert learning.times == 0


def test_the_last_few_are_kept(small_folder: Path, kept_once: Path, kept: Path) -> None:
    shutil.copytree(kept_once, kept)
    for number in range(cache.KEPT + 2):
        change(small_folder, "河边", f"{number}河边")
        load_knowledge(small_folder, kept)
    assert len(list((kept / "content").iterdir())) == cache.KEPT


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
    folders = [kept, *(p for p in kept.rglob("*") if p.is_dir())]
    assert {str(p.parent.relative_to(kept)) for p in folders[1:]} == {".", "content", "learned"}
    assert {stat.S_IMODE(p.stat().st_mode) for p in folders} == {0o700}
    assert {p.suffix for p in kept.rglob("*") if p.is_file()} == {".json", ".npy", ".txt"}
    for path in kept.rglob("*.npy"):
        assert np.load(path, allow_pickle=False).dtype != object
    for path in kept.rglob("*.json"):
        assert isinstance(json.loads(path.read_text(encoding="utf-8")), dict)
