"""Two clients that know nothing of this project, python-telegram-bot and aiogram, work with the fake Bot API as with Telegram."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiogram import Bot as AiogramBot
from aiogram import Dispatcher
from aiogram import types as aiogram_types
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web
from telegram import (
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ExtBot,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from handlers.cli.bench.botapi import BotApi, running
from tests.botapi_client import hook

App = Application[Any, Any, Any, Any, Any, Any]
Context = ContextTypes.DEFAULT_TYPE
KEYBOARD = InlineKeyboardMarkup(
    [[InlineKeyboardButton("改成大写", callback_data="upper"), InlineKeyboardButton("收起", callback_data="close")]]
)


@pytest.fixture(autouse=True)
def newest_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """python-telegram-bot gives durations as timedelta, or warns that it will."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with running() as api:
        api.updates.conflict_pause = 0.05
        api.webhook.pace = 0.01
        yield api


@asynccontextmanager
async def ptb_bot(api: BotApi, token: str | None = None) -> AsyncIterator[ExtBot[None]]:
    bot: ExtBot[None] = ExtBot(token or api.token, base_url=f"{api.url}/bot", base_file_url=f"{api.url}/file/bot")
    async with bot:
        yield bot


def echo_app(api: BotApi) -> App:
    """A bot written with python-telegram-bot: echoes in bold, its buttons edit, its commands and inline queries answer."""

    async def echo(update: Update, context: Context) -> None:
        assert update.effective_message is not None
        await update.effective_message.reply_html(f"<b>{update.effective_message.text_html}</b>", reply_markup=KEYBOARD)

    async def start(update: Update, context: Context) -> None:
        assert update.effective_message is not None
        await update.effective_message.reply_text(f"start {' '.join(context.args or ())}".strip())

    async def edited(update: Update, context: Context) -> None:
        assert update.effective_message is not None
        await update.effective_message.reply_text(f"改成了:{update.effective_message.text}", do_quote=True)

    async def pressed(update: Update, context: Context) -> None:
        query = update.callback_query
        assert query is not None
        await query.answer("好的", show_alert=True)
        if query.data == "upper":
            await query.edit_message_text("大写", reply_markup=KEYBOARD)
        else:
            await query.edit_message_reply_markup(None)

    async def inline(update: Update, context: Context) -> None:
        assert update.inline_query is not None
        content = InputTextMessageContent(f"<i>{update.inline_query.query}</i>", parse_mode=ParseMode.HTML)
        await update.inline_query.answer([InlineQueryResultArticle("1", "标题", content)], cache_time=0)

    app = Application.builder().token(api.token).base_url(f"{api.url}/bot").base_file_url(f"{api.url}/file/bot").build()
    app.add_handler(CommandHandler("start", start))
    app.add_handler(MessageHandler(filters.UpdateType.EDITED_MESSAGE, edited))
    app.add_handler(MessageHandler(filters.TEXT, echo))
    app.add_handler(CallbackQueryHandler(pressed))
    app.add_handler(InlineQueryHandler(inline))
    return app


@asynccontextmanager
async def ptb_polling(api: BotApi) -> AsyncIterator[App]:
    app = echo_app(api)
    async with app:
        assert app.updater is not None
        await app.start()
        await app.updater.start_polling(allowed_updates=Update.ALL_TYPES)
        try:
            yield app
        finally:
            await app.updater.stop()
            await app.stop()


# --- python-telegram-bot -----------------------------------------------------------------------------------------


async def test_a_bot_of_another_library_talks_by_polling(api: BotApi) -> None:
    ann = api.person("Ann")
    async with ptb_polling(api):
        answer = await api.ask(ann, "罚多少 <5> & 😀")
        assert answer.text == "罚多少 <5> & 😀"
        assert [(e.type, e.offset, e.length) for e in answer.entities] == [("bold", 0, 12)]
        assert answer.buttons == (("改成大写", "收起"),)

        query = api.press(answer, "大写")
        await api.until(lambda: answer.text == "大写")
        assert query.answer == {"text": "好的", "show_alert": True, "url": ""}
        api.press(answer, "收起")
        await api.until(lambda: not answer.buttons)

        assert (await api.ask(ann, "/start entry-7")).text == "start entry-7"
        question = api.say(ann, "一")
        await api.next_message(ann, 2)
        api.edit(question, "二")
        quoting = await api.next_message(ann, 3)
        assert (quoting.text, quoting.reply_to) == ("改成了:二", question)

        inline = api.inline(ann, "保证金")
        await api.until(lambda: inline.answer)
        assert api.pick(inline, 0, ann).text == "保证金"


async def test_a_bot_of_another_library_talks_by_webhook(api: BotApi) -> None:
    ann = api.person("Ann")
    app = echo_app(api)

    async def put(update: dict[str, Any]) -> web.Response:
        await app.update_queue.put(Update.de_json(update, app.bot))
        return web.Response()

    async with app, hook(put) as taken:
        await app.start()
        assert await app.bot.set_webhook(taken.url, secret_token="secret", allowed_updates=["message"], max_connections=5)
        answer = await api.ask(ann, "你好")
        assert answer.text == "你好"
        assert taken.secrets == ["secret"]
        info = await app.bot.get_webhook_info()
        assert (info.url, info.max_connections, info.allowed_updates) == (taken.url, 5, ("message",))
        assert await app.bot.delete_webhook()
        await app.stop()


async def test_another_library_gives_every_refusal_its_own_error(api: BotApi) -> None:
    ann, bob = api.person("Ann"), api.person("Bob")
    api.block(bob)
    group = api.group("群")
    api.migrate(group, ann)
    async with ptb_bot(api) as bot:
        for params, error, words in (
            ({"chat_id": ann.id, "text": "<b>", "parse_mode": "HTML"}, BadRequest, "Can't parse entities"),
            ({"chat_id": ann.id, "text": "x" * 4097}, BadRequest, "Message is too long"),
            ({"chat_id": 99, "text": "a"}, BadRequest, "Chat not found"),
            ({"chat_id": bob.id, "text": "a"}, Forbidden, "bot was blocked by the user"),
            ({"chat_id": group.id, "text": "a"}, ChatMigrated, "migrated"),
        ):
            with pytest.raises(error, match=words):
                await bot.send_message(**params)
        sent = await bot.send_message(ann.id, "a", reply_markup=KEYBOARD)
        with pytest.raises(BadRequest, match="Message is not modified"):
            await sent.edit_text("a", reply_markup=KEYBOARD)
        with pytest.raises(BadRequest, match="Query is too old"):
            await bot.answer_callback_query("5")
        api.storm("flood", retry_after=7)
        with pytest.raises(RetryAfter, match="Retry in 0:00:07"):
            await bot.send_message(ann.id, "a")
        for kind in ("error", "gateway", "drop", "drop_after"):
            api.storm(kind)
            with pytest.raises(NetworkError):
                await bot.send_message(ann.id, kind)
        api.storm("stall", seconds=0.5)
        with pytest.raises(TimedOut):
            await bot.send_message(ann.id, "stall", read_timeout=0.1)
        await api.until(lambda: [m.text for m in api.sent(ann)] == ["a", "drop_after", "stall"])
    with pytest.raises(InvalidToken):
        async with ptb_bot(api, "7000000009:AAwrong-token"):
            pass


async def test_another_library_sees_the_conflict_of_two_pollers(api: BotApi) -> None:
    async with ptb_bot(api) as one, ptb_bot(api) as other:
        waiting = asyncio.create_task(one.get_updates(timeout=10))
        await api.until(lambda: api.updates.polls == 1)
        instead = asyncio.create_task(other.get_updates(timeout=10))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await waiting
        api.say(api.person("Ann"), "你好")
        assert len(await instead) == 1


async def test_another_library_reads_everything_that_comes_back(api: BotApi) -> None:
    ann = api.person("Ann", username="ann_1")
    async with ptb_bot(api) as bot:
        question = api.say(ann, "看看 /ask")
        sent = await bot.send_message(
            ann.id,
            "😀 <b>粗</b> <a href='https://example.org'>链</a><blockquote expandable>引</blockquote>",
            parse_mode="HTML",
            reply_parameters=ReplyParameters(question.id),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
        assert {e.type: sent.parse_entity(e) for e in sent.entities} == {
            MessageEntity.BOLD: "粗",
            MessageEntity.TEXT_LINK: "链",
            MessageEntity.EXPANDABLE_BLOCKQUOTE: "引",
        }
        assert sent.reply_to_message is not None
        assert sent.reply_to_message.text == "看看 /ask"
        document = (await bot.send_document(ann.id, b'{"a": 1}', filename="数据.json", caption="导出")).document
        assert document is not None
        assert document.file_name == "数据.json"
        file = await bot.get_file(document)
        assert await file.download_as_bytearray() == b'{"a": 1}'
        assert await bot.set_my_commands([BotCommand("ask", "问")], language_code="zh")
        assert await bot.get_my_commands(language_code="zh") == (BotCommand("ask", "问"),)
        assert (await bot.get_chat(ann.id)).username == "ann_1"
        for kind in ("photo", "voice", "sticker", "location", "contact", "dice", "document", "video_note"):
            api.send(ann, kind)
        updates = await bot.get_updates()
        assert updates[0].message is not None
        assert list(updates[0].message.parse_entities([MessageEntity.BOT_COMMAND]).values()) == ["/ask"]
        assert all(u.message is not None and u.message.effective_attachment for u in updates[1:])


# --- aiogram -----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def aiogram_bot(api: BotApi, token: str | None = None) -> AsyncIterator[AiogramBot]:
    bot = AiogramBot(token or api.token, session=AiohttpSession(api=TelegramAPIServer.from_base(api.url)))
    try:
        yield bot
    finally:
        await bot.session.close()


def aiogram_echo() -> Dispatcher:
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def echo(message: aiogram_types.Message) -> Any:
        return message.answer(f"<u>{message.html_text}</u>", parse_mode="HTML")

    return dispatcher


async def test_aiogram_talks_by_polling(api: BotApi) -> None:
    dispatcher = aiogram_echo()
    async with aiogram_bot(api) as bot:
        polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False))
        answer = await api.ask(api.person("Ann"), "罚 <5>")
        assert (answer.text, answer.entities[0].type) == ("罚 <5>", "underline")
        await dispatcher.stop_polling()
        await polling


async def test_aiogram_answers_in_the_webhooks_own_response(api: BotApi) -> None:
    ann = api.person("Ann")
    async with aiogram_bot(api) as bot:
        app = web.Application()
        SimpleRequestHandler(aiogram_echo(), bot, handle_in_background=False, secret_token="s").register(app, "/hook")
        runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            await bot.set_webhook(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", secret_token="s")
            answer = await api.ask(ann, "你好 <5>")
            assert (answer.text, answer.entities[0].type) == ("你好 <5>", "underline")
            assert [c.through_webhook for c in api.journal.of("sendMessage")] == [True]
        finally:
            await runner.cleanup()


async def test_aiogram_gives_every_refusal_its_own_error(api: BotApi) -> None:
    ann, bob = api.person("Ann"), api.person("Bob")
    api.block(bob)
    group = api.group("群")
    new = api.migrate(group, ann)
    async with aiogram_bot(api) as bot:
        with pytest.raises(TelegramBadRequest, match="can't parse entities"):
            await bot.send_message(ann.id, "<b>", parse_mode="HTML")
        with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
            await bot.send_message(bob.id, "a")
        with pytest.raises(TelegramMigrateToChat) as moved:
            await bot.send_message(group.id, "a")
        assert moved.value.migrate_to_chat_id == new.id
        api.storm("flood", retry_after=9)
        with pytest.raises(TelegramRetryAfter) as later:
            await bot.send_message(ann.id, "a")
        assert later.value.retry_after == 9
        api.storm("error")
        with pytest.raises(TelegramServerError):
            await bot.send_message(ann.id, "a")
        for kind in ("drop", "drop_after"):
            api.storm(kind)
            with pytest.raises(TelegramNetworkError):
                await bot.send_message(ann.id, kind)
        assert [m.text for m in api.sent(ann)] == ["drop_after"]
        last = (await bot.get_updates())[-1].update_id
        waiting = asyncio.create_task(bot.get_updates(offset=last + 1, timeout=10))
        await api.until(lambda: api.updates.polls == 2)
        await bot.get_updates(offset=last + 1, timeout=0)
        with pytest.raises(TelegramConflictError):
            await waiting
    async with aiogram_bot(api, "7000000009:AAwrong-token") as stranger:
        with pytest.raises(TelegramUnauthorizedError):
            await stranger.get_me()
