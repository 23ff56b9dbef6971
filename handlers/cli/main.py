"""The command `xiaoer`: options and sub-commands; each does its work in a module of its own, imported when called."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.errors import XiaoerError
from handlers.cli import db, handoffs

app = typer.Typer(
    name="xiaoer",
    help="店小二:抖音小店的客服助手。不带子命令就开始对话。",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Folder = Annotated[Path | None, typer.Option("--knowledge", metavar="DIR", help="用另一个知识库文件夹")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON")]


@app.callback(invoke_without_command=True)
def start(context: typer.Context, knowledge: Folder = None) -> None:
    """开始对话,或运行一个子命令。"""
    if context.invoked_subcommand is None:
        chat(knowledge)


@app.command()
def chat(knowledge: Folder = None) -> None:
    """在终端里对话。"""
    from handlers.cli.chat import run

    run(knowledge)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="要问的话")] = None,
    knowledge: Folder = None,
    json: AsJson = False,
    batch: Annotated[str | None, typer.Option("--batch", metavar="FILE.jsonl", help="逐行回答一个文件(- 为标准输入)")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="说明这句话是怎么被理解的")] = False,
    today: Annotated[str | None, typer.Option("--today", metavar="YYYY-MM-DD", help="把这一天当作今天")] = None,
) -> None:
    """回答一句话,或一个文件里的每一句。"""
    from handlers.cli.ask import run

    run(question, knowledge, as_json=json, batch=batch, explain=explain, today=today)


@app.command()
def serve(
    knowledge: Folder = None,
    host: Annotated[str | None, typer.Option("--host", help="监听的地址,默认 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="监听的端口,默认 8000;0 为任意空闲端口")] = None,
) -> None:
    """打开网站:对话页、可嵌入的对话框、帮助中心和接口。"""
    from handlers.cli.serve import run

    run(knowledge, host=host, port=port)


@app.command()
def telegram(knowledge: Folder = None) -> None:
    """只开 Telegram 机器人(轮询,不需要公网地址)。"""
    from handlers.cli.telegram import run

    run(knowledge)


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="对话脚本(YAML)")],
    knowledge: Folder = None,
    json: AsJson = False,
) -> None:
    """重放对话脚本,核对每一轮的期望。有不符时退出码为 1。"""
    from handlers.cli.replay import run

    run(file, knowledge, as_json=json)


@app.command(name="eval")
def evaluate(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="每行一句问话和它的答案")],
    knowledge: Folder = None,
    json: AsJson = False,
    html: Annotated[Path | None, typer.Option("--html", metavar="OUT.html", help="另写一页带图的报告")] = None,
) -> None:
    """用一个文件的问话衡量理解得怎么样。"""
    from handlers.cli.evaluate import run

    run(file, knowledge, as_json=json, html=html)


@app.command()
def check(knowledge: Folder = None, json: AsJson = False) -> None:
    """检查知识库的内容,给出文件和行号。有错误时退出码为 1。"""
    from handlers.cli.check import run

    run(knowledge, as_json=json)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def calc(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="计算器的名字;不写就列出所有计算器")] = None,
    slot: Annotated[list[str] | None, typer.Option("--slot", metavar="NAME=VALUE", help="一项的值,也可以写成 --NAME VALUE")] = None,
    knowledge: Folder = None,
    json: AsJson = False,
    today: Annotated[str | None, typer.Option("--today", metavar="YYYY-MM-DD", help="把这一天当作今天")] = None,
) -> None:
    """列出规则计算器,或用其中一个算一算;缺的项会逐个问。"""
    from handlers.cli.calc import run

    run(name, knowledge, given=slot or (), more=context.args, as_json=json, today=today)


@app.command("new-knowledge")
def new_knowledge(folder: Annotated[Path, typer.Argument(metavar="DIR", help="新文件夹,要空的或还不存在的")]) -> None:
    """新建一个能用的小知识库,给想用自己内容的店。"""
    from handlers.cli.new_knowledge import run

    run(folder)


bench_app = typer.Typer(invoke_without_command=True)
app.add_typer(bench_app, name="bench")
Quick = Annotated[bool, typer.Option("--quick", help="重复得少一些")]


@bench_app.callback()
def bench(context: typer.Context, knowledge: Folder = None, json: AsJson = False, quick: Quick = False) -> None:
    """量一量理解和回答的速度、启动时间、内存,以及问法增多时的变化。"""
    if context.invoked_subcommand is not None:
        return
    from handlers.cli.bench import run
    from handlers.cli.bench.figures import FULL, QUICK

    run(knowledge, as_json=json, plan=QUICK if quick else FULL)


@bench_app.command("serve")
def bench_serve(knowledge: Folder = None, json: AsJson = False, quick: Quick = False) -> None:
    """量一量一个服务进程每秒能答多少,旁边是原样返回的 FastAPI。"""
    from handlers.cli.bench.serve import run

    run(knowledge, as_json=json, quick=quick)


app.add_typer(db.app)
app.add_typer(handoffs.app)


@bench_app.command("telegram")
def bench_telegram(knowledge: Folder = None, json: AsJson = False, quick: Quick = False) -> None:
    """量一量一个进程每秒能处理多少条 Telegram 消息,旁边是 aiogram 原样返回。"""
    from handlers.cli.bench.telegram import run

    run(knowledge, as_json=json, quick=quick)


def main() -> None:
    """Run the command; errors in content or files end it with one clear line and status 2."""
    # What is loaded at the start lives to the end: searching it for garbage every 700 objects would take a quarter of the start.
    gc.set_threshold(50_000)
    # A message is a few dozen numbers: several threads of linear algebra would only wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        app()
    except XiaoerError as error:
        print(f"错误: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    finally:
        gc.freeze()  # the process ends: nothing is searched once more
