"""The parts every chart's specification is put together from: panels, axes, names at the ends of lines, one look."""

from __future__ import annotations

from typing import Any

Spec = dict[str, Any]

INK = "#1f2a30"
MUTED = "#66727a"
GRID = "#dcd8cd"
PAPER = "#f4f1ea"
BLUE = "#0b6587"
PALE_BLUE = "#9cc3d1"
ORANGE = "#c4610a"
BAND = "#cfdfe2"

PLOT_WIDTH = 310
_LABEL_GAP = 14
_CROWDED_SHARE = 0.1  # of the highest value: nearer than this, two names would overlap

CONFIG: Spec = {
    "font": "Liberation Sans",
    "padding": {"left": 8, "top": 10, "right": 16, "bottom": 8},
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 13, "titleFontSize": 13, "titleFontWeight": "normal", "labelColor": MUTED, "titleColor": MUTED,
        "gridColor": GRID, "domainColor": GRID, "labelPadding": 6, "titlePadding": 8,
    },
    "axisX": {"grid": False},
}  # fmt: skip


def layered(values: list[dict[str, Any]], *, height: int, x: Spec, layers: list[Spec]) -> Spec:
    return {
        "data": {"values": values},
        "width": PLOT_WIDTH,
        "height": height,
        "encoding": {"x": x},
        "layer": layers,
    }


def layer(mark: Spec, y: Spec, *, x: Spec | None = None, color: Spec | None = None) -> Spec:
    encoding: Spec = {"y": y}
    if x is not None:
        encoding["x"] = x
    if color is not None:
        encoding["color"] = color
    return {"mark": mark, "encoding": encoding}


def x_axis(values: list[dict[str, Any]], *, every: int) -> Spec:
    """A band per label in the given order, with the newest and every so many before it written out."""
    labels = [value["label"] for value in values]
    shown = labels[::-1][::every][::-1]
    return {
        "field": "label",
        "type": "ordinal",
        "sort": None,
        "axis": {"title": None, "grid": False, "values": shown, "labelAngle": 0, "labelOverlap": True, "ticks": False},
    }


def y_axis(field: str, domain: tuple[int, int] | None = None, *, zero: bool = True) -> Spec:
    scale: Spec = {"zero": zero, "nice": True}
    if domain is not None:
        scale["domain"] = list(domain)
    return {
        "field": field,
        "type": "quantitative",
        "scale": scale,
        "axis": {"title": None, "tickCount": 4, "ticks": False, "domain": False},
    }


def end_labels(values: list[dict[str, Any]], series: tuple[tuple[str, str, str], ...]) -> list[Spec]:
    """Each series (field, name, colour) named at its last point, pushed apart where two would overlap."""
    known = [(name, colour, _last(values, field)) for field, name, colour in series if _has(values, field)]
    ends = sorted(known, key=lambda end: end[2], reverse=True)
    highest = max((abs(value) for _, _, value in ends), default=1.0)
    labels = []
    above: float | None = None
    for name, colour, value in ends:
        is_crowded = above is not None and above - value < highest * _CROWDED_SHARE
        mark = {"type": "text", "align": "left", "dx": 14, "dy": _LABEL_GAP if is_crowded else 0, "color": colour}
        labels.append(
            {
                "data": {"values": [{"label": values[-1]["label"], "end": value}]},
                "mark": {**mark, "fontSize": 13, "fontWeight": "bold", "text": name},
                "encoding": {
                    "x": {"field": "label", "type": "ordinal", "sort": None},
                    "y": {"field": "end", "type": "quantitative"},
                },
            }
        )
        above = value
    return labels


def _has(values: list[dict[str, Any]], field: str) -> bool:
    return any(value[field] is not None for value in values)


def _last(values: list[dict[str, Any]], field: str) -> float:
    return next(float(value[field]) for value in reversed(values) if value[field] is not None)
