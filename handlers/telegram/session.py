"""The HTTP session: what is kept as JSON is sent as JSON, and its answer is read no further than needed."""

from __future__ import annotations

import json
from typing import Any, cast

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import TelegramMethod
from aiohttp import ClientError, ClientTimeout

from handlers.telegram.methods import Plain

_HEADERS = {"Content-Type": "application/json"}


class JsonSession(AiohttpSession):
    """aiogram's session, with a short way for plain methods without files: a form would cost half of what sending costs."""

    def __init__(self, base: str) -> None:
        super().__init__(api=TelegramAPIServer.from_base(base))

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:
        """The method's result. Raises aiogram's errors."""
        if not isinstance(method, Plain) or method.has_file:
            return await super().make_request(bot, method, timeout)
        session = await self.create_session()
        url = self.api.api_url(token=bot.token, method=method.__api_method__)
        body = json.dumps(method.params).encode()
        limit = ClientTimeout(total=self.timeout if timeout is None else timeout)
        try:
            async with session.post(url, data=body, headers=_HEADERS, timeout=limit) as response:
                status, content = response.status, await response.read()
        except TimeoutError as error:
            raise TelegramNetworkError(method=method, message="Request timeout error") from error
        except ClientError as error:
            raise TelegramNetworkError(method=method, message=f"{type(error).__name__}: {error}") from error
        if status == 200:
            try:
                answer = json.loads(content)
                if answer["ok"] is True:
                    return answer["result"]
            except (ValueError, LookupError, TypeError):
                pass  # no answer of the Bot API: told as aiogram tells it
        return cast(
            Any, self.check_response(bot=bot, method=method, status_code=status, content=content.decode("utf-8", "replace"))
        ).result
