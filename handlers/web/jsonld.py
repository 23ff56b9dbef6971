"""What search engines read of an entry's page: schema.org's FAQPage as JSON-LD."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date

from markupsafe import Markup

from bot.messages import Json, Source

# Inside a script element only these could end it or open a comment; the line separators are for old readers.
_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def faq_page(
    *,
    address: str,
    language: str,
    question: str,
    answer: str,
    sources: Sequence[Source],
    modified: date | None,
    trail: Sequence[tuple[str, str]],
) -> Mapping[str, Json]:
    """One question with its answer, what it cites, and the way to it: `trail` holds names and addresses, outermost first.

    `modified` is the last day that a source or a number of it speaks of, left out where none is dated."""
    accepted: dict[str, Json] = {"@type": "Answer", "text": answer}
    if sources:
        accepted["citation"] = [_cited(source) for source in sources]
    page: dict[str, Json] = {
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "url": address,
        "inLanguage": language,
        "mainEntity": [{"@type": "Question", "name": question, "acceptedAnswer": accepted}],
        "breadcrumb": {
            "@type": "BreadcrumbList",
            "itemListElement": [
                {"@type": "ListItem", "position": place, "name": name, "item": item} for place, (name, item) in enumerate(trail, 1)
            ],
        },
    }
    if modified is not None:
        page["dateModified"] = modified.isoformat()
    return page


def data_block(data: Mapping[str, Json]) -> Markup:
    """The data as JSON that cannot end the script element it stands in, whatever texts it holds."""
    return Markup(json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES))


def _cited(source: Source) -> Json:
    cited: dict[str, Json] = {
        "@type": "CreativeWork",
        "name": source.title,
        "publisher": {"@type": "Organization", "name": source.publisher},
    }
    if source.published:
        cited["datePublished"] = source.published.isoformat()
    if source.updated:
        cited["dateModified"] = source.updated.isoformat()
    return cited
