"""The web channel: chat page, widget, help centre, REST and server-sent events in one ASGI app."""
