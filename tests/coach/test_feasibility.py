"""A goal is feasible with its warnings, or refused with the number that decides and what is possible instead."""

from __future__ import annotations

from datetime import timedelta

import pytest

from coach.feasibility import Feasible, Refused, assess, longest_run_needed_m
from coach.limits import GOALS, floor_step, level_of, weeks_needed
from coach.model import GoalKind, Level, Profile
from tests.builders import coach as build

TODAY = build.MONDAY


@pytest.mark.parametrize(
    ("current_km", "target_km", "weeks"),
    [
        (10, 20, 10),
        (15, 25, 7),
        (20, 32, 6),
        (25, 71.4, 15),
        (25, 80, 17),
        (40, 60, 6),
        (3, 5, 7),
        (5, 8, 6),
        (8, 18, 11),
        (10, 28, 14),
        (18, 30, 7),
        (30, 20, 0),
    ],
)
def test_growing_by_a_tenth_with_every_fourth_week_light_takes_so_many_weeks(
    current_km: float, target_km: float, weeks: int
) -> None:
    assert weeks_needed(current_km, target_km) == weeks


def test_growing_by_fifteen_per_cent_is_faster() -> None:
    assert [weeks_needed(a, b, growth=0.15) for a, b in [(10, 20), (25, 71.4), (40, 80)]] == [6, 10, 6]


@pytest.mark.parametrize(
    ("kind", "needed_m"), [(GoalKind.TEN_K, 4516), (GoalKind.HALF, 7464), (GoalKind.MARATHON, 10024)]
)
def test_the_longest_run_to_start_from_follows_from_the_shortest_plan(kind: GoalKind, needed_m: float) -> None:
    rules = GOALS[kind]

    assert longest_run_needed_m(rules, rules.min_weeks) == pytest.approx(needed_m, abs=1)
    assert longest_run_needed_m(rules, rules.min_weeks + 4) < needed_m


@pytest.mark.parametrize(
    ("metres", "planned"), [(4999, 4900), (5000, 5000), (5499, 5000), (19810, 19500), (3000, 3000)]
)
def test_planned_distances_are_floored_to_readable_steps(metres: float, planned: int) -> None:
    assert floor_step(metres) == planned


def refused(kind: GoalKind, *, weeks: int, **facts: object) -> Refused:
    verdict = assess(build.athlete(), build.profile(**facts), build.goal(kind, weeks=weeks), today=TODAY)
    assert isinstance(verdict, Refused)
    return verdict


@pytest.mark.parametrize(
    ("kind", "least"), [(GoalKind.FIVE_K, 6), (GoalKind.TEN_K, 8), (GoalKind.HALF, 12), (GoalKind.MARATHON, 16)]
)
def test_a_race_too_soon_is_refused_and_a_week_later_is_not(kind: GoalKind, least: int) -> None:
    verdict = refused(kind, weeks=least - 1)

    assert (verdict.binding.metric, verdict.binding.value) == ("weeks_to_race", least - 1)
    later = verdict.alternatives[0]
    assert later.kind == "later_date"
    assert later.goal.race_date == build.goal(kind, weeks=least).race_date
    assert isinstance(assess(build.athlete(), build.profile(), later.goal, today=TODAY), Feasible)


def test_a_marathon_in_four_weeks_offers_what_is_possible() -> None:
    verdict = refused(GoalKind.MARATHON, weeks=7)

    assert [a.kind for a in verdict.alternatives] == ["later_date", "shorter_distance", "base_plan"]
    assert verdict.alternatives[1].goal.kind is GoalKind.FIVE_K
    assert "7 weeks are left and a marathon needs at least 16" in verdict.text


def test_too_small_a_base_is_refused_whatever_the_date() -> None:
    verdict = refused(GoalKind.MARATHON, weeks=40, weekly_distances_m=(8000.0,) * 8)

    assert (verdict.binding.metric, verdict.binding.value) == ("weekly_distances_m", 8000)
    assert "later_date" not in {a.kind for a in verdict.alternatives}


def test_too_short_a_longest_run_is_refused_until_there_is_time_to_grow_it() -> None:
    verdict = refused(GoalKind.HALF, weeks=12, longest_run_30d_m=7000.0)

    assert verdict.binding.metric == "longest_run_30d_m"
    assert verdict.alternatives[0].kind == "later_date"


def test_volume_that_cannot_grow_in_time_is_refused_with_the_weeks_it_takes() -> None:
    verdict = refused(GoalKind.HALF, weeks=12, weekly_distances_m=(15000.0,) * 8, longest_run_30d_m=9000.0)

    assert verdict.binding.metric == "weekly_distances_m"
    assert verdict.binding.value == weeks_needed(15, 11 / 0.35, in_a_row=2)


def test_a_race_on_two_run_days_is_refused() -> None:
    verdict = assess(build.athlete(days_per_week=2), build.profile(), build.goal(), today=TODAY)

    assert isinstance(verdict, Refused)
    assert verdict.binding.metric == "days_per_week"


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"running_months": 11.97}, "You have 11.9 months of running behind you; a marathon asks for 12."),
        (
            {"weekly_distances_m": (24999.0,) * 8},
            "24.99 km in a usual week (median of four); a marathon plan starts from 25.00 km",
        ),
        (
            {"weekly_distances_m": (24900.0,) * 8},
            "24.9 km in a usual week (median of four); a marathon plan starts from 25 km",
        ),
        ({"longest_run_30d_m": 10000.0}, "is 10.00 km; for a marathon in 16 weeks it should be 10.02 km"),
    ],
)
def test_what_is_too_little_never_reads_as_enough(facts: dict[str, object], text: str) -> None:
    said = refused(GoalKind.MARATHON, weeks=16, **facts).binding.text

    assert text in said


def test_a_race_without_a_date_is_refused_with_the_first_date_that_works() -> None:
    verdict = assess(build.athlete(), build.profile(), build.goal(race_date=None), today=TODAY)

    assert isinstance(verdict, Refused)
    assert verdict.binding.metric == "race_date"
    assert verdict.alternatives[0].goal.race_date == TODAY + timedelta(days=7 * 12 - 1)


def test_general_fitness_is_feasible_for_everybody() -> None:
    stranger = Profile(athlete_id="me", as_of_date=TODAY)

    verdict = assess(build.athlete(days_per_week=1), stranger, build.goal(GoalKind.GENERAL), today=TODAY)

    assert isinstance(verdict, Feasible)


def labels(target_s: float | None) -> set[str]:
    verdict = assess(build.athlete(), build.profile(), build.goal(target_s=target_s), today=TODAY)
    assert isinstance(verdict, Feasible)
    return {label.metric for label in verdict.labels}


def test_a_target_beyond_the_predicted_range_is_labelled_and_one_within_is_not() -> None:
    assert "target_s" in labels(5400.0)
    assert "target_s" not in labels(6400.0)
    assert "target_s" not in labels(None)


def test_a_low_volume_marathon_is_feasible_but_called_under_prepared() -> None:
    profile = build.profile(weekly_distances_m=(32000.0,) * 8, longest_run_30d_m=11000.0)

    verdict = assess(build.athlete(), profile, build.goal(GoalKind.MARATHON, weeks=16), today=TODAY)

    assert isinstance(verdict, Feasible)
    label = next(one for one in verdict.labels if one.metric == "peak_long_run_m")
    assert label.value == verdict.peak_long_m
    assert "Under-prepared" in label.text
    assert "half marathon" in label.text.lower()


@pytest.mark.parametrize(
    ("months", "weekly_m", "races", "level"),
    [
        (None, 50000.0, 3, Level.BEGINNER),
        (5.9, 50000.0, 3, Level.BEGINNER),
        (60, 19000.0, 3, Level.BEGINNER),
        (6, 20000.0, 0, Level.INTERMEDIATE),
        (60, 60000.0, 0, Level.INTERMEDIATE),
        (24, 60000.0, 1, Level.ADVANCED),
    ],
)
def test_the_level_follows_months_volume_and_races(
    months: float | None, weekly_m: float, races: int, level: Level
) -> None:
    profile = build.profile(running_months=months, weekly_distances_m=(weekly_m,) * 8, races_18m=races)

    assert level_of(profile) is level
