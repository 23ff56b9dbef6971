"""`xiaoer new-knowledge`: the folder it writes works at once, answers its shop's questions and refuses others."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from typer.testing import CliRunner

from bot.content import files_of
from bot.conversation import Conversation
from bot.errors import XiaoerError
from bot.knowledge import Knowledge, load_knowledge
from bot.messages import Act, Reply, Utterance
from bot.reader import read_content
from bot.respond import respond
from handlers.cli.main import app
from handlers.cli.new_knowledge import STARTER, create

NOW = datetime(2026, 11, 21, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    """The knowledge of a folder just written."""
    folder = tmp_path_factory.mktemp("new") / "shops" / "tea"
    create(folder)
    return load_knowledge(folder)


def says(shop: Knowledge, text: str) -> Reply:
    """The reply to a first message."""
    return respond(Utterance(text), Conversation(), shop, NOW).reply


def test_the_command_writes_the_folder_and_says_what_to_do_next(tmp_path: Path) -> None:
    folder = tmp_path / "my shops" / "tea"
    done = CliRunner().invoke(app, ["new-knowledge", str(folder)])
    assert done.exit_code == 0, done.output
    assert f"xiaoer ask --knowledge '{folder}'" in done.stdout
    assert f"xiaoer check --knowledge '{folder}'" in done.stdout
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()) == [
        "README.md",
        "entries/shop.yaml",
        "facts/shop.yaml",
        "gaps/shop.yaml",
        "lexicon.yaml",
        "replies.yaml",
        "sources.yaml",
    ]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    create(tmp_path)
    assert (tmp_path / "entries" / "shop.yaml").is_file()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(XiaoerError, match="不是空文件夹"):
        create(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_of_that_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("mine", encoding="utf-8")
    with pytest.raises(XiaoerError, match="不是空文件夹"):
        create(tmp_path / "shop")


def test_a_place_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(XiaoerError, match="写不了"):
        create(tmp_path / "file" / "shop")


def test_it_is_a_folder_to_learn_from() -> None:
    content = read_content(files_of(STARTER))
    assert len(content.entries) == 3
    assert content.gaps
    assert all(len(e.wordings) >= 12 and len(e.examples) >= 3 and e.sources for e in content.entries)
    assert all(s.official for s in content.sources)
    assert not any(e.calculator for e in content.entries)


def test_its_readme_explains_every_file_and_every_field_it_uses() -> None:
    readme = (STARTER / "README.md").read_text(encoding="utf-8")
    for path in STARTER.rglob("*.yaml"):
        assert path.name in readme or f"{path.parent.name}/*.yaml" in readme
        items = yaml.safe_load(path.read_text(encoding="utf-8"))
        fields = {field for item in items for field in item} if isinstance(items, list) else set()
        assert all(f"`{field}`" in readme for field in fields), path


def test_it_has_no_errors(tmp_path: Path) -> None:
    create(tmp_path / "shop")
    done = CliRunner(env={"XIAOER_CACHE": str(tmp_path / "cache")}).invoke(app, ["check", "--knowledge", str(tmp_path / "shop")])
    assert done.exit_code == 0, done.output


def test_its_examples_find_their_entries(shop: Knowledge) -> None:
    for entry in shop.content.entries:
        for example in entry.examples:
            assert says(shop, example).candidates[0].entry == entry.id, example


@pytest.mark.parametrize(
    ("text", "entry", "fragment"),
    [
        ("几点关门", "shop.opening-hours", "21:30"),
        ("你们晚上几点关门呀", "shop.opening-hours", "9:00"),
        ("签收三天了还能退吗", "shop.returns", "7 天"),
        ("送货要收多少配送费", "shop.delivery", "满 59 元"),
    ],
)
def test_it_answers_with_its_facts(shop: Knowledge, text: str, entry: str, fragment: str) -> None:
    reply = says(shop, text)
    assert (reply.act, reply.entry) == (Act.ANSWER, entry)
    assert fragment in reply.text
    assert "小满茶铺顾客须知" in reply.text
    assert "非官方" not in reply.text


@pytest.mark.parametrize("text", ["你好", "谢谢", "再见"])
def test_it_greets(shop: Knowledge, text: str) -> None:
    assert says(shop, text).act is Act.SMALLTALK


def test_it_hands_over_to_a_person(shop: Knowledge) -> None:
    assert says(shop, "转人工").act is Act.HANDOFF


@pytest.mark.parametrize("text", ["帮我写首诗", "怎么注册公司", "明天股票会涨吗", "二次方程怎么解"])
def test_it_refuses_what_is_none_of_its_business(shop: Knowledge, text: str) -> None:
    reply = says(shop, text)
    assert (reply.act, reply.entry) == (Act.FALLBACK, None)


def test_it_owns_up_to_what_it_does_not_know(shop: Knowledge) -> None:
    assert says(shop, "公司要买五十盒能打折吗").gap == "gap.wholesale"
    assert says(shop, "茶叶怎么保存").gap == "gap.brewing"


def test_small_talk_speaks_of_the_shop_not_of_douyin(shop: Knowledge) -> None:
    greeting = says(shop, "你好").text
    assert "营业时间" in greeting
    assert "开店" not in greeting
    assert "小店助手" in says(shop, "你是谁").text


def test_one_signal_can_be_replaced_alone(tmp_path: Path) -> None:
    create(tmp_path)
    own = [{"id": "social.thanks", "kind": "smalltalk", "about": "道谢", "wordings": ["谢谢"], "replies": ["茶香常在。"]}]
    (tmp_path / "signals.yaml").write_text(yaml.safe_dump(own, allow_unicode=True), encoding="utf-8")
    shop = load_knowledge(tmp_path)
    assert says(shop, "谢谢").text == "茶香常在。"
    assert "营业时间" in says(shop, "你好").text
    assert says(shop, "转人工").act is Act.HANDOFF
