"""What one knowledge folder says, the files it stands in, and their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from bot.calculators.texts import CalculatorText
from bot.entries import Entry, Gap, Line, Part, Signal, SourceText
from bot.errors import ContentError
from bot.facts import Fact

# The lines every folder may leave out: the ones shipped with the program are said instead.
SHIPPED = Path(__file__).resolve().parent.parent / "knowledge"


class Content(Part):
    """Everything that one knowledge folder says."""

    entries: tuple[Entry, ...] = Field(min_length=1)
    gaps: tuple[Gap, ...] = ()
    signals: tuple[Signal, ...] = ()
    facts: tuple[Fact, ...] = ()
    sources: tuple[SourceText, ...] = ()
    lexicon: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    replies: dict[str, Line] = Field(default_factory=dict)
    calculators: dict[str, CalculatorText] = Field(default_factory=dict)


def files_of(folder: Path) -> Sequence[Path]:
    """The content files of a folder, in a fixed order, after the shipped ones for what every folder may leave out.

    Raises ContentError when it is no knowledge folder."""
    own = [*_lists(folder, "entries"), *_lists(folder, "gaps"), *_lists(folder, "facts"), *_single(folder)]
    if not folder.is_dir() or not any(p.parent.name == "entries" for p in own):
        raise ContentError(
            "这里没有知识库: 缺少 entries/*.yaml",
            file=str(folder),
            fix="用 --knowledge 指到含 entries/ 的文件夹,或用 xiaoer new-knowledge 新建一个",
        )
    # Lines and signals are taken over one by one, calculators' texts as a whole file.
    names = {p.name for p in own} - {"replies.yaml", "signals.yaml"}
    shipped = [SHIPPED / name for name in ("replies.yaml", "signals.yaml", "calculators.yaml") if name not in names]
    return [*(p for p in shipped if p not in own), *own]


def _lists(folder: Path, name: str) -> list[Path]:
    return sorted((folder / name).glob("*.yaml"))


def _single(folder: Path) -> list[Path]:
    names = ("sources.yaml", "signals.yaml", "lexicon.yaml", "replies.yaml", "calculators.yaml")
    return [folder / name for name in names if (folder / name).is_file()]


def digest(files: Sequence[Path]) -> str:
    """A hash of what the files say; it changes with any byte of them."""
    total = hashlib.sha256()
    for path in files:
        data = path.read_bytes()
        total.update(f"{path.parent.name}/{path.name}\0{len(data)}\0".encode())
        total.update(data)
    return total.hexdigest()
