"""The Telegram channel. Only this package imports aiogram, and it is imported only when a token is set."""
