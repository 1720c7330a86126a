"""Every labelled figure that pages and mails of one morning show, read as a person reads them: from the text."""

from __future__ import annotations

import email
import email.policy
import html
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from email.message import EmailMessage
from pathlib import Path

_TIME = r"(\d:\d\d:\d\d|\d\d:\d\d)"
# What a figure is called, and every way in which it is written; the group is its value.
_FIGURES: Mapping[str, tuple[str, ...]] = {
    "likely time of the race": (rf"[Ll]ikely {_TIME}, between", rf"Half marathon {_TIME} \S+–"),
    "fastest time of the race": (rf"between {_TIME} and", rf"Half marathon {_TIME} (?P<value>\S+)–"),
    "slowest time of the race": (rf"between \S+ and {_TIME}", rf"Half marathon \S+ \S+–{_TIME}"),
    "days to the race": (r"(\d+) days to \w+ Half", r"(\d+) days before the race"),
    "recovery": (r"Recovery is (\d+) %", r"Recovery (\d+) % \(your", r"the newest is (\d+) %, from 20 May"),
    "HRV": (r"normal range at (\d+) ms", r"HRV (\d+) ms over seven days", r"seven-day mean of 20 May is (\d+) ms"),
    "normal HRV": (r"your normal is (\d+–\d+) ms", r"20 May is \d+ ms, within your normal of (\d+ to \d+) ms"),
    "form": (r"Form ([+−]?\d+) \(fitness less fatigue\)", r"is form (−?\d+\.\d) on the morning of 20 May"),
    "resting heart rate": (r"Resting heart rate (\d+) bpm,",),
    "the week's plan": (
        r"This week holds ([\d.]+) km",
        r"of ([\d.]+) km planned Base|unknown done of ([\d.]+) km planned",
    ),
    "maximum heart rate": (r"Max heart rate (\d+) bpm",),
    "the half's record": (r"Half marathon (\d:\d\d:\d\d) [\d:]+ /km",),
}


def texts_of(site: Path, mails: Iterable[Path]) -> dict[str, str]:
    """What every page and every mail says, by its name; a mail in both of its forms."""
    texts = {page.name: text_of(page.read_text(encoding="utf-8")) for page in sorted(site.glob("*.html"))}
    for mail in mails:
        message = email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        plain, rich = message.get_body(("plain",)), message.get_body(("html",))
        assert plain is not None
        assert rich is not None
        texts[f"{mail.name} as text"] = _in_one_line(plain.get_content())
        texts[f"{mail.name} as page"] = text_of(rich.get_content())
    return texts


def text_of(page: str) -> str:
    """What a page says, without its pictures and its tags."""
    said = re.sub(r"<(style|script|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return _in_one_line(html.unescape(re.sub(r"<[^>]+>", " ", said)))


def figures_of(texts: Mapping[str, str]) -> dict[str, dict[str, set[str]]]:
    """Of each figure its values, and the pages and mails in which each was read."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for place, text in texts.items():
        for figure, patterns in _FIGURES.items():
            for pattern in patterns:
                for match in re.finditer(pattern, text):
                    named = match.groupdict().get("value")
                    value = named or next(group for group in match.groups() if group is not None)
                    found[figure][_plainly(figure, value)].add(place)
    return {figure: dict(values) for figure, values in found.items()}


def _plainly(figure: str, value: str) -> str:
    """The value without what only its place asks for: a sign, a decimal, a word instead of a dash."""
    if figure == "form":
        return str(round(float(value.replace("−", "-"))))
    return value.replace(" to ", "–")


def _in_one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)
