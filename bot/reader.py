"""The files of a knowledge folder read and checked, every error with its file, line, entry and field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from bot.calculators import find_calculator
from bot.calculators.texts import CalculatorText
from bot.content import Content
from bot.entries import Entry, Gap, Line, Signal, SourceText
from bot.errors import ContentError
from bot.facts import Fact, facts_at
from bot.templates import names_in, render

T = TypeVar("T")

# What every line of the bot and every answer to small talk may name.
LINE_NAMES = frozenset({"facts", "name", "subject"})


def read_content(files: Sequence[Path]) -> Content:
    """The files' content. Raises ContentError at the first thing that is wrong in any of them."""
    parts: dict[str, object] = {}
    for path in files:
        kind = path.parent.name if path.parent.name in ("entries", "gaps", "facts") else path.stem
        value = _read(path, _SHAPES[kind])
        before = parts.get(kind)
        if isinstance(before, dict) and isinstance(value, dict):
            parts[kind] = {**before, **value}
        elif isinstance(before, tuple) and isinstance(value, tuple):
            parts[kind] = (*(_left_over(before, value) if kind == "signals" else before), *value)
        else:
            parts[kind] = value
    if not parts.get("entries"):
        entries = next(p for p in files if p.parent.name == "entries")
        raise ContentError("一个知识点也没有", file=str(entries), fix="至少写一个,格式见 CONTRIBUTING.md")
    content = Content.model_validate(parts)
    _check_references(content, files)
    return content


def _left_over(shipped: Sequence[Signal], own: Sequence[Signal]) -> Iterator[Signal]:
    """What is left of the shipped signals beside a folder's own: neither the same id nor the same wordings."""
    ids = {signal.id for signal in own}
    taken = {saying for signal in own for saying in (*signal.wordings, *signal.examples)}
    for signal in shipped:
        wordings = tuple(w for w in signal.wordings if w not in taken)
        if signal.id not in ids and wordings:
            examples = tuple(e for e in signal.examples if e not in taken)
            yield signal.model_copy(update={"wordings": wordings, "examples": examples})


_SHAPES: dict[str, TypeAdapter[object]] = {
    "entries": TypeAdapter(tuple[Entry, ...]),
    "gaps": TypeAdapter(tuple[Gap, ...]),
    "facts": TypeAdapter(tuple[Fact, ...]),
    "signals": TypeAdapter(tuple[Signal, ...]),
    "sources": TypeAdapter(tuple[SourceText, ...]),
    "lexicon": TypeAdapter(dict[str, tuple[str, ...]]),
    "replies": TypeAdapter(dict[str, Line]),
    "calculators": TypeAdapter(dict[str, CalculatorText]),
}


def _read(path: Path, shape: TypeAdapter[T]) -> T:
    try:
        text = path.read_text(encoding="utf-8")
        data = yaml.load(text, Loader=yaml.CSafeLoader)
        return shape.validate_python(data if data is not None else ())
    except UnicodeDecodeError as error:
        raise ContentError("不是 UTF-8 文本", file=str(path), fix="另存为 UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise ContentError(
            f"YAML 写法有误: {error.problem}", file=str(path), line=mark.line + 1 if mark else 0, fix="检查缩进、引号和冒号后的空格"
        ) from error
    except yaml.YAMLError as error:
        raise ContentError(f"YAML 读不了: {error}", file=str(path), fix="去掉控制字符等不可见的字符") from error
    except ValidationError as error:
        raise _located(path, text, data, error) from error
    except ValueError as error:  # the YAML reader's own, for a date like 2026-02-30
        raise ContentError(f"有一个值写错了: {error}", file=str(path), fix="检查日期是否存在") from error


def _located(path: Path, text: str, data: object, error: ValidationError) -> ContentError:
    first = error.errors()[0]
    steps = first["loc"]
    owner = data[steps[0]] if isinstance(data, list) and steps and isinstance(steps[0], int) else None
    name = str(owner.get("id", "")) if isinstance(owner, dict) else str(steps[0]) if steps else ""
    fixes = {"extra_forbidden": "删掉这个字段,或改成 CONTRIBUTING.md 里列出的字段名", "missing": "补上这个字段"}
    return ContentError(
        first["msg"],
        file=str(path),
        line=line_of(text, steps),
        entry=name,
        field=".".join(str(s) for s in steps[1:]),
        fix=fixes.get(first["type"], "改成所要求的类型和长度"),
    )


def line_of(text: str, steps: Sequence[int | str]) -> int:
    """The line (from 1) on which the value at `steps` of a YAML text begins; the nearest one above when it is missing."""
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    line = 1
    for step in steps:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        elif isinstance(node, yaml.MappingNode):
            found = [v for k, v in node.value if k.value == str(step)]
            if not found:
                break
            node = found[0]
        else:
            break
        line = int(node.start_mark.line) + 1
    return line


def _check_references(content: Content, files: Sequence[Path]) -> None:
    known = {e.id for e in content.entries}
    sources = {s.id for s in content.sources}
    for kind, items in (
        ("entries", content.entries),
        ("gaps", content.gaps),
        ("signals", content.signals),
        ("sources", content.sources),
    ):
        seen: set[str] = set()
        for item in items:
            if item.id in seen:
                raise _broken(files, kind, item.id, "id", f"编号 {item.id} 出现了两次", "给其中一个换编号,或把两处合并")
            seen.add(item.id)
    for entry in content.entries:
        for field, target in _entry_references(entry):
            if target not in known:
                raise _broken(files, "entries", entry.id, field, f"没有知识点 {target}", "改成 entries/ 里有的编号")
        for source in entry.sources:
            if source not in sources:
                raise _broken(
                    files, "entries", entry.id, "sources", f"没有出处 {source}", "在 sources.yaml 里加上它,或改成已有的编号"
                )
        if entry.calculator is not None and entry.calculator not in content.calculators:
            fix = "改成 xiaoer calc 列出的名字,并在 calculators.yaml 里写好它的文字"
            raise _broken(files, "entries", entry.id, "calculator", f"没有计算器 {entry.calculator} 的文字", fix)
    for gap in content.gaps:
        for target in gap.nearest:
            if target not in known:
                raise _broken(files, "gaps", gap.id, "nearest", f"没有知识点 {target}", "改成 entries/ 里有的编号")
    for fact in content.facts:
        for value in fact.values:
            if value.source not in sources:
                raise _broken(files, "facts", fact.id, "source", f"没有出处 {value.source}", "在 sources.yaml 里加上它")


def _entry_references(entry: Entry) -> Iterator[tuple[str, str]]:
    for target in entry.related:
        yield "related", target
    for follow_up in entry.follow_ups:
        yield "follow_ups", follow_up.entry


def _broken(files: Sequence[Path], kind: str, entry: str, field: str, what: str, fix: str) -> ContentError:
    file, line = place_of(files, kind, entry)
    return ContentError(what, file=file, line=line, entry=entry, field=field, fix=fix)


def place_of(files: Sequence[Path], kind: str, item: str, field: str = "", value: str = "") -> tuple[str, int]:
    """The file and line of an item (or of one value of one of its fields); ("", 0) when it stands nowhere."""
    for path in files:
        if kind not in (path.parent.name, path.stem):
            continue
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for node in root.value if isinstance(root, yaml.SequenceNode) else ():
            pairs = {k.value: v for k, v in node.value}
            if "id" not in pairs or pairs["id"].value != item:
                continue
            inner = pairs.get(field)
            if isinstance(inner, yaml.SequenceNode) and value:
                inner = next((n for n in inner.value if n.value == value), inner)
            return str(path), int((inner or pairs["id"]).start_mark.line) + 1
    return "", 0


def check_templates(content: Content, files: Sequence[Path]) -> None:
    """Raise ContentError at the first answer that names an unknown fact, or calculator that lacks one of its facts."""
    facts = facts_at(content.facts, date.max)
    for entry in content.entries:
        file, line = "", 0
        try:
            for unknown in sorted(names_in(entry.answer) - {"facts"}):
                raise ContentError(f"答案里有未知的变量 {unknown}", fix="答案只能用 facts.名字")
            render(entry.answer, facts=facts)
            rule = find_calculator(entry.calculator) if entry.calculator else None
            if entry.calculator and rule is None:
                raise ContentError(f"没有名为 {entry.calculator} 的计算器", fix="用 xiaoer calc 列出的名字")
            for name in rule.facts if rule else ():
                if name not in facts:
                    raise ContentError(f"计算器 {entry.calculator} 要用的口径 {name} 不在 facts/ 里", fix="在 facts/ 里加上它")
        except ContentError as error:
            file, line = place_of(files, "entries", entry.id, "answer")
            raise ContentError(error.what, file=file, line=line, entry=entry.id, field="answer", fix=error.fix) from error
    for signal in content.signals:
        for text in (*signal.replies, signal.reply_en or ""):
            for unknown in sorted(names_in(text) - LINE_NAMES):
                file, line = place_of(files, "signals", signal.id, "replies")
                what = f"回应里有未知的变量 {unknown}"
                raise ContentError(
                    what, file=file, line=line, entry=signal.id, field="replies", fix="只能用 name、subject 和 facts.名字"
                )
