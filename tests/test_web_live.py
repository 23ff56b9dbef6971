"""What operators write reaches the customer's open page: once, in order, unchanged, whichever process wrote it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.knowledge import Knowledge
from bot.store import Store, open_store
from handlers.web import live
from tests.conftest import write_small
from tests.services import postgres_url
from tests.web import NOW, Client, Event, learned, opened


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return learned(write_small(tmp_path_factory.mktemp("web") / "knowledge"))


@pytest.fixture
async def client(small: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    monkeypatch.setattr(live, "POLL_SECONDS", 0.02)
    async with opened(tmp_path, small) as first:
        yield first


@pytest.fixture
async def office(client: Client) -> AsyncIterator[Store]:
    """The operators' process: another store on the same database."""
    store = await open_store(client.site.settings.database)
    yield store
    await store.close()


async def test_what_an_operator_writes_comes_at_once(client: Client, office: Store) -> None:
    await client.say("转人工")
    async with client.listen() as page:
        waiting = await page.next()
        assert waiting == Event("handoff", {"state": "waiting"}, None)
        written = await office.write(client.conversation, "小王", "您好\n请说", NOW)
        message, taken = await page.next(), await page.next()
        assert message == Event(
            "message",
            {"id": written.id, "at": "2026-11-21T04:00:00+00:00", "operator": "小王", "text": "您好\n请说"},
            str(written.id),
        )
        assert taken == Event("handoff", {"state": "taken"}, None)
        await office.close_handoff(client.conversation, NOW)
        assert await page.next() == Event("handoff", {"state": "closed"}, None)


async def test_a_stream_goes_on_where_it_was_cut(client: Client, office: Store) -> None:
    await client.say("转人工")
    written = [await office.write(client.conversation, "小王", f"第 {n} 条", NOW) for n in range(4)]
    async with client.listen(**{"Last-Event-ID": str(written[1].id)}) as page:
        assert [(await page.next()).id, (await page.next()).id] == [str(m.id) for m in written[2:]]
    assert [m["text"] for m in (await client.past())["messages"]] == [m.text for m in written]


async def test_nobody_hears_what_is_meant_for_another(client: Client, office: Store) -> None:
    other = await client.another()
    for one in (client, other):
        await one.say("转人工")
    async with client.listen() as page:
        await page.next()
        await office.write(other.conversation, "小王", "不是给您的", NOW)
        with pytest.raises(TimeoutError):
            await page.next(0.3)


async def test_every_open_page_of_a_customer_hears_it(client: Client, office: Store) -> None:
    await client.say("转人工")
    async with client.listen() as first, client.listen() as second:
        for page in (first, second):
            await page.next()
        await office.write(client.conversation, "小王", "您好", NOW)
        assert (await first.next()) == (await second.next())
        assert client.site.live.count(client.conversation) == 2
    assert client.site.live.count(client.conversation) == 0


async def test_all_streams_end_when_the_process_stops(client: Client) -> None:
    async with client.listen() as page:
        client.site.live.stop()
        assert await page.next() is None
    async with client.listen() as late:
        assert late.status == 503


async def test_a_customer_cannot_open_streams_without_end(client: Client) -> None:
    pages = [client.listen() for _ in range(12)]
    for page in pages:
        await page.__aenter__()
    async with client.listen() as one_more:
        assert one_more.status == 429
    for page in pages:
        await page.__aexit__()


async def test_the_watch_goes_on_after_the_store_failed(client: Client, office: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "BACK_OFF_SECONDS", 0.05)
    await client.say("转人工")
    async with client.listen() as page:
        await page.next()
        database = client.site.store._database
        client.site.store._database = _Broken()
        await asyncio.sleep(0.15)
        client.site.store._database = database
        await office.write(client.conversation, "小王", "您好", NOW)
        assert (await page.next()).name == "message"


class _Broken:
    """A database that cannot be reached."""

    async def read(self, work: object) -> object:
        from bot.store import StoreError

        raise StoreError("away")


async def test_the_watch_works_on_a_server_database_too(small: Knowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "POLL_SECONDS", 0.02)
    import asyncpg

    from bot.store import upgrade

    url, name = postgres_url(), f"web_{id(tmp_path)}"
    server = await asyncpg.connect(url.replace("+asyncpg", ""))
    await server.execute(f"CREATE DATABASE {name}")
    try:
        database = url.rpartition("/")[0] + f"/{name}"
        await asyncio.to_thread(upgrade, database)
        async with opened(tmp_path, small, database=database) as client:
            office = await open_store(database)
            try:
                await client.say("转人工")
                async with client.listen() as page:
                    await page.next()
                    texts = [f"第 {n} 条" for n in range(20)]
                    written = asyncio.gather(*(office.write(client.conversation, "小王", text, NOW) for text in texts))
                    heard = [e for _ in range(21) if (e := await page.next())]
                    messages = [e for e in heard if e.name == "message"]
                    assert [m.data["id"] for m in messages] == sorted(m.id for m in await written)
                    assert sorted(m.data["text"] for m in messages) == sorted(texts)
            finally:
                await office.close()
    finally:
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await server.close()


# Whatever an operator writes; a break of the stream; a moment's rest.
_STEPS = st.lists(
    st.one_of(st.tuples(st.just("write"), st.text(max_size=60)), st.tuples(st.sampled_from(["cut", "rest"]), st.just(""))),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=_STEPS)
def test_any_texts_arrive_once_in_order_and_unchanged_across_reconnects(
    small: Knowledge, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, str]]
) -> None:
    monkeypatch.setattr(live, "POLL_SECONDS", 0.005)
    with TemporaryDirectory() as folder:
        asyncio.run(_plays(Path(folder), small, steps))


async def _plays(folder: Path, small: Knowledge, steps: list[tuple[str, str]]) -> None:
    """Writes and breaks in the given order while a page reads, then compares what was heard with what was written."""
    async with opened(folder, small) as client:
        await client.say("转人工")
        office = await open_store(client.site.settings.database)
        heard: list[Event] = []
        cut = asyncio.Event()

        async def read() -> None:
            while True:
                cut.clear()
                resumed = {"Last-Event-ID": heard[-1].id or ""} if heard else {}
                async with client.listen(**resumed) as page:
                    while not cut.is_set():
                        try:
                            event = await page.next(0.01)
                        except TimeoutError:
                            continue
                        if event and event.name == "message":
                            heard.append(event)

        reading = asyncio.create_task(read())
        written = []
        for what, text in steps:
            if what == "write":
                written.append(await office.write(client.conversation, "小王", text, NOW))
            elif what == "cut":
                cut.set()
            await asyncio.sleep(0.02 if what == "rest" else 0)
        for _ in range(500):
            if len(heard) >= len(written):
                break
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.02)  # nothing comes a second time
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        kept = await office.messages_of(client.conversation)
        await office.close()
        assert [(e.data["id"], e.data["text"]) for e in heard] == [(m.id, m.text) for m in kept]
        assert [m.id for m in kept] == [m.id for m in written]
        assert json.dumps([e.data for e in heard])


async def test_the_heartbeat_keeps_the_line_open(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from handlers.web import api

    monkeypatch.setattr(api, "HEARTBEAT_SECONDS", 0.05)
    async with client.listen() as page:
        with pytest.raises(TimeoutError):
            await page.next(0.3)
        assert page.comments[0] == "open"
        assert page.comments.count("still here") >= 2
