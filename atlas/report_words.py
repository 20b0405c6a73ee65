"""The words and numbers of a report on paper, in one language."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from atlas.catalog import Catalog
    from atlas.definitions import Text

Lang = Literal["nl", "en"]
_MONTHS = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "en": "January February March April May June July August September October November December",
}


class Words:
    """Says words of the report, names of the catalog, codes as the page does, and numbers."""

    def __init__(self, catalog: Catalog, lang: Lang) -> None:
        self.lang = lang
        self._own = _read("report")
        self._page = _read("page")
        self._titles = {
            name: each.title
            for kind in (catalog.stocks, catalog.flows, catalog.mentions)
            for name, each in kind.items()
        }

    def say(self, key: str, **values: object) -> str:
        """Say a word of the report, with values in its places."""
        words = self._own[key][self.lang]
        for name, value in values.items():
            words = words.replace(f"{{{name}}}", str(value))
        return words

    def text(self, both: Text) -> str:
        """Say what a definition says in both languages."""
        return both.nl if self.lang == "nl" else both.en

    def stream(self, name: str) -> str:
        """Say the title of a stream."""
        return self.text(self._titles[name])

    def code(self, family: str, name: str) -> str:
        """Say a code as the page does; one without a word stays as it is."""
        return self._page.get(f"{family}.{name}", {}).get(self.lang, name)

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a number in the notation of the language."""
        if np.isinf(value):
            return self.say("unlimited")
        text = f"{abs(value):,.{decimals}f}"
        if self.lang == "nl":
            text = text.translate(str.maketrans(",.", ".,"))
        return f"−{text}" if value < 0 and text.strip("0.,") else text

    def signed(self, value: float, decimals: int = 0) -> str:
        """Write a difference with its sign."""
        text = self.number(value, decimals)
        return f"+{text}" if value > 0 and text.strip("0.,") else text

    def day(self, text: str) -> str:
        """Write a day of the form 2026-01-31 in words."""
        when = date.fromisoformat(text)
        return f"{when.day} {_MONTHS[self.lang].split()[when.month - 1]} {when.year}"


def _read(folder: str) -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = json.loads(
        (files("atlas") / folder / "words.json").read_text("utf-8")
    )
    return words
