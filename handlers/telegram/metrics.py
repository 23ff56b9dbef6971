"""What the channel counts for Prometheus; never anything of a customer."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class TelegramMetrics:
    """The channel's counters, in the registry of the process's other ones or in one of their own."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        registry = registry or CollectorRegistry()
        self.registry = registry
        self.received = Counter("xiaoer_telegram_updates", "Updates received", registry=registry)
        self.duplicates = Counter("xiaoer_telegram_duplicates", "Updates received again", registry=registry)
        self.set_aside = Counter("xiaoer_telegram_set_aside", "Updates given up", registry=registry)
        self.retried = Counter("xiaoer_telegram_retried", "Updates begun again after an error", registry=registry)
        self.sent = Counter("xiaoer_telegram_sent", "Messages that Telegram accepted", ["method"], registry=registry)
        self.sent_again = Counter("xiaoer_telegram_send_retries", "Messages put off", ["reason"], registry=registry)
        self.refused = Counter("xiaoer_telegram_refused", "Messages that Telegram refuses for good", ["reason"], registry=registry)
        self.doubtful = Counter(
            "xiaoer_telegram_possible_doubles",
            "Messages sent again although Telegram may have accepted them before",
            registry=registry,
        )
        self.in_response = Counter(
            "xiaoer_telegram_answers_in_response", "Calls saved by answering in the webhook's own response", registry=registry
        )
        self.updates_waiting = Gauge("xiaoer_telegram_updates_waiting", "Updates kept and not handled", registry=registry)
        self.messages_waiting = Gauge("xiaoer_telegram_messages_waiting", "Messages kept and not sent", registry=registry)
        self.on_duty = Gauge("xiaoer_telegram_on_duty", "1 where this process handles and sends", registry=registry)
