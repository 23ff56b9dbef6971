"""Settings from the environment (XIAOER_*) and .env."""

from __future__ import annotations

from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.content import SHIPPED


class Settings(BaseSettings):
    """Everything that can be set; each is described in README.md."""

    model_config = SettingsConfigDict(env_prefix="XIAOER_", env_file=".env", extra="ignore", frozen=True)

    knowledge: Path = Field(default=SHIPPED, description="知识库文件夹")
    cache: Path = Field(default=Path.home() / ".cache" / "xiaoer", description="训练结果的缓存文件夹")
    timezone: str = Field(default="Asia/Shanghai", description="“今天”按哪个时区算")

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        ZoneInfo(name)
        return name

    @property
    def zone(self) -> tzinfo:
        """The time zone in which days begin and end."""
        return ZoneInfo(self.timezone)
