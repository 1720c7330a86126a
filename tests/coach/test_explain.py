"""The coach's words: every number comes from the facts, unknowns are said, and the same day reads the same."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from coach.adjust import adjust_day
from coach.easing import to_rest
from coach.explain import Brief, DayDone, WeekSoFar, brief, change_text
from coach.explain_week import WeekDone, WeekWords, insufficient, weekly
from coach.health import health_on
from coach.logbook import Checkin, Entry, Illness, Injury, Severity
from coach.model import Adjustment, Call, Plan, Readiness, ReadinessState, WorkoutType
from coach.readiness import assess
from tests.builders.plans import MONDAY, day, done, half_plan, plan, race, run, session, with_day
from tests.coach.test_adjust import FRIDAY, SUNDAY, TUESDAY, WEDNESDAY, on
from tests.coach.test_logbook import entry
from tests.coach.test_readiness import night

CHEERS = re.compile(
    r"!|great|awesome|crush|amazing|keep it up|well done|you got this|listen to your body", re.IGNORECASE
)


def morning(today: date, before: Plan | None = None, *, ill: bool = False, **known: object) -> Brief:
    """The brief after a night with these facts."""
    before = before or plan()
    readiness = assess(night(local_date=today, is_ill=ill, **known))
    call, changes = adjust_day(before, readiness=readiness, today=today, facts=on(today, is_ill=ill))
    return brief(
        day=today,
        plan=before,
        readiness=readiness,
        call=call,
        adjustments=changes,
        yesterday=DayDone(distance_m=9100, moving_s=3120, run_type="easy", compliance="green"),
        week=WeekSoFar(done_m=9100, done_runs=1, to_go_m=32900, to_go_runs=3),
        recovery_source="WHOOP",
    )


def test_night_that_has_not_synced_is_said_and_the_plan_stands() -> None:
    words = morning(TUESDAY, has_recovery=False)

    assert words.why.startswith("WHOOP has not synced last night yet; the plan stands as written.")
    assert words.headline == "3 × 5 min"


@pytest.mark.parametrize(
    ("newest", "said"),
    [
        (TUESDAY - timedelta(days=1), "last night yet"),
        (TUESDAY - timedelta(days=2), "since Sunday 8 March"),
        (None, "last night yet"),
    ],
)
def test_nights_that_have_not_come_for_days_are_told_with_their_last(newest: date | None, said: str) -> None:
    readiness = assess(night(local_date=TUESDAY, has_recovery=False))
    words = brief(
        day=TUESDAY,
        plan=plan(),
        readiness=readiness,
        call=Call.GO,
        adjustments=(),
        recovery_source="WHOOP",
        newest_night=newest,
    )

    assert words.why.startswith(f"WHOOP has not synced {said};")


def test_a_plan_that_changes_does_not_stand_as_written() -> None:
    before = plan()
    today = before.on(TUESDAY)
    assert today is not None
    changed = Adjustment(before=today, after=to_rest(today), rule_id="break", because=())
    words = brief(
        day=TUESDAY,
        plan=before,
        readiness=assess(night(local_date=TUESDAY, has_recovery=False)),
        call=Call.REST,
        adjustments=(changed,),
    )

    assert "stands as written" not in words.why


def test_red_morning_names_score_swap_and_reason() -> None:
    words = morning(TUESDAY, recovery_score_pct=28.0)

    assert words.headline == "Easy run 7.5 km instead of 3 × 5 min"
    assert "Recovery is 28 %" in words.why
    assert "Hard running would cost more than it gives today" in words.why
    assert words.today_line.startswith("Easy run 7.5 km · about 43 min · 5:23–6:03/km · effort 3 of 10")


def test_low_hrv_is_told_with_its_own_normal() -> None:
    words = morning(WEDNESDAY, recovery_score_pct=60.0, ln_hrv_7d_mean=4.03)

    assert "HRV 56 ms over seven days, your normal is 57–63 ms" in words.why


def test_eased_long_run_no_longer_claims_the_old_numbers() -> None:
    words = morning(SUNDAY, recovery_score_pct=20.0)

    assert "cut from 13.5 km to 10 km" in words.why
    assert words.easier_option == "Stop at 7.5 km if the second half becomes a struggle."


@pytest.mark.parametrize("today", [TUESDAY, WEDNESDAY, FRIDAY, SUNDAY, day(2, 3)])
@pytest.mark.parametrize("score", [20.0, 50.0, 80.0, None])
@pytest.mark.parametrize("ill", [False, True])
def test_brief_is_short_calm_and_complete(today: date, score: float | None, *, ill: bool) -> None:
    words = morning(today, ill=ill, recovery_score_pct=score, has_recovery=score is not None)
    lines = (words.headline, words.why, words.today_line, words.yesterday_line, words.week_line, words.easier_option)

    assert all(lines)
    assert not CHEERS.search(" ".join(lines))
    assert "None" not in " ".join(lines)
    assert 1 <= len(re.findall(r"[.](?:\s|$)", words.why)) <= 7
    assert len(words.headline) <= 70


def told(today: date, *said: Entry, before: Plan | None = None, **known: object) -> Brief:
    """The brief of a morning with what the logbook says."""
    before, health = before or plan(), health_on(said, today)
    readiness = assess(
        night(
            local_date=today,
            is_ill=health.is_ill or health.is_mildly_ill,
            ill_since=health.ill_since,
            feeling_pct=health.feeling_pct,
            **known,
        )
    )
    facts = on(
        today, is_ill=health.is_ill, is_injured=health.is_injured, easy_until=health.easy_until, said=health.said
    )
    call, changes = adjust_day(before, readiness=readiness, today=today, facts=facts)
    return brief(
        day=today,
        plan=before,
        readiness=readiness,
        call=call,
        adjustments=changes,
        recovery_source="WHOOP",
        health=health,
    )


def ill(said: Illness, since: date, until: date | None = None) -> Entry:
    return entry(said, begin_date=since, end_date=until)


@pytest.mark.parametrize("today", [TUESDAY, WEDNESDAY, FRIDAY, SUNDAY, day(2, 3)])
@pytest.mark.parametrize("has_recovery", [True, False])
def test_illness_comes_first_in_the_brief_and_no_run_is_left(today: date, *, has_recovery: bool) -> None:
    words = told(today, ill(Illness(), day(2, 0)), has_recovery=has_recovery)

    assert words.headline == "No running while you are ill"
    assert words.call is Call.REST
    assert words.why.startswith("You said you have been ill since Monday 9 March. ")
    assert words.why.count("ill since") == 1
    assert "stands as written" not in words.why
    assert words.today_line == "Rest."
    assert "pacewright log illness --over" in words.flags[0]


def test_a_cold_leaves_an_easy_run_and_says_why() -> None:
    words = told(TUESDAY, ill(Illness(severity=Severity.MILD, is_below_neck=False), day(2, 0)), recovery_score_pct=90.0)

    assert words.headline == "Easy run 7.5 km instead of 3 × 5 min"
    assert words.why.startswith("You said you have been ill since Monday 9 March. ")


def test_the_way_back_is_told_with_its_end() -> None:
    words = told(TUESDAY, ill(Illness(), day(1, 5), day(1, 6)), recovery_score_pct=90.0)

    assert words.headline == "Easy run 7.5 km instead of 3 × 5 min"
    assert words.why.startswith("You were ill for two days, until Sunday 8 March: easy until Wednesday 11 March. ")


def test_an_injury_is_told_and_ends_only_on_the_athletes_word() -> None:
    words = told(TUESDAY, entry(Injury(), begin_date=day(1, 0), end_date=None), recovery_score_pct=90.0)

    assert words.headline == "No running until you are cleared"
    assert "The run is off until you are cleared; then easy first." in words.why


def test_a_race_while_ill_is_advised_against() -> None:
    words = told(SUNDAY, ill(Illness(), FRIDAY), before=with_day(plan(), race(SUNDAY, 10000)))

    assert words.headline == "No running while you are ill"
    assert "the coach's word is not to start" in words.why


def test_a_bad_check_in_is_named_as_the_reason() -> None:
    felt = entry(Checkin(fatigue=1, mood=2), begin_date=TUESDAY, end_date=TUESDAY)
    words = told(TUESDAY, felt, has_recovery=False)

    assert words.why.startswith("You rate yourself 1.5 of 5 (your check-in). So the session keeps its shape")


def test_same_facts_same_words() -> None:
    assert morning(TUESDAY) == morning(TUESDAY)


def test_words_vary_from_day_to_day() -> None:
    tuesdays = [day(week, 1) for week in (1, 2, 3)]

    assert len({morning(d).headline.replace("3 × 5 min", "") for d in tuesdays}) > 1


def test_every_number_of_the_why_exists_in_the_facts() -> None:
    """Distances, scores and heart rates are quoted, never made up."""
    words = morning(TUESDAY, recovery_score_pct=50.0)
    numbers = set(re.findall(r"\d+(?:\.\d+)?", words.why))

    weeks = plan().weeks
    week = next(w for w in weeks if any(one.workout_date == TUESDAY for one in w.workouts))
    place = {str(week.week_number), str(len(weeks))}
    assert numbers <= {"50", "59", "2", "3", "5"} | place


def test_yesterday_is_unknown_missing_rest_or_done() -> None:
    readiness = Readiness(day=WEDNESDAY, state=ReadinessState.NEUTRAL, score=None)

    def yesterday(today: date, **known: object) -> str:
        words = brief(
            day=today,
            plan=plan(),
            readiness=readiness,
            call=morning(today).call,
            adjustments=(),
            **known,  # type: ignore[arg-type]  # tests set fields by name
        )
        return words.yesterday_line

    ran = DayDone(distance_m=9100, moving_s=3120, run_type="tempo", compliance="yellow")
    assert yesterday(WEDNESDAY, is_yesterday_known=False) == "Yesterday's recordings have not arrived yet."
    assert yesterday(WEDNESDAY) == "No run arrived for yesterday's 3 × 5 min."
    assert yesterday(TUESDAY) == "Yesterday was a day without running."
    assert yesterday(WEDNESDAY, yesterday=ran) == "You ran 9.1 km at tempo in 52 min (5:43/km), close to the plan."
    kept = replace(ran, compliance="green", detail="2 of 3 reps on target")
    assert yesterday(WEDNESDAY, yesterday=kept).endswith(", as planned: 2 of 3 reps on target.")
    assert yesterday(TUESDAY, yesterday=ran).endswith("outside the plan.")


def test_monday_does_not_say_behind() -> None:
    words = brief(
        day=day(2, 0),
        plan=plan(),
        readiness=Readiness(day=day(2, 0), state=ReadinessState.NEUTRAL, score=None),
        call=morning(day(2, 0)).call,
        adjustments=(),
        week=WeekSoFar(done_m=0, done_runs=0, to_go_m=42000, to_go_runs=4),
    )

    assert words.week_line == "This week holds 42 km in four runs; the long run is on Sunday."


def test_race_day_and_the_days_before_are_named() -> None:
    race_date = MONDAY + timedelta(days=83)
    readiness = Readiness(day=race_date, state=ReadinessState.RED, score=20.0, rule="recovery 20 % is below 34 %")
    call, changes = adjust_day(half_plan(), readiness=readiness, today=race_date, facts=on(race_date))
    words = brief(day=race_date, plan=half_plan(), readiness=readiness, call=call, adjustments=changes)
    before = brief(day=race_date - timedelta(days=4), plan=half_plan(), readiness=readiness, call=call, adjustments=())

    assert words.headline == "Race day: half marathon"
    assert "Four days to the race." in before.flags


def test_without_a_plan_the_brief_still_stands() -> None:
    readiness = assess(night())
    words = brief(day=TUESDAY, plan=None, readiness=readiness, call=morning(day(2, 3)).call, adjustments=())

    assert (words.headline, words.today_line) == ("Nothing is planned today", "No session is planned.")


def test_change_names_day_before_after_and_cause() -> None:
    readiness = assess(night(local_date=TUESDAY, recovery_score_pct=28.0))
    _, (change,) = adjust_day(plan(), readiness=readiness, today=TUESDAY, facts=on(TUESDAY))

    assert change_text(change) == "Tuesday 10 March: 3 × 5 min → Easy run 7.5 km. Recovery 28 % is below 34 %."


def test_moved_session_says_from_and_to() -> None:
    monday = day(2, 0)
    readiness = assess(night(local_date=monday, recovery_score_pct=20.0))
    known = on(monday, reds=(monday - timedelta(days=1),))
    _, changes = adjust_day(plan(), readiness=readiness, today=monday, facts=known)
    moved = next(c for c in changes if c.before.workout_type is WorkoutType.TEMPO)

    assert change_text(moved).startswith("3 × 5 min moves from Tuesday to Wednesday 11 March.")


FULL = {"done_runs": 4, "planned_m": 42000.0, "planned_runs": 4}


@pytest.mark.parametrize(
    ("week", "verdict"),
    [
        (WeekDone(done_m=41000, completed=4, **FULL), "41 km: the week went as planned"),  # type: ignore[arg-type]  # fields by name
        (WeekDone(done_m=30000, completed=3, missed=1, **FULL), "30 km of 42 km: most of the week is in"),  # type: ignore[arg-type]  # fields by name
        (WeekDone(done_m=18000, completed=2, missed=2, **FULL), "18 km of 42 km: a short week"),  # type: ignore[arg-type]  # fields by name
        (WeekDone(done_m=18000, completed=2, unknown=2, **FULL), "18 km so far; two sessions not yet known"),  # type: ignore[arg-type]  # fields by name
        (WeekDone(done_m=0, unknown=4, **FULL), "Nothing has arrived yet; four sessions not yet known"),  # type: ignore[arg-type]  # fields by name
        (WeekDone(done_m=55000, completed=4, **FULL), "55 km run, 42 km planned: more than was good"),  # type: ignore[arg-type]  # fields by name
        (
            WeekDone(done_m=64000, completed=4, before_plan_m=23000, **FULL),  # type: ignore[arg-type]  # fields by name
            "41 km since the plan began: the week went as planned",
        ),
        (WeekDone(done_m=20000, done_runs=3), "20 km in three runs"),
        (WeekDone(done_m=0, done_runs=0, planned_m=0), "A week of rest, as planned"),
    ],
)
def test_weekly_verdict_says_what_the_week_was(week: WeekDone, verdict: str) -> None:
    words = weekly(week=week, next_week=plan().weeks[1])

    assert words.verdict == verdict
    assert words.action.endswith(".")
    assert not CHEERS.search(" ".join((words.verdict, words.sentence, words.action, words.next_week)))


def test_a_week_of_which_days_are_unknown_is_not_compared_with_whole_ones() -> None:
    def sentence(**known: object) -> str:
        week = WeekDone(done_m=20000, mean_4w_m=40000.0, **{**FULL, **known})  # type: ignore[arg-type]  # tests set fields by name
        return weekly(week=week, next_week=None).sentence

    assert "50 % below your mean" in sentence()
    assert "below your mean" not in sentence(unknown_days=1)


def test_weekly_gives_one_action_the_most_important() -> None:
    def action(**known: object) -> str:
        week = WeekDone(done_m=41000, completed=4, **{**FULL, **known})  # type: ignore[arg-type]  # tests set fields by name
        return weekly(week=week, next_week=plan().weeks[1]).action

    assert action(unknown=1, unknown_days=1, red_days=3).startswith("Sync your watch")
    assert not action(unknown=1).startswith("Sync your watch")
    assert action(red_days=3) == "Three red mornings in one week: put sleep before kilometres this week."
    assert action(easy_share=0.70).startswith("Only 70 % of the time was easy")
    assert action() == "Keep Tuesday 10 March free for the key session: 3 × 5 min."


def test_a_week_or_a_run_beyond_what_was_safe_is_never_passed_over() -> None:
    def words(**known: object) -> WeekWords:
        week = WeekDone(done_m=41000, completed=4, **{**FULL, **known})  # type: ignore[arg-type]  # tests set fields by name
        return weekly(week=week, next_week=plan().weeks[1])

    over = words(cap_m=40900.0, longest_training_m=21100.0, longest_cap_m=11100.0)
    assert over.sentence.endswith(
        " Too much at once: 41 km in the week, where at most 40.9 km were safe "
        "and a run of 21.1 km, where at most 11.1 km were safe."
    )
    assert over.verdict == "41 km of 42 km: too much at once"
    assert over.action == "Hold back: keep the days ahead to their plan of 42 km, even if you feel good."
    assert "Too much at once" not in words(cap_m=41000.0, longest_training_m=11100.0, longest_cap_m=11100.0).sentence
    assert "Too much at once" in words(cap_m=40900.0).sentence
    assert "Too much at once" not in words(cap_m=40990.0).sentence
    assert "Too much at once" in words(longest_training_m=11200.0, longest_cap_m=11100.0).sentence


def test_a_race_is_no_training_that_was_too_much() -> None:
    """A half marathon on top of 20 planned kilometres, after a longest run of 17 km."""
    caps: dict[str, Any] = {
        "cap_m": 30000.0,
        "longest_m": 21100.0,
        "longest_training_m": 8000.0,
        "longest_cap_m": 18700.0,
    }
    week = WeekDone(done_m=41000, done_runs=5, raced_m=21100.0, completed=4, planned_m=20000, planned_runs=4, **caps)
    words = weekly(week=week, next_week=plan().weeks[1])

    assert words.verdict == "19.9 km beside the race: the week went as planned"
    assert "Too much" not in words.sentence
    assert "Hold back" not in words.action
    only = replace(week, done_m=21100.0, planned_m=0.0)
    assert weekly(week=only, next_week=None).verdict == "21.1 km in a week without planned runs"
    assert "Hold back" in weekly(week=replace(week, raced_m=0.0), next_week=plan().weeks[1]).action


def test_what_cannot_be_said_is_said_so() -> None:
    assert insufficient("a trend in pace", have=2, need=4) == (
        "Not enough evidence for a trend in pace: two comparable runs, at least four are needed."
    )
    assert weekly(week=WeekDone(done_m=0, done_runs=0), next_week=None).trend == "Not enough evidence for a trend yet."


def test_next_week_is_described_from_the_plan() -> None:
    words = weekly(week=WeekDone(done_m=41000, done_runs=4), next_week=plan().weeks[1])

    assert words.next_week == "Next week: 42 km in four runs, the longest 13.5 km on Sunday 15 March."
    assert words.changes == ("Nothing in the plan changed.",)


def test_after_a_spike_the_reason_is_told() -> None:
    spiked = (*on(TUESDAY).done, done(day(2, 0), 15000))
    readiness = assess(night(local_date=TUESDAY))
    before = with_day(with_day(plan(), session(TUESDAY, 9.5)), run(WEDNESDAY, 6))
    call, changes = adjust_day(before, readiness=readiness, today=TUESDAY, facts=on(TUESDAY, done=spiked))
    words = brief(day=TUESDAY, plan=before, readiness=readiness, call=call, adjustments=changes)

    assert "15 km on Monday 9 March was 15 % beyond the longest run of the 30 days before." in words.why
