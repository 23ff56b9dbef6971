"""The transcripts of tests/dialogs, played as an editor wrote them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from bot.calculators import calculators
from bot.errors import ContentError
from bot.knowledge import Knowledge
from bot.messages import Act
from bot.replay import Dialog, play, read_dialogs

FOLDER = Path(__file__).parent / "dialogs"
FILES = sorted(FOLDER.glob("*.yaml"))
DIALOGS = [(path.stem, dialog) for path in FILES for dialog in read_dialogs(path)]


@pytest.mark.parametrize("dialog", [pytest.param(d, id=f"{stem}-{d.dialog}") for stem, d in DIALOGS])
def test_a_dialogue_goes_as_written(dialog: Dialog, knowledge: Knowledge, now: datetime) -> None:
    zone = now.tzinfo
    assert zone is not None
    played = play(dialog, knowledge, now.date(), zone)
    failures = [f"{turn.user!r}: {failure}\n{turn.reply.text}" for turn in played for failure in turn.failures]
    assert not failures, f"{dialog.dialog}\n" + "\n".join(failures)


def test_there_are_at_least_sixty_dialogues() -> None:
    assert len(DIALOGS) >= 60


def test_no_two_dialogues_of_a_file_have_the_same_name() -> None:
    names = Counter((stem, d.dialog) for stem, d in DIALOGS)
    assert [name for name, count in names.items() if count > 1] == []


def test_every_turn_but_a_few_says_what_it_expects() -> None:
    turns = [turn for _, dialog in DIALOGS for turn in dialog.turns]
    assert sum(turn.bot is not None for turn in turns) >= 0.9 * len(turns)


def test_the_dialogues_show_every_act() -> None:
    shown = {turn.bot.act for _, dialog in DIALOGS for turn in dialog.turns if turn.bot}
    assert set(Act) <= shown


def test_the_dialogues_use_every_calculator() -> None:
    used = {turn.bot.calculator for _, dialog in DIALOGS for turn in dialog.turns if turn.bot}
    assert set(calculators()) - used == set()


def test_an_expectation_that_fails_is_told_in_full(tmp_path: Path, knowledge: Knowledge, now: datetime) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(
        """\
- dialog: 全错
  turns:
    - user: 转人工
      bot: {act: answer, entry: a.b, entries: [a.b], gap: g.h, calculator: deposit, script: en, says: [没这句], never: [转], options: [c.d]}
""",
        encoding="utf-8",
    )
    zone = now.tzinfo
    assert zone is not None
    (turn,) = play(read_dialogs(file)[0], knowledge, now.date(), zone)
    told = "\n".join(turn.failures)
    for part in ("act", "a.b", "g.h", "deposit", "script", "没这句", "转", "c.d"):
        assert part in told
    assert len(turn.failures) == 9


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("- {dialog: 一, turns: [{user: 好, bot: {acts: answer}}]}", [":1", "acts"], id="an unknown expectation"),
        pytest.param("- {dialog: 一,\n   turns: [{user: 好, bot: {act: sing}}]}", [":2", "act"], id="an unknown act"),
        pytest.param("- {dialog: 一, turns: []}", [":1", "turns"], id="no turns"),
        pytest.param("- {dialog: 一\n", [], id="not YAML"),
    ],
)
def test_a_file_that_is_no_dialogue_is_refused_with_its_place(text: str, parts: list[str], tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as error:
        read_dialogs(file)
    for part in (str(file), *parts):
        assert part in str(error.value)


def test_a_missing_dialogue_file_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="nowhere"):
        read_dialogs(tmp_path / "nowhere.yaml")
