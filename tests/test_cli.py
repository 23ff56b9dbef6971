"""The command in a terminal, as a person or a script uses it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.messages import Act
from handlers.cli.main import app

ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-c", "from handlers.cli.main import main; main()"]
KEYS = ["act", "entry", "entries", "candidates", "gap", "calculator", "result", "text", "sources", "options"]


def xiaoer(*arguments: str, said: str | bytes = "", folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command's end, its output and what it wrote to standard error."""
    more = ["--knowledge", str(folder)] if folder else []
    data = said if isinstance(said, bytes) else said.encode()
    done = subprocess.run([*COMMAND, *arguments, *more], input=data, capture_output=True, cwd=ROOT, check=False, timeout=600)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture(autouse=True)
def _learned(knowledge: object) -> None:
    """The shipped knowledge is learned before any command opens it."""


def check_shape(reply: Mapping[str, object]) -> None:
    """The reply object that scripts rely on."""
    assert list(reply) == KEYS
    assert reply["act"] in set(Act)
    for name in ("entry", "gap", "calculator"):
        assert reply[name] is None or isinstance(reply[name], str)
    assert isinstance(reply["text"], str)
    assert reply["text"]
    entries, candidates, sources, options = (reply[name] for name in ("entries", "candidates", "sources", "options"))
    assert isinstance(entries, list)
    assert isinstance(candidates, list)
    assert isinstance(sources, list)
    assert isinstance(options, list)
    assert all(isinstance(name, str) for name in entries)
    assert reply["entry"] == (entries[0] if entries else None)
    for candidate in candidates:
        assert list(candidate) == ["entry", "score"]
        assert isinstance(candidate["entry"], str)
        assert isinstance(candidate["score"], float)
    assert [c["score"] for c in candidates] == sorted((c["score"] for c in candidates), reverse=True)
    for option in options:
        assert list(option) == ["label", "entry"]
    for source in sources:
        assert {"id", "title", "publisher", "published", "official"} <= set(source)
    assert_plain(reply["result"])


def assert_plain(result: object) -> None:
    """Numbers are decimal strings, never floats."""
    assert result is None or isinstance(result, str | bool | list | dict)
    for part in result.values() if isinstance(result, dict) else result if isinstance(result, list) else ():
        assert_plain(part)


# --- ask -------------------------------------------------------------------------------------------------------


def test_ask_prints_the_plain_reply() -> None:
    done = xiaoer("ask", "抖音官方投诉电话是多少")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "10101588" in done.stdout
    assert "非官方" in done.stdout


@pytest.mark.parametrize(
    ("question", "act", "gap", "calculator"),
    [
        pytest.param("怎么导出订单", "answer", None, None, id="answer"),
        pytest.param("实付588元的订单商家不发货赔多少", "answer", None, "late-shipping-compensation", id="calculation"),
        pytest.param("商家不发货赔多少", "ask", None, "late-shipping-compensation", id="ask"),
        pytest.param("今天天气怎么样", "fallback", "gap.far-weather", None, id="gap"),
        pytest.param("转人工", "handoff", None, None, id="handoff"),
        pytest.param("你好", "smalltalk", None, None, id="small talk"),
    ],
)
def test_ask_json_is_one_object_with_these_keys(question: str, act: str, gap: str | None, calculator: str | None) -> None:
    done = xiaoer("ask", "--json", "--today", "2026-11-21", question)
    assert done.returncode == 0
    assert done.stdout.count("\n") == 1
    reply = json.loads(done.stdout)
    check_shape(reply)
    assert (reply["act"], reply["gap"], reply["calculator"]) == (act, gap, calculator)
    assert len(reply["candidates"]) == 5
    assert (reply["result"] is not None) == (act == "answer" and calculator is not None)


def test_a_double_question_lists_both_entries() -> None:
    reply = json.loads(xiaoer("ask", "--json", "怎么导出订单，还有保证金会退吗").stdout)
    check_shape(reply)
    assert set(reply["entries"]) == {"seller.order-export", "seller.deposit-refund"}


@pytest.mark.parametrize("question", ["", "   ", "😀"])
def test_an_empty_question_gets_a_kind_reply(question: str) -> None:
    done = xiaoer("ask", "--json", question)
    assert done.returncode == 0
    reply = json.loads(done.stdout)
    check_shape(reply)
    assert reply["act"] == "fallback"


BATCH = [
    {"q": "怎么导出订单"},
    {"q": "昨天发起关店，发票最晚哪天开完", "today": "2026-11-21"},
    {"q": "昨天发起关店，发票最晚哪天开完", "today": "2026-01-02"},
    {"q": ""},
    {"q": "\ud800转人工", "today": None},
]


def check_batch(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stderr
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(replies) == len(BATCH)
    for reply in replies:
        check_shape(reply)
    assert replies[0]["entry"] == "seller.order-export"
    assert "2026年11月25日" in replies[1]["text"]
    assert "2026年1月6日" in replies[2]["text"]
    assert replies[3]["act"] == "fallback"
    assert replies[4]["act"] == "handoff"


def test_a_batch_file_is_answered_line_by_line_in_order(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in BATCH) + "\n", encoding="utf-8")
    check_batch(xiaoer("ask", "--batch", str(file)))


def test_a_batch_can_come_from_standard_input() -> None:
    check_batch(xiaoer("ask", "--batch", "-", said="\n".join(json.dumps(line) for line in BATCH)))


def test_each_line_of_a_batch_is_a_conversation_of_its_own() -> None:
    lines = [json.dumps({"q": q}) for q in ("商家不发货赔多少", "588")]
    second = json.loads(xiaoer("ask", "--batch", "-", said="\n".join(lines)).stdout.splitlines()[1])
    assert second["calculator"] is None


@pytest.mark.parametrize("line", ["{}", "q", '{"q": 1}', '{"q": "好", "today": 3}', "[]", '"q"', "null", b"\xff\xfe"])
def test_a_bad_line_ends_the_batch_with_its_number(line: str | bytes) -> None:
    said = b'{"q": "\xe4\xbd\xa0\xe5\xa5\xbd"}\n' + (line if isinstance(line, bytes) else line.encode()) + b"\n"
    done = xiaoer("ask", "--batch", "-", said=said)
    assert done.returncode == 2
    assert len(done.stdout.splitlines()) == 1
    assert "第 2 行" in done.stderr


def test_a_missing_batch_file_is_told_by_name() -> None:
    done = xiaoer("ask", "--batch", "nowhere.jsonl")
    assert done.returncode == 2
    assert "nowhere.jsonl" in done.stderr


@pytest.mark.parametrize("today", ["tomorrow", "2026-02-30", "21.11.2026", ""])
def test_a_wrong_day_is_told_in_one_sentence(today: str) -> None:
    done = xiaoer("ask", "你好", "--today", today)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "2026-11-21" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["你好", "--batch", "-"]], ids=["nothing", "both"])
def test_ask_wants_a_question_or_a_batch(arguments: list[str]) -> None:
    done = xiaoer("ask", *arguments)
    assert done.returncode == 2
    assert "--batch" in done.stderr


def test_explain_shows_how_a_message_was_understood() -> None:
    done = xiaoer("ask", "--explain", "怎麼導出訂單的資料呀😀")
    assert done.returncode == 0
    assert "怎么导出订单的资料呀" in done.stdout.splitlines()[0]
    for part in ("threshold", "候选", "seller.order-export", "特征", "动作: answer"):
        assert part in done.stdout


@pytest.mark.parametrize("question", ["", "今天天气怎么样", "转人工", "呱唧呱唧咚咚锵"])
def test_explain_works_for_what_is_not_understood_too(question: str) -> None:
    done = xiaoer("ask", "--explain", question)
    assert done.returncode == 0
    assert "判定" in done.stdout


# --- other folders -----------------------------------------------------------------------------------------------


def test_another_folder_is_served_instead(small_folder: Path) -> None:
    done = xiaoer("ask", "--json", "营业时间", folder=small_folder)
    assert done.returncode == 0
    reply = json.loads(done.stdout)
    check_shape(reply)
    assert reply["entry"] == "shop.hours"
    again = xiaoer("ask", "营业时间", folder=small_folder)
    assert again.stderr == ""  # learned once


@pytest.mark.parametrize(
    "command", [["ask", "你好"], ["chat"], ["replay", "dialogs.yaml"], []], ids=["ask", "chat", "replay", "bare"]
)
def test_a_wrong_folder_is_told_in_one_sentence(command: list[str], tmp_path: Path) -> None:
    command = [str(tmp_path / part) if part == "dialogs.yaml" else part for part in command]
    (tmp_path / "dialogs.yaml").write_text("- {dialog: 一, turns: [{user: 好}]}\n", encoding="utf-8")
    done = xiaoer(*command, folder=tmp_path / "none")
    assert done.returncode == 2
    assert str(tmp_path / "none") in done.stderr
    assert len(done.stderr.splitlines()) == 1


# --- replay ----------------------------------------------------------------------------------------------------

DIALOG = """\
- dialog: 好好的
  today: 2026-11-21
  turns:
    - user: 商家不发货赔多少
      bot: {act: ask}
    - user: "588"
      bot: {act: answer, says: ["5.88 元"]}
- dialog: 只有用户
  turns:
    - user: 你好
"""


@pytest.fixture
def dialogs(tmp_path: Path) -> Path:
    file = tmp_path / "dialogs.yaml"
    file.write_text(DIALOG, encoding="utf-8")
    return file


def test_replay_prints_the_transcript_and_passes(dialogs: Path) -> None:
    done = xiaoer("replay", str(dialogs))
    assert done.returncode == 0
    for part in ("好好的", "只有用户", "5.88 元", "[ask buyer.late-compensation]", "2 passed", "0 failed"):
        assert part in done.stdout


def test_replay_fails_with_what_was_not_as_expected(dialogs: Path) -> None:
    dialogs.write_text(DIALOG.replace("5.88 元", "6.88 元"), encoding="utf-8")
    done = xiaoer("replay", str(dialogs))
    assert done.returncode == 1
    assert "6.88 元" in done.stdout
    assert "1 failed" in done.stdout


@pytest.mark.parametrize(("says", "status"), [("5.88 元", 0), ("6.88 元", 1)])
def test_replay_json_is_a_list_of_dialogues_with_their_replies(says: str, status: int, dialogs: Path) -> None:
    dialogs.write_text(DIALOG.replace("5.88 元", says), encoding="utf-8")
    done = xiaoer("replay", "--json", str(dialogs))
    assert done.returncode == status
    played = json.loads(done.stdout)
    assert [d["dialog"] for d in played] == ["好好的", "只有用户"]
    assert [[t["user"] for t in d["turns"]] for d in played] == [["商家不发货赔多少", "588"], ["你好"]]
    for dialog in played:
        assert list(dialog) == ["dialog", "turns"]
        for turn in dialog["turns"]:
            assert list(turn) == ["user", "reply"]
            check_shape(turn["reply"])


@pytest.mark.parametrize("text", ["- {dialog: 一}", "[", "三个字"])
def test_replay_of_something_else_is_told_in_one_sentence(text: str, dialogs: Path) -> None:
    dialogs.write_text(text, encoding="utf-8")
    done = xiaoer("replay", str(dialogs))
    assert done.returncode == 2
    assert str(dialogs) in done.stderr


# --- chat ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        pytest.param("", id="end of input at once"),
        pytest.param("你好\n", id="end of input"),
        pytest.param("你好\n退出对话\n怎么导出订单\n", id="leaving"),
        pytest.param("exit\n", id="exit"),
    ],
)
@pytest.mark.parametrize("command", [["chat"], []], ids=["chat", "bare"])
def test_a_chat_ends_cleanly(command: list[str], said: str) -> None:
    done = xiaoer(*command, said=said)
    assert done.returncode == 0
    assert done.stderr == ""
    assert "再见" in done.stdout
    assert "导出查询订单" not in done.stdout


def test_a_chat_remembers_what_was_said() -> None:
    done = xiaoer("chat", said="商家不发货赔多少\n588\n申诉几次\n2\n")
    assert done.returncode == 0
    assert "5.88 元" in done.stdout
    assert "1. 违规罚单" in done.stdout
    assert "请补充" in done.stdout


@pytest.mark.parametrize("said", [b"\xff\xfe\x00\n", b"\xed\xa0\x80\n", "😀\n".encode(), b"\x1b[31m\n"])
def test_a_chat_survives_what_is_no_text(said: bytes) -> None:
    done = xiaoer("chat", said=said + "怎么导出订单\n".encode())
    assert done.returncode == 0
    assert "导出查询订单" in done.stdout


# --- help ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["chat", "ask", "replay", "eval", "check", "calc", "new-knowledge", "bench"])
def test_every_command_tells_what_it_does(command: str) -> None:
    told = CliRunner().invoke(app, [command, "--help"])
    assert told.exit_code == 0
    assert command in CliRunner().invoke(app, ["--help"]).output
