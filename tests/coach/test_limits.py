"""The numbers of the training rules as the reference gives them, so that none of them moves unnoticed."""

from __future__ import annotations

import pytest

from coach import limits
from coach.limits import GOALS, GoalRules
from coach.model import GoalKind, Level
from tests.builders import coach as build

# Weeks: least, base, build, peak; taper shares; long runs in km: ideal, least, most, and the one that the base must grow
# to; base in km a week and in months; how much longer than expected a race may take before it is called unrealistic.
TABLE = {
    GoalKind.FIVE_K: ((6, 2, 2, 1), (0.60,), (4, 3, 16, 0), (0, 0), 1.3),
    GoalKind.TEN_K: ((8, 2, 3, 2), (0.60,), (8, 6, 18, 8), (12, 1.4), 1.3),
    GoalKind.HALF: ((12, 3, 4, 3), (0.65, 0.40), (16, 11, 22, 16), (15, 3), 1.3),
    GoalKind.MARATHON: ((16, 4, 5, 4), (0.80, 0.60, 0.40), (28, 20, 32, 26), (25, 12), 2.0),
}


@pytest.mark.parametrize("kind", TABLE)
def test_each_race_asks_for_what_the_reference_says(kind: GoalKind) -> None:
    def row(rules: GoalRules) -> tuple[object, ...]:
        weeks = (rules.min_weeks, rules.base_weeks, rules.build_weeks, rules.peak_weeks)
        long_m = (rules.long_ideal_m, rules.long_floor_m, rules.long_ceiling_m, rules.base_long_target_m)
        base = (rules.base_weekly_m / 1000, rules.base_months)
        return weeks, rules.taper, tuple(m / 1000 for m in long_m), base, rules.race_ratio_warn

    assert row(GOALS[kind]) == TABLE[kind]
    assert sum(TABLE[kind][0][1:]) + len(TABLE[kind][1]) == TABLE[kind][0][0], "the phases fill the shortest plan"


def test_the_steps_of_volume_and_single_runs_are_the_references() -> None:
    assert (limits.WEEKLY_GROWTH, limits.CUTBACK_OF_LOADED, limits.CUTBACK_LOADED_MAX) == (0.10, 0.76, 0.80)
    assert (limits.SPIKE_RATIO, limits.SPIKE_WINDOW_DAYS, limits.RECORD_EVERY_DAYS) == (1.10, 30, 7)
    assert (limits.LONG_SHARE_MAX, limits.LONG_SHARE_WANTED) == (0.35, 0.30)
    minutes = (limits.LONG_TIME_MAX_S, limits.LONG_TIME_MAX_RUN_WALK_S, limits.GENERAL_LONG_TIME_MAX_S)
    assert [s / 60 for s in minutes] == [150, 180, 75]
    assert limits.RETURN_SHARES == ((22, 0.50), (10, 0.70), (6, 0.80))
    assert (limits.RUN_MIN_S / 60, limits.RUN_WALK_MIN_S / 60, limits.KEPT_SHARE_MIN) == (20, 15, 0.60)
    assert (limits.FIRST_RUN_M, limits.FIRST_WEEK_RUNS, limits.FIRST_RUN_OF_LONGEST_90D) == (3000, 3, 0.5)
    assert (limits.HARD_GAP_DAYS, limits.HARD_GAP_DAYS_MASTERS, limits.MASTERS_AGE) == (2, 3, 50)
    assert (limits.NEW_RUNNER_DAYS, limits.SPECIFIC_WEEKS_MAX, limits.GENERAL_PLAN_WEEKS) == (42, 24, 12)


@pytest.mark.parametrize(
    ("birth_year", "is_masters"), [(build.MONDAY.year - 50, True), (build.MONDAY.year - 49, False), (None, False)]
)
def test_masters_are_fifty_in_the_year(birth_year: int | None, *, is_masters: bool) -> None:
    assert limits.is_masters(build.athlete(birth_year=birth_year), build.MONDAY) is is_masters


def test_who_is_new_or_older_cuts_back_sooner() -> None:
    found = {(level, old): limits.loaded_in_a_row(level, masters=old) for level in Level for old in (False, True)}

    assert {key for key, weeks in found.items() if weeks == 3} == {(Level.INTERMEDIATE, False), (Level.ADVANCED, False)}
    assert {weeks for key, weeks in found.items() if weeks != 3} == {2}


@pytest.mark.parametrize(
    ("weeks", "in_a_row", "loaded"), [(4, 3, 3), (8, 3, 6), (3, 3, 3), (7, 3, 6), (6, 2, 4), (5, 2, 4)]
)
def test_every_block_of_loaded_weeks_is_followed_by_a_cutback(weeks: int, in_a_row: int, loaded: int) -> None:
    assert limits.growth_steps(weeks, in_a_row=in_a_row) == loaded


@pytest.mark.parametrize(
    ("metres", "longer", "shorter"),
    [(4900, 5000, 4800), (5000, 5500, 4900), (5500, 6000, 5000), (100, 200, 0), (0, 100, 0)],
)
def test_planned_distances_go_in_steps_that_people_read(metres: int, longer: int, shorter: int) -> None:
    assert (limits.next_step(metres), limits.previous_step(metres)) == (longer, shorter)
    assert limits.floor_step(metres + 99) == metres if metres < 5000 else limits.floor_step(metres + 499) == metres
