"""What illness, injury, travel and check-ins mean for a day, from the first to the last easy one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.health import Health, feelings, health_on
from coach.logbook import Checkin, Entry, Illness, Injury, Note, Severity, Travel
from tests.coach.test_logbook import TODAY, entry

COLD = Illness(severity=Severity.MILD, is_below_neck=False)
FEVER = Illness(severity=Severity.SEVERE, is_below_neck=True)
SECRET = "a word that nobody else may read"


def days(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def test_nothing_said_means_nothing() -> None:
    assert health_on((), TODAY) == Health()
    assert health_on((entry(Note(text=SECRET)),), TODAY) == Health()


@pytest.mark.parametrize(
    ("said", "is_ill", "is_mild"),
    [
        (COLD, False, True),
        (FEVER, True, False),
        (Illness(), True, False),
        (Illness(severity=Severity.MILD), True, False),
        (Illness(severity=Severity.MILD, is_below_neck=True), True, False),
        (Illness(severity=Severity.MODERATE, is_below_neck=False), True, False),
    ],
)
def test_only_a_mild_illness_known_to_be_above_the_neck_leaves_easy_running(
    said: Illness, *, is_ill: bool, is_mild: bool
) -> None:
    health = health_on((entry(said, begin_date=days(-1), end_date=None),), TODAY)

    assert (health.is_ill, health.is_mildly_ill) == (is_ill, is_mild)
    assert health.said[0].text == "You said you have been ill since Tuesday 19 May."


def test_illness_said_on_its_first_day() -> None:
    assert health_on((entry(FEVER, end_date=None),), TODAY).said[0].text == "You said you are ill."


def test_after_fever_come_a_day_without_symptoms_and_as_many_easy_days_as_ill_ones() -> None:
    """Three days ill up to Sunday 17 May: Monday is off, then easy until Thursday."""
    was_ill = (entry(FEVER, begin_date=days(-5), end_date=days(-3)),)

    assert [health_on(was_ill, days(n)).is_ill for n in (-6, -5, -3, -2, -1)] == [False, True, True, True, False]
    assert health_on(was_ill, days(-2)).headline == "One more day without running"
    assert health_on(was_ill, days(-1)).easy_until == days(1)
    assert health_on(was_ill, days(1)).easy_until == days(1)
    assert health_on(was_ill, days(2)) == Health()
    assert health_on(was_ill, TODAY).said[0].text == (
        "You were ill for three days, until Sunday 17 May: easy until Thursday 21 May."
    )


def test_one_day_of_fever_is_followed_by_two_easy_days() -> None:
    was_ill = (entry(FEVER, begin_date=days(-3), end_date=days(-3)),)

    assert health_on(was_ill, TODAY).easy_until == TODAY


def test_after_a_cold_nothing_follows() -> None:
    assert health_on((entry(COLD, begin_date=days(-4), end_date=days(-1)),), TODAY) == Health()


def test_injury_stops_running_until_the_athlete_says_cleared() -> None:
    hurt = entry(Injury(severity=Severity.MILD, body_part=SECRET), begin_date=days(-20), end_date=None)
    health = health_on((hurt,), TODAY)

    assert health.is_injured
    assert health.headline == "No running until you are cleared"
    assert health.flags == ("When you are cleared to run, say so: pacewright log injury --over.",)


def test_the_first_days_after_an_injury_are_easy_a_week_at_most() -> None:
    hurt = (entry(Injury(), begin_date=days(-30), end_date=days(-1)),)

    assert not health_on(hurt, TODAY).is_injured
    assert health_on(hurt, TODAY).easy_until == days(6)
    assert health_on(hurt, days(7)) == Health()


def test_what_was_taken_back_means_nothing() -> None:
    said: tuple[Entry, ...] = tuple(
        entry(each, end_date=None, is_withdrawn=True) for each in (FEVER, Injury(), Travel(), Checkin(fatigue=1))
    )

    assert health_on(said, TODAY) == Health()


def test_travel_is_told_and_changes_nothing() -> None:
    health = health_on((entry(Travel(place=SECRET), end_date=days(4)),), TODAY)

    assert health.flags == ("You said you are travelling, until Sunday 24 May.",)
    assert (health.is_ill, health.is_injured, health.easy_until) == (False, False, None)


def test_a_check_in_counts_the_answers_that_were_given_on_its_own_day() -> None:
    said = (
        entry(Checkin(fatigue=1, sleep=4)),
        entry(Checkin(mood=5), begin_date=days(-1), end_date=days(-1)),
        entry(Checkin(text="no answer"), begin_date=days(-2), end_date=days(-2)),
    )

    assert feelings(said) == {TODAY: 37.5, days(-1): 100.0}
    assert health_on(said, TODAY).feeling_pct == 37.5
    assert health_on(said, days(-2)).feeling_pct is None


@given(offset=st.integers(-40, 40), length=st.integers(0, 30) | st.none())
def test_free_text_and_names_are_in_nothing_that_the_coach_is_told(offset: int, length: int | None) -> None:
    end = None if length is None else TODAY + timedelta(days=length)
    said = (
        entry(Illness(text=SECRET), end_date=end),
        entry(Injury(text=SECRET, body_part=SECRET), end_date=end),
        entry(Travel(place=SECRET), end_date=end),
        entry(Checkin(fatigue=1, text=SECRET)),
        entry(Note(text=SECRET)),
    )

    assert SECRET not in repr(health_on(said, days(offset)))
