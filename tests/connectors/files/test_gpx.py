"""GPX files: whatever wrote them, their points arrive; what could harm is refused."""

from __future__ import annotations

from datetime import UTC

import pytest

from connectors.errors import Damaged, NothingToImport, NotRecognised, Unsafe
from connectors.files import read_activity_file
from tests.builders.files import STARTED_AT, gpx, gpx_of, gpx_point, gpx_track

METRES_NORTH_DEG = 1 / 111_195.08
GARMIN_EXTENSION = (
    '<gpxtpx:TrackPointExtension xmlns:gpxtpx="urn:x"><gpxtpx:hr>151</gpxtpx:hr><gpxtpx:cad>86</gpxtpx:cad>'
    "<gpxtpx:atemp>12.6</gpxtpx:atemp></gpxtpx:TrackPointExtension>"
)


def north(count: int, *, step_m: float = 3.0, **more: str) -> list[str]:
    return [gpx_point(i, latitude=50 + i * step_m * METRES_NORTH_DEG, **more) for i in range(count)]


def test_a_track_becomes_a_derived_session_with_its_distance_over_the_ground() -> None:
    payload = read_activity_file(gpx(north(101)), name="run.gpx").payload

    session = payload["sessions"][0]
    assert session["derived"] is True
    assert session["distance_m"] == pytest.approx(300, abs=0.01)
    assert (session["sport"], session["elapsed_s"], session["timer_s"]) == ("running", 100.0, 100.0)
    assert payload["product"] == "Example watch"


@pytest.mark.parametrize(
    ("hole_m", "distance_m", "timer_s"),
    [(1350.0, 3150.0, 1050.0), (20.0, 1800.0, 600.0), (9000.0, 1800.0, 600.0)],
    ids=["run through", "stood still", "driven"],
)
def test_of_a_hole_time_and_metres_count_together_or_not_at_all(
    hole_m: float, distance_m: float, timer_s: float
) -> None:
    """Three metres a second, ten minutes in all, with a hole of 450 s in the middle."""
    after = [gpx_point(750 + i, latitude=50 + (900 + hole_m + i * 3.0) * METRES_NORTH_DEG) for i in range(301)]

    payload = read_activity_file(gpx(north(301) + after), name="run.gpx").payload

    session = payload["sessions"][0]
    assert session["distance_m"] == pytest.approx(distance_m, abs=0.1)
    assert session["timer_s"] == timer_s
    assert session["elapsed_s"] == 1050.0


def test_times_without_a_zone_are_utc() -> None:
    samples = read_activity_file(gpx(north(2, zone="")), name="run.gpx").samples

    assert samples["sample_at"].to_pylist()[0] == STARTED_AT.astimezone(UTC)


@pytest.mark.parametrize(
    "extensions",
    [
        "<hr>151</hr><cad>86</cad><atemp>12.6</atemp>",
        GARMIN_EXTENSION,
        "<heartrate>151</heartrate><cadence>86</cadence><temp>12.6</temp>",
    ],
)
def test_heart_rate_cadence_and_temperature_are_found_however_they_are_wrapped(extensions: str) -> None:
    sample = read_activity_file(gpx(north(2, extensions=extensions)), name="run.gpx").samples.to_pylist()[0]

    assert (sample["heart_rate_bpm"], sample["cadence_rpm"], sample["temperature_c"]) == (151, 86.0, 13)


def test_every_track_is_a_session() -> None:
    late = [gpx_point(3600 + i, latitude=51 + i * METRES_NORTH_DEG) for i in range(11)]

    data = gpx_of(gpx_track(north(11)), gpx_track(late, kind="cycling"))
    payload = read_activity_file(data, name="two.gpx").payload
    assert [(s["sport"], round(s["distance_m"])) for s in payload["sessions"]] == [("running", 30), ("cycling", 10)]
    assert [lap["session"] for lap in payload["laps"]] == [0, 1]


def test_the_way_between_two_segments_is_not_run() -> None:
    first, later = north(11), [gpx_point(300 + i, latitude=50.1 + i * 3 * METRES_NORTH_DEG) for i in range(11)]

    session = read_activity_file(gpx_of(gpx_track(first, later)), name="run.gpx").payload["sessions"][0]
    assert session["distance_m"] == pytest.approx(60, abs=0.1)
    assert (session["elapsed_s"], session["timer_s"]) == (310.0, 20.0)


def test_leading_blanks_and_a_byte_order_mark_do_no_harm() -> None:
    for prefix in (b"  \n\t ", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"):
        assert read_activity_file(prefix + gpx(north(2)), name="run.gpx").payload["sample_count"] == 2


def test_a_broken_file_gives_the_points_before_the_break() -> None:
    whole = gpx(north(50))

    payload = read_activity_file(whole[: len(whole) // 2], name="run.gpx").payload
    assert 20 <= payload["sample_count"] <= 25
    assert "The XML is broken" in payload["faults"][0]


def test_numbers_that_are_none_are_unknown() -> None:
    points = [
        gpx_point(0, elevation="nan"),
        gpx_point(1, elevation="much"),
        gpx_point(2, latitude=95.0, elevation="inf"),
    ]

    rows = read_activity_file(gpx(points), name="run.gpx").samples.to_pylist()
    assert [row["altitude_m"] for row in rows] == [None, None, None]
    assert rows[2]["latitude_deg"] is None


@pytest.mark.parametrize(("number", "sport"), [("9", "running"), ("1", "cycling"), ("17", "17")])
def test_stravas_numbers_for_sports_are_translated_where_they_are_sure(number: str, sport: str) -> None:
    data = gpx(north(2), kind=number, creator="StravaGPX")

    assert read_activity_file(data, name="run.gpx").payload["sessions"][0]["sport"] == sport


def test_climb_ignores_noise_smaller_than_a_step() -> None:
    heights = [100, 101, 100, 102, 110, 109, 120, 90]
    points = [gpx_point(i, elevation=str(height)) for i, height in enumerate(heights)]

    session = read_activity_file(gpx(points), name="run.gpx").payload["sessions"][0]
    assert (session["ascent_m"], session["descent_m"]) == (20.0, 30.0)


@pytest.mark.parametrize(
    "document",
    [
        b'<!DOCTYPE g [<!ENTITY a SYSTEM "file:///etc/passwd">]><gpx><trk><name>&a;</name></trk></gpx>',
        b'<!DOCTYPE g [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><gpx creator="&b;"/>',
        b'<!DOCTYPE gpx SYSTEM "http://127.0.0.1:9/x.dtd"><gpx/>',
        b'<!DOCTYPE g [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]><gpx/>',
        b'<!DOCTYPE g [<!ENTITY a "' + b"x" * 50_000 + b'">]><gpx creator="' + b"&a;" * 50_000 + b'"/>',
    ],
)
def test_a_document_type_or_an_entity_is_refused(document: bytes) -> None:
    with pytest.raises(Unsafe, match="document type"):
        read_activity_file(document, name="evil.gpx")


def test_a_way_without_times_is_no_recording() -> None:
    point = '<trkpt lat="50" lon="7"/>'

    with pytest.raises(NothingToImport, match="no times"):
        read_activity_file(gpx([point, point]), name="way.gpx")
    with pytest.raises(NothingToImport, match="no track points"):
        read_activity_file(gpx_of("<rte><rtept/></rte>"), name="way.gpx")


def test_other_kinds_of_xml_are_named() -> None:
    with pytest.raises(NotRecognised, match="html"):
        read_activity_file(b"<!DOCTYPE html><html></html>", name="page.gpx")
    with pytest.raises(NotRecognised, match="kml"):
        read_activity_file(b"<kml/>", name="way.gpx")
    with pytest.raises(Damaged, match="no element"):
        read_activity_file(b"<", name="x.gpx")
