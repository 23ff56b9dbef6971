"""Pictures of the help centre for docs/screenshots: python -m tests.help_pictures."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.browser import chromium, running

FOLDER = Path(__file__).parent.parent / "docs" / "screenshots"
WIDE, PHONE, SMALL = {"width": 1200, "height": 900}, {"width": 390, "height": 844}, {"width": 320, "height": 700}


@dataclass(frozen=True)
class Picture:
    """An address, what is filled in there, and how it is looked at; `part` is scrolled to the top."""

    address: str
    viewport: dict[str, int]
    values: dict[str, str] = field(default_factory=dict)
    choose: str = ""
    part: str = ""
    scheme: str = "light"


PICTURES = {
    "index": Picture("/help?lang=zh", WIDE),
    "index-320": Picture("/help?lang=zh", SMALL),
    "search": Picture("/help?q=发货超时扣多少&lang=zh", WIDE),
    "gap-hant": Picture("/help?q=運費險怎麼退&lang=zh-hant", PHONE),
    "entry": Picture("/help/seller.late-shipping-penalty?lang=zh", WIDE),
    "entry-en-dark": Picture("/help/buyer.late-compensation?lang=en", WIDE, scheme="dark"),
    "form": Picture("/help/seller.order-promotion-type?lang=zh", PHONE, part=".calculator"),
    "result-dark": Picture("/help/buyer.late-compensation?lang=zh", PHONE, {"amounts": "588、299"}, scheme="dark"),
    "result-320": Picture("/help/seller.late-shipping-penalty?lang=zh", SMALL, {"orders": "63"}),
    "problems": Picture(
        "/help/seller.order-promotion-type?lang=zh", PHONE, {"amount": "199", "rate": "120"}, choose="#f-promotion-0"
    ),
    "missing": Picture("/help/no.such?lang=zh", PHONE),
}


def main() -> None:
    """Take them all anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server, chromium() as browser:
        for name, picture in PICTURES.items():
            with browser.new_context(
                base_url=server.url, locale="zh-CN", viewport=picture.viewport, color_scheme=picture.scheme, device_scale_factor=2
            ) as context:
                page = context.new_page()
                page.goto(picture.address)
                if picture.choose:
                    page.check(picture.choose)
                for slot, value in picture.values.items():
                    page.fill(f"#f-{slot}", value)
                if picture.values:
                    page.click(".sheet button")
                    page.wait_for_selector("#result")
                if picture.part:
                    page.locator(picture.part).evaluate("part => part.scrollIntoView()")
                page.wait_for_timeout(200)
                page.screenshot(path=FOLDER / f"help-{name}.png")


if __name__ == "__main__":
    main()
