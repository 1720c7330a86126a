"""What the athlete says is taken down once, merged where it is the same thing, refused where it cannot be meant."""

from __future__ import annotations

import hashlib
import shutil
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from coach.health import health_on
from coach.logbook import Checkin, Illness, Injury, Severity, Travel, read_logbook
from connectors.errors import Skipped
from connectors.manual import Correction, Run
from flows import by_hand, correcting, logbook
from flows.errors import FlowError
from flows.home import Home
from flows.ledger import open_ledger
from flows.logbook import Taken
from flows.settings import Settings
from flows.taking_back import list_said, undo
from tests.builders.by_hand import new_home, publish_activities

NOW = datetime(2026, 5, 20, 10, 0, tzinfo=UTC)  # noon in Berlin
TODAY = date(2026, 5, 20)
TEN_K = Run(distance_m=10_000.0, moving_s=3000.0)

Where = tuple[Home, Settings]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Where:
    return new_home(tmp_path_factory.mktemp("template"), now=NOW - timedelta(days=300))


@pytest.fixture
def at(template: Where, tmp_path: Path) -> Where:
    home, settings = template
    shutil.copytree(home.root, tmp_path / "home")
    return Home(tmp_path / "home"), settings


def days(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def entries(at: Where, **known: datetime) -> dict[str, tuple[date, date | None]]:
    with open_ledger(at[0].ledger) as con:
        return {e.entry_id: (e.begin_date, e.end_date) for e in read_logbook(con, "me", **known) if not e.is_withdrawn}


def payloads(at: Where) -> list[tuple[str, str, int, str | None]]:
    with open_ledger(at[0].ledger) as con:
        return con.execute(
            "select entity, source_key, version, payload::text from raw.payloads order by landed_at, version"
        ).fetchall()


def states(*taken: Taken) -> list[str]:
    return [one.state for one in taken]


def test_a_note_said_twice_is_one_note(at: Where) -> None:
    taken = [logbook.log_note(*at, text, day=None, now=NOW) for text in ("a", " a \r\n", "b")]

    assert states(*taken) == ["new", "unchanged", "new"]
    assert len(entries(at)) == 2


@pytest.mark.parametrize("text", ["", "  ", "x" * 4001, "bell\x07", "\udcff"])
def test_a_note_that_cannot_be_kept_is_refused(at: Where, text: str) -> None:
    with pytest.raises((FlowError, Skipped)):
        logbook.log_note(*at, text, day=None, now=NOW)

    assert entries(at) == {}


def test_a_check_in_said_again_keeps_the_answers_it_does_not_give(at: Where) -> None:
    first = logbook.check_in(*at, Checkin(fatigue=2, mood=3), day=None, now=NOW)
    second = logbook.check_in(*at, Checkin(mood=5, sleep=4), day=None, now=NOW)
    again = logbook.check_in(*at, Checkin(mood=5), day=None, now=NOW)
    with open_ledger(at[0].ledger) as con:
        (entry,) = read_logbook(con, "me")

    assert states(first, second, again) == ["new", "changed", "unchanged"]
    assert entry.said == Checkin(fatigue=2, mood=5, sleep=4)


@pytest.mark.parametrize("said", [Checkin(), Checkin(text="  "), Checkin(fatigue=0), Checkin(sleep=6)])
def test_a_check_in_needs_answers_from_one_to_five(at: Where, said: Checkin) -> None:
    with pytest.raises(FlowError, match="1 to 5"):
        logbook.check_in(*at, said, day=None, now=NOW)


def test_no_day_that_has_not_come_is_taken_down(at: Where) -> None:
    with pytest.raises(FlowError, match=r"has not come yet\. Name 2026-05-20"):
        logbook.log_note(*at, "a", day=days(1), now=NOW)
    with pytest.raises(FlowError, match="cannot be said of illness"):
        logbook.log_illness(*at, since=days(1), now=NOW)
    with pytest.raises(FlowError, match="leave it open"):
        logbook.log_injury(*at, since=days(-1), until=days(14), now=NOW)
    with pytest.raises(FlowError, match="has not ended yet"):
        by_hand.log_run(*at, TEN_K, at=time(11, 30), now=NOW)
    with pytest.raises(FlowError, match="too long ago"):
        logbook.log_note(*at, "a", day=date(26, 5, 20), now=NOW)


def test_today_is_the_athletes_today(at: Where) -> None:
    """Half past ten in the evening in London is the next day in Berlin."""
    late = datetime(2026, 5, 20, 22, 30, tzinfo=UTC)

    assert logbook.log_note(*at, "a", day=None, now=late).begin_date == days(1)


def test_no_period_ends_before_it_begins(at: Where) -> None:
    with pytest.raises(FlowError, match="before it began"):
        logbook.log_illness(*at, since=days(-2), until=days(-3), now=NOW)
    logbook.log_illness(*at, since=days(-2), now=NOW)
    with pytest.raises(FlowError, match="No illness is open on 16 May 2026"):
        logbook.end_period(*at, "illness", day=days(-4), now=NOW)


def test_an_illness_is_open_until_it_is_over_and_over_names_the_first_day_without_it(at: Where) -> None:
    begun = logbook.log_illness(*at, since=days(-3), now=NOW)
    ended = logbook.end_period(*at, "illness", now=NOW)

    assert (begun.end_date, ended.end_date) == (None, days(-1))
    assert entries(at) == {"illness-20260517": (days(-3), days(-1))}
    with pytest.raises(FlowError, match="No illness is open"):
        logbook.end_period(*at, "illness", now=NOW)


def test_what_is_over_on_its_first_day_was_that_day(at: Where) -> None:
    logbook.log_illness(*at, now=NOW)

    assert logbook.end_period(*at, "illness", now=NOW).end_date == TODAY


def test_an_illness_said_again_goes_on_with_what_is_new(at: Where) -> None:
    logbook.log_illness(*at, is_below_neck=False, text="sniffles", since=days(-2), now=NOW)
    same = logbook.log_illness(*at, now=NOW)
    worse = logbook.log_illness(*at, severity=Severity.SEVERE, is_below_neck=True, since=days(-3), now=NOW)
    with open_ledger(at[0].ledger) as con:
        (entry,) = read_logbook(con, "me")

    assert states(same, worse) == ["unchanged", "changed"]
    assert entry.said == Illness(severity=Severity.SEVERE, is_below_neck=True, text="sniffles")
    assert (entry.begin_date, entry.end_date) == (days(-3), None)


def test_a_cold_in_the_head_is_mild_unless_said_otherwise(at: Where) -> None:
    logbook.log_illness(*at, is_below_neck=False, now=NOW)
    with open_ledger(at[0].ledger) as con:
        health = health_on(read_logbook(con, "me"), TODAY)

    assert (health.is_ill, health.is_mildly_ill) == (False, True)


def test_an_open_illness_is_closed_by_its_last_day(at: Where) -> None:
    logbook.log_illness(*at, since=days(-5), now=NOW)

    assert logbook.log_illness(*at, until=days(-2), now=NOW).end_date == days(-2)
    with pytest.raises(FlowError, match="Since when"):
        logbook.log_illness(*at, until=days(-20), now=NOW)


def test_a_period_over_several_others_is_refused_with_their_names(at: Where) -> None:
    logbook.log_illness(*at, since=days(-20), until=days(-18), now=NOW)
    logbook.log_illness(*at, since=days(-10), until=days(-8), now=NOW)

    with pytest.raises(FlowError, match=r"illness-20260430, illness-20260510.*log undo"):
        logbook.log_illness(*at, since=days(-19), now=NOW)


def test_a_moved_illness_keeps_its_name_and_a_new_one_gets_its_own(at: Where) -> None:
    logbook.log_illness(*at, since=days(-4), until=days(-4), now=NOW)
    logbook.log_illness(*at, since=days(-8), until=days(-4), now=NOW)
    undo(*at, "illness", now=NOW)
    logbook.log_illness(*at, since=days(-4), until=days(-4), now=NOW)

    assert entries(at) == {"illness-20260516": (days(-4), days(-4))}


def test_two_parts_of_the_body_are_two_injuries(at: Where) -> None:
    knee = logbook.log_injury(*at, body_part="Knee", since=days(-3), now=NOW)
    heel = logbook.log_injury(*at, body_part="heel", since=days(-3), now=NOW)
    again = logbook.log_injury(*at, body_part="knee", now=NOW)

    assert states(knee, heel, again) == ["new", "new", "changed"]
    assert len(entries(at)) == 2
    with pytest.raises(FlowError, match="Say which with --part"):
        logbook.end_period(*at, "injury", now=NOW)
    assert logbook.end_period(*at, "injury", body_part="KNEE ", now=NOW).entry_id == knee.entry_id
    with open_ledger(at[0].ledger) as con:
        parts = [e.said.body_part for e in read_logbook(con, "me") if isinstance(e.said, Injury)]
    assert sorted(parts) == ["heel", "knee"]


def test_a_journey_may_lie_ahead_and_another_one_over_it_is_refused(at: Where) -> None:
    logbook.log_travel(*at, place="Lisboa", since=days(5), until=days(9), now=NOW)

    with pytest.raises(FlowError, match="Another journey covers these days"):
        logbook.log_travel(*at, place="Porto", since=days(8), until=days(12), now=NOW)
    with pytest.raises(FlowError, match="no time zone"):
        logbook.log_travel(*at, time_zone="Lisbon", now=NOW)
    with pytest.raises(FlowError, match="within a year"):
        logbook.log_travel(*at, since=days(800), now=NOW)


def test_a_run_on_a_journey_is_timed_where_it_was(at: Where) -> None:
    logbook.log_travel(*at, time_zone="Asia/Tokyo", since=days(-3), until=days(-1), now=NOW)
    by_hand.log_run(*at, TEN_K, day=days(-2), at=time(7, 30), now=NOW)
    by_hand.log_run(*at, TEN_K, day=days(-4), at=time(7, 30), now=NOW)
    by_hand.log_run(*at, TEN_K, day=days(-1), at=time(7, 30), time_zone="UTC", now=NOW)

    starts = [(p or "").split('"started_at":"')[1][:20] for _, _, _, p in payloads(at)]
    assert starts == ["2026-05-17T22:30:00Z", "2026-05-16T05:30:00Z", "2026-05-19T07:30:00Z"]


@pytest.mark.parametrize(
    ("day", "begin", "start", "offset_s"),
    [
        (date(2026, 3, 29), time(3, 30), "2026-03-29T01:30:00Z", 7200),
        (date(2026, 3, 29), time(1, 30), "2026-03-29T00:30:00Z", 3600),
        (date(2025, 10, 26), time(2, 30), "2025-10-26T00:30:00Z", 7200),
        (date(2025, 10, 26), time(3, 30), "2025-10-26T02:30:00Z", 3600),
    ],
)
def test_days_on_which_the_clocks_change(at: Where, day: date, begin: time, start: str, offset_s: int) -> None:
    """Where an hour comes twice, the first of the two is meant."""
    by_hand.log_run(*at, TEN_K, day=day, at=begin, now=NOW)

    (payload,) = [p or "" for _, _, _, p in payloads(at)]
    assert f'"started_at":"{start}"' in payload
    assert f'"utc_offset_s":{offset_s}' in payload


def test_an_hour_that_did_not_exist_is_refused(at: Where) -> None:
    with pytest.raises(FlowError, match="02:30 did not exist on 2026-03-29 in Europe/Berlin"):
        by_hand.log_run(*at, TEN_K, day=date(2026, 3, 29), at=time(2, 30), now=NOW)


def test_the_same_run_again_changes_nothing_and_another_in_its_minutes_is_refused(at: Where) -> None:
    first = by_hand.log_run(*at, TEN_K, at=time(8, 0), now=NOW)
    again = by_hand.log_run(*at, TEN_K, at=time(8, 0), now=NOW + timedelta(minutes=5))

    assert states(first, again) == ["new", "unchanged"]
    assert len(payloads(at)) == 1
    with pytest.raises(FlowError, match=f"already {first.entry_id}.*log correct"):
        by_hand.log_run(*at, Run(distance_m=9000.0, moving_s=3000.0), at=time(8, 30), now=NOW)
    assert by_hand.log_run(*at, TEN_K, at=time(8, 50), now=NOW).state == "new"


def test_a_run_that_ended_just_now_said_twice_is_one_run(at: Where) -> None:
    first = by_hand.log_run(*at, TEN_K, now=NOW)
    again = by_hand.log_run(*at, TEN_K, now=NOW + timedelta(minutes=2))

    assert states(first, again) == ["new", "unchanged"]
    assert '"started_at":"2026-05-20T09:10:00Z"' in str(payloads(at))
    assert '"_is_start_assumed":true' in str(payloads(at))


def test_a_past_day_without_a_clock_time_is_noon(at: Where) -> None:
    states(*[by_hand.log_run(*at, TEN_K, day=days(-1), now=NOW)] * 2)

    assert '"started_at":"2026-05-19T10:00:00Z"' in str(payloads(at))


def test_correcting_a_run_by_hand_is_a_new_version_of_it(at: Where) -> None:
    run = by_hand.log_run(*at, Run(distance_m=10_000.0, moving_s=3000.0, note="wind"), at=time(8, 0), now=NOW)
    named = correcting.correct(*at, run.entry_id, Correction(distance_m=10_400.0), now=NOW)
    found = correcting.correct(*at, "", Correction(perceived_exertion=6), now=NOW)
    again = correcting.correct(*at, run.entry_id, Correction(perceived_exertion=6), now=NOW)

    assert states(named, found, again) == ["changed", "changed", "unchanged"]
    assert [(entity, version) for entity, _, version, _ in payloads(at)] == [("run", 1), ("run", 2), ("run", 3)]
    last = payloads(at)[-1][3] or ""
    assert all(part in last for part in ('"distance_m":10400.0', '"note":"wind"', '"perceived_exertion":6'))
    with pytest.raises(FlowError, match=f"log undo {run.entry_id}"):
        correcting.correct(*at, run.entry_id, Correction(is_ignored=True), now=NOW)
    with pytest.raises(Skipped, match="faster than anybody"):
        correcting.correct(*at, run.entry_id, Correction(moving_s=300.0), now=NOW)


@pytest.fixture
def recorded(at: Where) -> Where:
    """Two recorded runs yesterday, one of them by two devices, and one the day before."""
    publish_activities(
        at[0],
        ("strava:2", "2026-05-19 07:30", 8100.0, 2700.0, ("strava:2", "file:aa:1")),
        ("strava:3", "2026-05-19 18:00", 5000.0, 1500.0, ("strava:3",)),
        ("strava:1", "2026-05-18 07:30", 8000.0, 2700.0, ("strava:1",)),
    )
    return at


def test_the_only_activity_of_a_day_is_found_by_itself(recorded: Where) -> None:
    correcting.correct(*recorded, "", Correction(is_race=True), day=days(-2), now=NOW)

    assert payloads(recorded) == [("correction", "strava:1", 1, '{"is_race":true}')]


def test_several_activities_of_a_day_are_named_as_choices(recorded: Where) -> None:
    with pytest.raises(FlowError, match=r"There are 2 on 2026-05-19: \w{8} \(run at 07:30, 8.1 km\); \w{8}") as refused:
        correcting.correct(*recorded, "", Correction(is_race=True), day=days(-1), now=NOW)

    choice = str(refused.value).split(": ")[1][:8]
    assert correcting.correct(*recorded, choice, Correction(is_race=True), now=NOW).state == "new"
    assert payloads(recorded)[0][1] == "strava:2"


@pytest.mark.parametrize("name", ["strava:2", "file:aa:1", "run-2026-05-19-{}.html", "{}"])
def test_an_activity_has_the_names_of_its_recordings_and_its_page(recorded: Where, name: str) -> None:
    digest = hashlib.sha256(b"strava:2").hexdigest()[:8]
    correcting.correct(*recorded, name.format(digest), Correction(sport="hike"), now=NOW)

    assert payloads(recorded) == [("correction", "strava:2", 1, '{"sport":"hike"}')]


def test_corrections_of_one_activity_add_up_under_one_recording(recorded: Where) -> None:
    correcting.correct(*recorded, "strava:2", Correction(perceived_exertion=7), now=NOW)
    # A rebuild may name the activity after another of its recordings.
    publish_activities(recorded[0], ("file:aa:1", "2026-05-19 07:30", 8100.0, 2700.0, ("strava:2", "file:aa:1")))
    correcting.correct(*recorded, "", Correction(is_treadmill=True, distance_m=8400.0), day=days(-1), now=NOW)

    assert payloads(recorded)[-1] == (
        "correction",
        "strava:2",
        2,
        '{"distance_m":8400.0,"is_treadmill":true,"perceived_exertion":7}',
    )


def test_a_correction_must_fit_what_is_known_of_the_activity(recorded: Where) -> None:
    with pytest.raises(Skipped, match=r"81.00 km in 0:45:00 is faster than anybody runs"):
        correcting.correct(*recorded, "strava:2", Correction(distance_m=81_000.0), now=NOW)
    with pytest.raises(Skipped, match="Nothing to correct"):
        correcting.correct(*recorded, "strava:2", Correction(), now=NOW)
    with pytest.raises(FlowError, match="No activity is called 'strava:9'"):
        correcting.correct(*recorded, "strava:9", Correction(is_race=True), now=NOW)
    with pytest.raises(FlowError, match="No activity is known on 2026-05-20"):
        correcting.correct(*recorded, "", Correction(is_race=True), now=NOW)

    assert payloads(recorded) == []


def test_a_run_known_only_by_hand_is_corrected_as_its_own_entry(at: Where) -> None:
    run = by_hand.log_run(*at, TEN_K, at=time(8, 0), now=NOW)
    name = f"manual:{run.entry_id}"
    publish_activities(at[0], (name, "2026-05-20 08:00", 10_000.0, 3000.0, (name,)))

    assert correcting.correct(*at, "", Correction(is_race=True), now=NOW).entry_id == run.entry_id
    assert [entity for entity, _, _, _ in payloads(at)] == ["run", "run"]


def test_everything_can_be_taken_back_once_and_nothing_is_deleted(recorded: Where) -> None:
    later = (NOW + timedelta(minutes=n) for n in range(1, 99))
    taken = [
        logbook.log_note(*recorded, "a", day=None, now=next(later)),
        logbook.check_in(*recorded, Checkin(mood=3), day=None, now=next(later)),
        logbook.log_illness(*recorded, now=next(later)),
        logbook.log_injury(*recorded, now=next(later)),
        logbook.log_travel(*recorded, now=next(later)),
        by_hand.log_run(*recorded, TEN_K, at=time(8, 0), now=next(later)),
        correcting.correct(*recorded, "strava:1", Correction(is_ignored=True), now=next(later)),
    ]
    assert len(list_said(*recorded, days=30, now=NOW)) == 7

    undone = [undo(*recorded, None, now=next(later)) for _ in taken]

    assert [one.entry_id for one in undone] == [one.entry_id for one in reversed(taken)]
    assert list_said(*recorded, days=30, now=NOW) == []
    assert entries(recorded, as_of=NOW + timedelta(minutes=6)).keys() == {one.entry_id for one in taken[:5]}
    with pytest.raises(FlowError, match="Nothing was said that could be undone"):
        undo(*recorded, None, now=NOW)
    for one in taken:
        with pytest.raises(FlowError, match="was already undone on 2026-05-20"):
            undo(*recorded, one.entry_id, now=NOW)


def test_what_was_taken_back_can_be_said_again(at: Where) -> None:
    for _ in range(2):
        assert logbook.log_illness(*at, now=NOW).state == "new"
        assert undo(*at, "illness", now=NOW).state == "undone"
    run = [by_hand.log_run(*at, TEN_K, at=time(8, 0), now=NOW)]
    undo(*at, run[0].entry_id, now=NOW)
    run.append(by_hand.log_run(*at, TEN_K, at=time(8, 0), now=NOW))

    assert run[0].entry_id == run[1].entry_id
    assert len(list_said(*at, days=30, now=NOW)) == 1


def test_an_entry_is_named_by_how_it_begins_where_that_is_one(at: Where) -> None:
    first = logbook.log_note(*at, "a", day=days(-1), now=NOW)
    logbook.log_note(*at, "b", day=None, now=NOW)

    with pytest.raises(FlowError, match="2 entries begin with 'note-'"):
        undo(*at, "note-", now=NOW)
    with pytest.raises(FlowError, match="No entry is called 'x'"):
        undo(*at, "x", now=NOW)
    assert undo(*at, first.entry_id[:13], now=NOW).entry_id == first.entry_id
    assert undo(*at, "note-", now=NOW).begin_date == TODAY


def test_the_list_shows_what_still_bears_on_the_last_days(at: Where) -> None:
    logbook.log_illness(*at, since=days(-90), until=days(-80), now=NOW - timedelta(days=80))
    logbook.log_injury(*at, body_part="knee", since=days(-70), now=NOW - timedelta(days=70))
    logbook.log_note(*at, "later", day=days(-60), now=NOW)

    lines = list_said(*at, days=30, now=NOW)
    assert [(line.kind, line.facts, line.text) for line in lines] == [
        ("injury", "moderate", "knee"),
        ("note", "", "later"),
    ]
    assert len(list_said(*at, days=365, now=NOW)) == 3


def test_what_comes_back_to_a_caller_never_quotes_the_athlete(at: Where) -> None:
    secret = "nobody else may read this"
    taken = [
        logbook.log_note(*at, secret, day=None, now=NOW),
        logbook.check_in(*at, Checkin(mood=3, text=secret), day=None, now=NOW),
        logbook.log_illness(*at, text=secret, now=NOW),
        logbook.log_injury(*at, body_part=secret, text=secret, now=NOW),
        logbook.log_travel(*at, place=secret, now=NOW),
        by_hand.log_run(*at, Run(moving_s=600.0, note=secret, title=secret), at=time(8, 0), now=NOW),
        undo(*at, None, now=NOW),
    ]

    assert secret not in repr(taken)
    with open_ledger(at[0].ledger) as con:
        said = [e.said for e in read_logbook(con, "me")]
    assert sum(secret in repr(one) for one in said) == 5
    assert any(isinstance(one, Travel) for one in said)
