"""What the bot says of itself: commands by scope and language, descriptions, name, menu button."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from handlers.cli.bench.botapi.arguments import Arguments
from handlers.cli.bench.botapi.errors import ApiError, Wire, bad, checked_utf8
from handlers.cli.bench.botapi.state import World, dumps

_LANGUAGE = re.compile("[a-z]{2}")
_COMMAND = re.compile("[a-z0-9_]{1,32}")
_SCOPES = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators"})
_CHAT_SCOPES = frozenset({"chat", "chat_administrators", "chat_member"})
MOST_COMMANDS = 100
LONGEST = {"name": 64, "description": 512, "short_description": 120}


@dataclass(slots=True)
class Profile:
    """The bot's settings; texts by field and language."""

    world: World
    commands: dict[tuple[str, str], list[Wire]] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    menus: dict[int | None, Wire] = field(default_factory=dict)

    def set_commands(self, args: Arguments) -> bool:
        """setMyCommands."""
        commands = args.data("commands", "commands")
        if commands is not None and not isinstance(commands, list):
            raise bad("Expected an Array of BotCommand")
        key = self._key(args)
        checked = [_command(c) for c in commands or ()]
        if len(checked) > MOST_COMMANDS:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        if any(_COMMAND.fullmatch(c["command"]) is None for c in checked):
            raise bad("BOT_COMMAND_INVALID")
        self.commands[key] = checked
        return True

    def get_commands(self, args: Arguments) -> list[Wire]:
        """getMyCommands."""
        return self.commands.get(self._key(args), [])

    def delete_commands(self, args: Arguments) -> bool:
        """deleteMyCommands."""
        self.commands.pop(self._key(args), None)
        return True

    def set_text(self, name: str, args: Arguments) -> bool:
        """setMyName, setMyDescription, setMyShortDescription."""
        text = checked_utf8(args.text(name), "Strings")
        language = _language(args)
        if len(text) > LONGEST[name]:
            # The limits are documented; how the server words this refusal is not.
            raise bad(f"{name.upper()}_TOO_LONG")
        if text:
            self.texts[name, language] = text
        else:
            self.texts.pop((name, language), None)
        return True

    def get_text(self, name: str, args: Arguments) -> Wire:
        """getMyName, getMyDescription, getMyShortDescription; without one in that language, the one for all."""
        default = self.texts.get((name, ""), self.world.bot.first_name if name == "name" else "")
        return {name: self.texts.get((name, _language(args)), default)}

    def set_menu(self, args: Arguments) -> bool:
        """setChatMenuButton."""
        button = args.data("menu_button", "menu button") or {"type": "default"}
        if not isinstance(button, dict):
            raise bad("Can't parse menu button: MenuButton must be an Object")
        match button.get("type"):
            case "default" | "commands":
                pass
            case "web_app" if button.get("text") and isinstance(button.get("web_app"), dict):
                pass
            case None:
                raise bad("Can't parse menu button: Can't find field \"type\"")
            case _:
                raise bad("Can't parse menu button: MenuButton has unsupported type")
        self.menus[args.number("chat_id") or None] = button
        return True

    def get_menu(self, args: Arguments) -> Wire:
        """getChatMenuButton."""
        fallback = self.menus.get(None, {"type": "commands"})
        return self.menus.get(args.number("chat_id") or None, fallback)

    def _key(self, args: Arguments) -> tuple[str, str]:
        scope = args.data("scope", "BotCommandScope") or {"type": "default"}
        if not isinstance(scope, dict):
            raise bad("Can't parse BotCommandScope: BotCommandScope must be an Object")
        kind = scope.get("type")
        if kind not in _SCOPES | _CHAT_SCOPES:
            raise bad("Can't parse BotCommandScope: Unsupported type specified")
        if kind in _CHAT_SCOPES:
            if not scope.get("chat_id"):
                raise bad("Can't parse BotCommandScope: Can't find field \"chat_id\"")
            self.world.find_chat(str(scope["chat_id"]))
        return dumps(scope), _language(args)


def _language(args: Arguments) -> str:
    language = args.text("language_code")
    if language and _LANGUAGE.fullmatch(language) is None:
        raise bad("Invalid language code specified")
    return language


def _command(given: object) -> Wire:
    if not isinstance(given, dict):
        raise _command_error("expected an Object")
    for name in ("command", "description"):
        if name not in given:
            raise _command_error(f'Can\'t find field "{name}"')
        if not isinstance(given[name], str):
            raise _command_error(f'Field "{name}" must be of type String')
    command = checked_utf8(given["command"], "Command").strip().removeprefix("/")
    description = checked_utf8(given["description"], "Command description").strip()
    if not command:
        raise bad("Command must be non-empty")
    if len(command) > 32:
        raise bad("Command length must not exceed 32")
    if not description:
        raise bad("Command description must be non-empty")
    if len(description) > 256:
        raise bad("Command description length must not exceed 256")
    return {"command": command, "description": description}


def _command_error(message: str) -> ApiError:
    return bad(f"Can't parse BotCommand: {message}")
