"""`xiaoer handoffs`: who waits for a person, what was said, and writing back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.errors import XiaoerError

if TYPE_CHECKING:
    from bot.store import Handoff, History

app = typer.Typer(name="handoffs", help="转人工:看谁在等、写回复、结束。", invoke_without_command=True)

Database = Annotated[str | None, typer.Option("--database", metavar="URL", help="数据库地址;不写就用 XIAOER_DATABASE 的")]
Conversation = Annotated[str, typer.Argument(metavar="CONVERSATION", help="会话的编号")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]

_STATES = {"waiting": "等待中", "taken": "处理中", "closed": "已结束"}


@app.callback()
def waiting(context: typer.Context, database: Database = None, json: AsJson = False) -> None:
    """列出在等客服的会话,等得最久的在前。"""
    if context.invoked_subcommand is not None:
        if database or json:
            raise XiaoerError(f"--database 和 --json 请写在 {context.invoked_subcommand} 的后面")
        return
    from handlers.cli.stored import with_store

    found = with_store(database, lambda store: store.handoffs())
    if json:
        from json import dumps

        for h in found:
            row = {"conversation": h.conversation, "turn": h.turn, "reason": h.reason, "state": h.state.value}
            row |= {"opened_at": h.opened_at.isoformat(), "operator": h.operator, "last_text": h.last_text}
            print(dumps(row, ensure_ascii=False))
        return
    for h in found:
        print(line(h))
    print('看对话:xiaoer handoffs show 会话;回复:xiaoer handoffs reply 会话 "…" --as 名字' if found else "没有人在等客服。")


def line(handoff: Handoff) -> str:
    """A handoff on one line."""
    from handlers.cli.stored import local, safe

    who = f"({safe(handoff.operator)})" if handoff.operator else ""
    return f"{local(handoff.opened_at)}  {_STATES[handoff.state.value]}{who}  {handoff.conversation}  {safe(handoff.last_text)}"


@app.command()
def show(
    conversation: Conversation,
    database: Database = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="最多看最近多少轮")] = 50,
) -> None:
    """看一个会话说了些什么。"""
    from handlers.cli.stored import with_store

    history = with_store(database, lambda store: store.history(conversation, limit=limit))
    if not history.turns and not history.messages:
        raise XiaoerError(f"没有会话 {conversation}")
    print(transcript(history))


def transcript(history: History) -> str:
    """A conversation to read, oldest first, the operators' messages in their places."""
    from handlers.cli.stored import local, safe

    said = []
    for turn in history.turns:
        rated = {None: "", True: "  👍", False: "  👎"}[turn.helpful]
        said.append(
            (turn.at, f"{local(turn.at)}  客户:{safe(turn.text, lines=True)}\n店小二:{safe(turn.reply.text, lines=True)}{rated}")
        )
    said += [(m.at, f"{local(m.at)}  客服 {safe(m.operator)}:{safe(m.text, lines=True)}") for m in history.messages]
    parts = [text for _, text in sorted(said, key=lambda one: one[0])]
    if history.more:
        parts.insert(0, "(前面还有;用 --limit 看更多)")
    if history.handoff:
        parts.append(f"转人工:{_STATES[history.handoff.value]}")
    return "\n\n".join(parts)


@app.command()
def reply(
    conversation: Conversation,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="要写给客户的话")],
    operator: Annotated[str, typer.Option("--as", metavar="NAME", help="客服的名字,客户看得到")],
    database: Database = None,
) -> None:
    """写给客户;从这时起这个会话由人处理,机器人只转话。"""
    from handlers.cli.stored import now, with_store

    if not text.strip() or not operator.strip():
        raise XiaoerError("要写的话和名字都不能是空的")
    with_store(database, lambda store: store.write(conversation, operator.strip(), text.strip(), now()))
    print(f"已写给 {conversation}。处理完请运行 xiaoer handoffs close {conversation},机器人就接着回答。")


@app.command()
def close(conversation: Conversation, database: Database = None) -> None:
    """结束转人工,机器人接着回答。"""
    from handlers.cli.stored import now, with_store

    closed = with_store(database, lambda store: store.close_handoff(conversation, now()))
    if not closed:
        raise XiaoerError(f"会话 {conversation} 没有在转人工")
    print("已结束,机器人接着回答。")
