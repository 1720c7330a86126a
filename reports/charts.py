"""Charts as Vega-Lite specifications, each with the sentence it states; one drawing serves the site (SVG) and the mail (PNG).

Dates go in as ready labels, so no chart depends on the machine's time zone. Series differ in shape and carry their name at
the line's end, so no reading depends on colour. The colours are those of `templates/site.css`, which re-colours them in the dark.
"""

from __future__ import annotations

from dataclasses import dataclass

from reports import format as say
from reports.chart_render import draw_png, draw_svg
from reports.chart_spec import (
    BAND,
    BLUE,
    CONFIG,
    INK,
    MUTED,
    ORANGE,
    PALE_BLUE,
    PAPER,
    PLOT_WIDTH,
    Spec,
    end_labels,
    layer,
    layered,
    x_axis,
    y_axis,
)
from reports.facts import DayFigures, WeekFigures

_MIN_DAYS = 7
_MIN_WEEKS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawn chart: `name` is its short handle, `alt` the sentence it states."""

    name: str
    title: str
    alt: str
    svg: str

    def png(self) -> bytes:
        """The chart at twice its size, for mail."""
        return draw_png(self.svg)


def weekly_distance(weeks: tuple[WeekFigures, ...]) -> Chart | None:
    """Kilometres a week against the plan and the mean of the four weeks before."""
    if sum(week.distance_m is not None for week in weeks) < _MIN_WEEKS:
        return None
    values = [
        {
            "label": say.day_month(week.week_start_date),
            "done": _km(week.distance_m),
            "planned": _km(week.planned_distance_m),
            "mean": _km(week.distance_4w_mean_m),
            "open": not week.is_closed or week.unknown_run_days > 0,
        }
        for week in weeks
    ]
    # A week that has only begun, and of which nothing has arrived, is no news.
    last = next(week for week in reversed(weeks) if week.is_closed or week.distance_m is not None)
    spec = layered(
        values,
        height=150,
        x=x_axis(values, every=4),
        layers=[
            layer(
                {"type": "bar", "width": {"band": 0.62}, "cornerRadiusEnd": 2},
                y_axis("done"),
                color={"condition": {"test": "datum.open", "value": PALE_BLUE}, "value": BLUE},
            ),
            layer({"type": "tick", "thickness": 2, "width": 15, "color": ORANGE}, y_axis("planned")),
            layer({"type": "line", "color": INK, "strokeWidth": 1.5, "strokeDash": [4, 3]}, y_axis("mean")),
            *end_labels(values, (("mean", "4-week mean", INK), ("planned", "planned", ORANGE))),
        ],
    )
    planned = f" of {say.km(last.planned_distance_m)} planned" if last.planned_distance_m is not None else ""
    mean = f"; the four weeks before averaged {say.km(last.distance_4w_mean_m)}" if last.distance_4w_mean_m else ""
    week = f"{'the week' if last.is_closed else 'the week so far'} of {say.day_month(last.week_start_date)}"
    if last.distance_m is None:
        done = f"nothing is known of {week}"
    elif last.unknown_run_days:
        done = f"what is known of {week}: {say.km(last.distance_m)}{planned}"
    else:
        done = f"{week}: {say.km(last.distance_m)}{planned}"
    return _chart("weekly-distance", "Kilometres a week", f"{say.sentence(done)}{mean}.", spec)


def fitness(days: tuple[DayFigures, ...]) -> Chart | None:
    """Fitness, fatigue and form over the last months."""
    known = [day for day in days if day.fitness_ctl is not None and day.fatigue_atl is not None]
    if len(known) < _MIN_DAYS:
        return None
    values = [
        {
            "label": say.day_month(day.local_date),
            "fitness": day.fitness_ctl,
            "fatigue": day.fatigue_atl,
            "form": day.form_tsb_morning,
        }
        for day in known
    ]
    # A morning's form is what the evening before left: the day's own training is still to come.
    evening, morning = known[-2:]
    spec = layered(
        values,
        height=170,
        x=x_axis(values, every=28),
        layers=[
            layer({"type": "area", "color": BAND, "line": {"color": MUTED, "strokeWidth": 1}}, y_axis("form")),
            layer({"type": "line", "color": ORANGE, "strokeWidth": 1.5, "strokeDash": [5, 3]}, y_axis("fatigue")),
            layer({"type": "line", "color": BLUE, "strokeWidth": 2.5}, y_axis("fitness")),
            *end_labels(
                values, (("fitness", "Fitness", BLUE), ("fatigue", "Fatigue", ORANGE), ("form", "Form", MUTED))
            ),
        ],
    )
    return _chart(
        "fitness",
        "Fitness, fatigue and form",
        f"Fitness {say.number(evening.fitness_ctl, digits=1)} less fatigue {say.number(evening.fatigue_atl, digits=1)} is "
        f"form {say.number(morning.form_tsb_morning, digits=1)} on the morning of {say.day_month(morning.local_date)}.",
        spec,
    )


def recovery_and_load(days: tuple[DayFigures, ...]) -> Chart | None:
    """Recovery above, training load below, day by day: two panels, because they share no scale."""
    known = [day for day in days if day.recovery_score_pct is not None]
    if len(known) < _MIN_DAYS:
        return None
    values = [
        {"label": say.day_month(day.local_date), "recovery": day.recovery_score_pct, "load": day.training_load}
        for day in days
    ]
    x = x_axis(values, every=7)
    hidden = {**x, "axis": None}
    recovery = {
        "width": PLOT_WIDTH,
        "height": 90,
        "layer": [
            layer({"type": "line", "color": BLUE, "strokeWidth": 1}, y_axis("recovery", (0, 100)), x=hidden),
            layer(
                {"type": "point", "filled": True, "size": 34, "color": BLUE, "opacity": 1}, y_axis("recovery"), x=hidden
            ),
            *end_labels(values, (("recovery", "Recovery, %", BLUE),)),
        ],
    }
    load = {
        "width": PLOT_WIDTH,
        "height": 70,
        "layer": [
            layer({"type": "bar", "width": {"band": 0.6}, "color": ORANGE}, y_axis("load"), x=x),
            *end_labels(values, (("load", "Load", ORANGE),)),
        ],
    }
    mean = sum(day.recovery_score_pct or 0.0 for day in known) / len(known)
    return _chart(
        "recovery-load",
        "Recovery and load",
        f"Over {len(days)} days recovery averaged {say.number(mean)} % on {say.count(len(known), 'night')}"
        f"; the newest is {say.number(known[-1].recovery_score_pct)} %, from {say.day_month(known[-1].local_date)}.",
        {"data": {"values": values}, "vconcat": [recovery, load], "spacing": 14},
    )


def hrv(days: tuple[DayFigures, ...]) -> Chart | None:
    """Nightly heart-rate variability, its seven-day mean and the athlete's normal range."""
    known = [day for day in days if day.hrv_ms is not None]
    if len(known) < _MIN_DAYS:
        return None
    values = [
        {
            "label": say.day_month(day.local_date),
            "night": day.hrv_ms,
            "mean": day.hrv_7d_mean_ms,
            "low": day.hrv_low_ms,
            "high": day.hrv_high_ms,
        }
        for day in days
    ]
    band = y_axis("low", zero=False)
    spec = layered(
        values,
        height=150,
        x=x_axis(values, every=28 if len(values) > 60 else 7),
        layers=[
            {"mark": {"type": "area", "color": BAND}, "encoding": {"y": band, "y2": {"field": "high"}}},
            layer(
                {"type": "point", "filled": True, "size": 16, "color": PALE_BLUE, "opacity": 1},
                y_axis("night", zero=False),
            ),
            layer({"type": "line", "color": BLUE, "strokeWidth": 2.5}, y_axis("mean", zero=False)),
            *end_labels(values, (("mean", "7-day mean", BLUE), ("high", "your normal", MUTED))),
        ],
    )
    return _chart("hrv", "Heart-rate variability, ms", _hrv_sentence(days), spec)


def _hrv_sentence(days: tuple[DayFigures, ...]) -> str:
    last = next((day for day in reversed(days) if day.hrv_7d_mean_ms is not None), None)
    if last is None or last.hrv_7d_mean_ms is None or last.hrv_low_ms is None or last.hrv_high_ms is None:
        return "Too few nights for a seven-day mean or a normal range."
    place = (
        "below"
        if last.hrv_7d_mean_ms < last.hrv_low_ms
        else "above"
        if last.hrv_7d_mean_ms > last.hrv_high_ms
        else "within"
    )
    return (
        f"The seven-day mean of {say.day_month(last.local_date)} is {say.number(last.hrv_7d_mean_ms, 'ms')}, {place} "
        f"your normal of {say.number(last.hrv_low_ms)} to {say.number(last.hrv_high_ms, 'ms')}."
    )


def _chart(name: str, title: str, alt: str, spec: Spec) -> Chart:
    return Chart(name=name, title=title, alt=alt, svg=draw_svg(name, {**spec, "background": PAPER, "config": CONFIG}))


def _km(distance_m: float | None) -> float | None:
    return None if distance_m is None else distance_m / 1000
