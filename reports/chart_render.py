"""Vega-Lite to SVG and PNG with what the wheel brings along: its own fonts, no browser, no network."""

from __future__ import annotations

import re
from typing import Any

_SCALE = 2.0  # mail shows the picture at half its size, sharp on dense screens
_VEGA_LITE = "5.21"
_CLIP = re.compile(r"\bclip\d+")
_FLOAT = re.compile(r"-?\d+\.\d{3,}")


def draw_svg(name: str, spec: dict[str, Any]) -> str:
    """One SVG; the first of a process takes half a second, further ones a twentieth."""
    # A report that draws nothing must not pay for loading a chart engine.
    import vl_convert  # lazily, see above

    drawn = str(vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE, allowed_base_urls=[]))
    return _renumber_clips(name, _FLOAT.sub(lambda match: f"{float(match[0]):.2f}", drawn))


def _renumber_clips(name: str, drawn: str) -> str:
    """The engine counts its clip paths over the life of the process; a chart must not depend on those drawn before it."""
    places: dict[str, int] = {}
    return _CLIP.sub(lambda match: f"{name}-clip{places.setdefault(match[0], len(places))}", drawn)


def draw_png(svg: str) -> bytes:
    import vl_convert  # lazily, as above

    return bytes(vl_convert.svg_to_png(svg, scale=_SCALE))
