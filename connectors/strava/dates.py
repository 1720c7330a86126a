"""The moment in `May 29, 2022, 3:53:35 PM`, `09.12.2022, 15:24:49`, `29 mai 2022 à 15:53:35` and their kin, in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from connectors.strava.words import fold, words

_TIME = re.compile(
    r"(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:\.\d+)?)?\s*(?P<half>[ap]\.?\s?m\.?)?"
)
_NUMBERS = re.compile(r"(\d{1,4})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{1,4})")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d{1,4}")


def parse_activity_date(text: str) -> datetime | None:
    """The instant (the archive's dates are UTC), or None for a text that is none we can read."""
    text = fold(text)
    date_text, time_text = _split(text)
    time = _TIME.fullmatch(time_text)
    date = _date_in_numbers(date_text, is_american=bool(time and time["half"])) or _date_in_words(date_text)
    if date is None or time is None:
        return None
    hour = int(time["hour"])
    if time["half"]:
        hour = hour % 12 + (12 if time["half"].startswith("p") else 0)
    try:
        return datetime(*date, hour, int(time["minute"]), int(time["second"] or 0), tzinfo=UTC)
    except ValueError:
        return None


def _split(text: str) -> tuple[str, str]:
    """The date and the time; the time stands last, in every language seen."""
    text = re.sub(r"\s*(?:z|utc|[+]00:?00)$", "", text)
    match = re.search(rf"(?:^|[\st,]){_TIME.pattern}$", text)
    return (text, "") if match is None else (text[: match.start()], text[match.start() :].lstrip(" ,t"))


def _date_in_numbers(text: str, *, is_american: bool) -> tuple[int, int, int] | None:
    match = _NUMBERS.search(text)
    if match is None:
        return None
    first, separator, second, third = match[1], match[2], int(match[3]), match[4]
    if len(first) == 4:
        return int(first), second, int(third)
    if len(third) != 4:
        return None
    # With slashes the order depends on the country. Only Americans also write am and pm; else a number over 12 decides.
    is_month_first = separator == "/" and (is_american or second > 12) and int(first) <= 12
    day, month = (second, int(first)) if is_month_first else (int(first), second)
    return int(third), month, day


def _date_in_words(text: str) -> tuple[int, int, int] | None:
    months = [words().months[word] for word in _WORD.findall(text) if word in words().months]
    numbers = _NUMBER.findall(text)
    years = [int(each) for each in numbers if len(each) == 4]
    days = [int(each) for each in numbers if len(each) <= 2]
    if len(months) != 1 or len(years) != 1 or len(days) != 1:
        return None
    return years[0], months[0], days[0]
