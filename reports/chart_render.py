"""Vega-Lite to SVG and PNG with what the wheel brings along: its own fonts, no browser, no network."""

from __future__ import annotations

import re
from typing import Any

_SCALE = 2.0  # mail shows the picture at half its size, sharp on dense screens
_VEGA_LITE = "5.21"
_FLOAT = re.compile(r"-?\d+\.\d{3,}")


def draw_svg(spec: dict[str, Any]) -> str:
    """One SVG; the first of a process takes half a second, further ones a twentieth."""
    # A report that draws nothing must not pay for loading a chart engine.
    import vl_convert  # lazily, see above

    drawn = vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE, allowed_base_urls=[])
    return _FLOAT.sub(lambda match: f"{float(match[0]):.2f}", str(drawn))


def draw_png(svg: str) -> bytes:
    import vl_convert  # lazily, as above

    return bytes(vl_convert.svg_to_png(svg, scale=_SCALE))
