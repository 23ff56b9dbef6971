"""Settings from the environment (XIAOER_*) and .env."""

from __future__ import annotations

import re
from datetime import tzinfo
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.content import SHIPPED

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")
_RATE = re.compile(r"[1-9]\d*/(second|minute|hour|day)|off")
_ADDRESS = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")
_TELEGRAM_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
# A list in the environment: parts between commas or spaces.
Words = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Everything that can be set; each is described in README.md."""

    model_config = SettingsConfigDict(env_prefix="XIAOER_", env_file=".env", extra="ignore", frozen=True)

    knowledge: Path = Field(default=SHIPPED, description="知识库文件夹")
    cache: Path = Field(default=Path.home() / ".cache" / "xiaoer", description="训练结果的缓存文件夹")
    timezone: str = Field(default="Asia/Shanghai", description="“今天”按哪个时区算")
    database: str = Field(default="sqlite:///xiaoer.db", description="会话存在哪里")
    host: str = Field(default="127.0.0.1", description="serve 监听的地址")
    port: int = Field(default=8000, ge=0, le=65535, description="serve 监听的端口")
    secret: SecretStr | None = Field(default=None, min_length=16, description="给会话签名的密钥")
    redis: str = Field(default="", description="几个进程共用的限流计数")
    widget_origins: Words = Field(default=(), description="可以嵌入对话框的网站")
    trusted_proxies: Words = Field(default=(), description="信任哪些反向代理的 X-Forwarded-For")
    rate_customer: str = Field(default="40/minute", description="每位客户可以发多少")
    rate_address: str = Field(default="1200/minute", description="每个网络地址可以请求多少")
    telegram_token: SecretStr | None = Field(default=None, description="Telegram 机器人的 token")
    public_url: str = Field(default="", description="公网地址;有它就用 webhook")
    telegram_secret: SecretStr | None = Field(default=None, description="Telegram webhook 的密钥")
    telegram_api: str = Field(default="https://api.telegram.org", description="Bot API 的地址")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="日志的详细程度")
    log_format: Literal["json", "text"] = Field(default="json", description="日志的样子")

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        ZoneInfo(name)
        return name

    @field_validator("widget_origins", "trusted_proxies", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return tuple(w for w in re.split(r"[,\s]+", value.lower()) if w) if isinstance(value, str) else value

    @field_validator("widget_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin} 不是 https://shop.example 这样的网站地址(不带路径)")
        return origins

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            ip_network(proxy)
        return proxies

    @field_validator("telegram_token", mode="before")
    @classmethod
    def _unset(cls, token: object) -> object:
        return None if token == "" else token

    @field_validator("telegram_secret")
    @classmethod
    def _telegram_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        # An empty one would let anybody post updates; other letters Telegram does not send.
        if secret is not None and not _TELEGRAM_SECRET.fullmatch(secret.get_secret_value()):
            raise ValueError("webhook 密钥要有 16 到 256 个字母、数字、_ 或 -;不设就会由 token 推出一个")
        return secret

    @field_validator("public_url", "telegram_api")
    @classmethod
    def _address(cls, url: str) -> str:
        if url and not _ADDRESS.fullmatch(url):
            raise ValueError(f"{url} 不是 https://shop.example 这样的地址")
        return url.rstrip("/")

    @field_validator("redis")
    @classmethod
    def _redis(cls, url: str) -> str:
        if url and not url.startswith(("redis://", "rediss://")):
            raise ValueError("不是 redis://主机:6379/0 这样的地址")
        return url

    @field_validator("rate_customer", "rate_address")
    @classmethod
    def _rates(cls, rate: str) -> str:
        if not _RATE.fullmatch(rate):
            raise ValueError(f"{rate} 不是 40/minute 这样的频率,也不是 off")
        return rate

    @property
    def zone(self) -> tzinfo:
        """The time zone in which days begin and end."""
        return ZoneInfo(self.timezone)
