"""`xiaoer db`: the database brought to the newest version, backed up, restored, purged; a customer's data given out or erased."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.errors import XiaoerError

app = typer.Typer(name="db", help="数据库:升级、备份、恢复、清理,导出或删除一位客户的数据。", no_args_is_help=True)

Database = Annotated[str | None, typer.Option("--database", metavar="URL", help="数据库地址;不写就用 XIAOER_DATABASE 的")]
Yes = Annotated[bool, typer.Option("--yes", help="不再确认")]
Customer = Annotated[str, typer.Argument(metavar="CUSTOMER", help="客户的编号,比如 web-3f2a…")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]

_AGE = re.compile(r"([1-9]\d{0,4})([dwmy])")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


@app.command()
def upgrade(database: Database = None) -> None:
    """把数据库升级到这个版本要用的样子;服务器上的数据库每次升级程序后运行一次,文件数据库会自己升级。"""
    from bot.settings import Settings
    from bot.store import upgrade

    upgrade(database or Settings().database)
    print("数据库已经是最新的了。")


@app.command()
def purge(
    older_than: Annotated[str, typer.Option("--older-than", metavar="AGE", help="多久以前的:180d(天)、26w(周)、6m(月)、1y(年)")],
    database: Database = None,
) -> None:
    """删除很久以前的对话。"""
    from datetime import timedelta

    from handlers.cli.stored import local, now, with_store

    age = _AGE.fullmatch(older_than)
    if age is None:
        raise XiaoerError(f"读不懂 {older_than},请写成 180d(天)、26w(周)、6m(月)或 1y(年)")
    try:
        before = now() - timedelta(days=int(age[1]) * _DAYS[age[2]])
    except OverflowError:
        raise XiaoerError(f"{older_than} 太久了") from None
    purged = with_store(database, lambda store: store.purge(before))
    print(f"已删除 {local(before)} 以前的 {purged.turns} 轮对话,其中 {purged.conversations} 个会话整个删除。")


@app.command()
def export(
    customer: Customer,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="写到这个文件;不写就打印出来")] = None,
    database: Database = None,
) -> None:
    """导出一位客户的全部数据(JSON)。"""
    import json

    from handlers.cli.stored import with_store

    kept = with_store(database, lambda store: store.export(customer))
    if kept is None:
        raise XiaoerError(f"没有客户 {customer} 的数据")
    text = json.dumps(kept, ensure_ascii=False, indent=2)
    if file is None:
        print(text)
        return
    try:
        file.touch(0o600)
        file.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise XiaoerError(f"写不了 {file}:{error.strerror}") from None
    print(f"已写到 {file}。")


@app.command()
def erase(customer: Customer, database: Database = None, yes: Yes = False) -> None:
    """删除一位客户的全部数据。"""
    from handlers.cli.stored import with_store

    _confirm(yes, f"将删除客户 {customer} 的全部数据,不能恢复。继续吗?")
    count = with_store(database, lambda store: store.erase(customer))
    print(f"已删除客户 {customer} 的 {count} 个会话。" if count else f"没有客户 {customer} 的会话。")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="备份文件")],
    database: Database = None,
) -> None:
    """把整个数据库备份到一个文件;服务不用停。"""
    from handlers.cli.stored import with_store

    rows = with_store(database, lambda store: store.backup(file))
    print(f"已备份 {rows} 行到 {file}。")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="备份文件")],
    database: Database = None,
    yes: Yes = False,
) -> None:
    """用一个备份文件替换整个数据库;也能从 SQLite 搬到 PostgreSQL。"""
    from handlers.cli.stored import with_store

    _confirm(yes, "将用备份替换数据库里现有的一切。继续吗?")
    rows = with_store(database, lambda store: store.restore(file), new=True)
    print(f"已从 {file} 恢复 {rows} 行。")


@app.command()
def unanswered(
    database: Database = None,
    json: AsJson = False,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="最多列出多少条")] = 100,
) -> None:
    """列出没能回答的话,新的在前:知识库该补什么。"""
    from handlers.cli.stored import local, safe, with_store

    found = with_store(database, lambda store: store.unanswered(limit))
    if json:
        from json import dumps

        for u in found:
            row = {"at": u.at.isoformat(), "conversation": u.conversation, "turn": u.turn, "gap": u.gap, "text": u.text}
            print(dumps(row, ensure_ascii=False))
        return
    for u in found:
        print(f"{local(u.at)}  {u.gap or '-'}  {safe(u.text)}")
    if not found:
        print("没有没能回答的话。")


def _confirm(yes: bool, question: str) -> None:
    """Go on only when a person says so, or has said so."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise XiaoerError("需要确认:请在终端里运行,或加上 --yes")
    if not typer.confirm(question):
        print("什么也没有改。")
        raise typer.Exit(1)
