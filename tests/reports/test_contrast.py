"""Text can be read against its ground in the light and in the dark (WCAG 2.2, 1.4.3: 4.5 to 1)."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

_CSS = files("reports").joinpath("templates/site/site.css").read_text(encoding="utf-8")
_SCHEMES = dict(zip(("light", "dark"), re.findall(r":root \{(.*?)\n\s*\}", _CSS, re.DOTALL), strict=True))
_TEXT = ("ink", "muted", "blue", "orange", "green", "amber", "red")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "card"])
@pytest.mark.parametrize("text", _TEXT)
def test_text_stands_out(scheme: str, ground: str, text: str) -> None:
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", _SCHEMES[scheme]))

    assert contrast(colours[text], colours[ground]) >= 4.5


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
