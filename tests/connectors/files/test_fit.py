"""What a FIT file says reaches the recording; what is broken is said and walked around."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from connectors.errors import Damaged, NothingToImport, Unsafe
from connectors.files import fit_times, read_activity_file
from connectors.files.fit_messages import read_fit
from connectors.files.fit_profile import HRV, RECORD, SESSION
from tests.builders.files import STARTED_AT, FitBuilder, add_record, fit_run, fit_time

START = fit_time(STARTED_AT)
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_a_run_arrives_with_its_session_lap_events_and_maker() -> None:
    payload = read_activity_file(fit_run(), name="run.fit", now=NOW).payload

    assert payload["format"] == "fit"
    assert (payload["manufacturer"], payload["product"], payload["serial_number"]) == (
        "garmin",
        "Forerunner 945",
        "4711",
    )
    assert payload["utc_offset_s"] == 3600
    assert payload["faults"] == []
    assert payload["sample_count"] == 60
    assert payload["sessions"] == [
        {
            "started_at": "2026-03-01T07:30:00Z",
            "sport": "running",
            "sub_sport": "generic",
            "distance_m": 180.0,
            "timer_s": 60.0,
            "elapsed_s": 60.0,
            "ascent_m": None,
            "descent_m": None,
            "heart_rate_avg_bpm": 150.0,
            "heart_rate_max_bpm": 160.0,
            "cadence_avg_rpm": 85.5,
            "power_avg_w": None,
            "energy_kcal": 77.0,
            "speed_avg_m_per_s": None,
            "speed_max_m_per_s": None,
            "perceived_exertion": 6.0,
            "first_sample_at": "2026-03-01T07:30:00Z",
            "last_sample_at": "2026-03-01T07:30:59Z",
            "derived": False,
        }
    ]
    assert [lap["distance_m"] for lap in payload["laps"]] == [180.0]
    assert [(event["at"], event["event_type"]) for event in payload["events"]] == [
        ("2026-03-01T07:30:00Z", "start"),
        ("2026-03-01T07:30:59Z", "stop_all"),
    ]


def test_samples_have_their_units_and_unknown_is_null() -> None:
    first = read_activity_file(fit_run(), name="run.fit").samples.slice(1, 1).to_pylist()[0]

    assert first["sample_at"] == STARTED_AT + timedelta(seconds=1)
    assert first["latitude_deg"] == pytest.approx(50.0 + 3 / 111_195, abs=1e-6)
    assert (first["distance_m"], first["speed_m_per_s"], first["altitude_m"]) == (3.0, 3.0, 100.0)
    assert (first["heart_rate_bpm"], first["cadence_rpm"], first["temperature_c"]) == (150, 85.5, 21)
    assert first["power_w"] is None
    assert first["vertical_oscillation_mm"] is None


def test_big_and_little_endian_files_say_the_same() -> None:
    little, big = (read_activity_file(fit_run(order=order), name="run.fit") for order in "<>")

    assert little.payload == big.payload
    assert little.samples.equals(big.samples)


def test_a_run_without_a_session_gets_one_derived_from_its_samples() -> None:
    payload = read_activity_file(fit_run(with_session=False), name="run.fit").payload

    session = payload["sessions"][0]
    assert session["derived"] is True
    assert (session["distance_m"], session["timer_s"], session["heart_rate_avg_bpm"]) == (177.0, 59.0, 150.0)
    assert [lap["derived"] for lap in payload["laps"]] == [True]


def test_old_speed_and_altitude_stand_in_where_the_finer_ones_are_unknown() -> None:
    fit = FitBuilder()
    both = ((6, "uint16", 2500), (73, "uint32", 0xFFFFFFFF), (2, "uint16", 3000), (78, "uint32", 0xFFFFFFFF))
    fit.message(20, (253, "uint32", START), *both)

    sample = read_activity_file(fit.build(), name="run.fit").samples.to_pylist()[0]
    assert (sample["speed_m_per_s"], sample["altitude_m"]) == (2.5, 100.0)


def test_the_times_of_compressed_headers_count_on_from_any_message() -> None:
    fit = FitBuilder()
    fit.message(21, (253, "uint32", START), (0, "enum", 0), (1, "enum", 0), local=1)
    for second in (1, 2, 31, 33, 60):
        fit.message(20, (3, "uint8", 100 + second), local=0, time_offset=(START + second) & 31)

    samples = read_activity_file(fit.build(), name="run.fit").samples
    assert [(at - STARTED_AT).seconds for at in samples["sample_at"].to_pylist()] == [1, 2, 31, 33, 60]


@pytest.mark.parametrize("at_once", [1, 2, 3, 7])
def test_however_many_compressed_times_are_counted_in_one_go_they_count_on(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """Over the seams too: a day of one a second is more than one go holds."""
    fit = FitBuilder()
    fit.message(21, (253, "uint32", START), (0, "enum", 0), (1, "enum", 0), local=1)
    seconds = (1, 2, 31, 33, 60, 61, 90)
    for second in seconds:
        fit.message(20, (3, "uint8", 100), local=0, time_offset=(START + second) & 31)
    fit.message(21, (253, "uint32", START + 200), (0, "enum", 0), (1, "enum", 4), local=1)
    fit.message(20, (3, "uint8", 100), local=0, time_offset=(START + 203) & 31)
    monkeypatch.setattr(fit_times, "_AT_ONCE", at_once)

    samples = read_activity_file(fit.build(), name="run.fit").samples
    assert [(at - STARTED_AT).seconds for at in samples["sample_at"].to_pylist()] == [*seconds, 203]


def test_a_strap_that_lost_touch_tells_nothing_and_not_zero() -> None:
    fit = FitBuilder()
    for second, heart_rate in enumerate((150, 255, 0, 152)):
        fit.message(20, (253, "uint32", START + second), (3, "uint8", heart_rate))

    samples = read_activity_file(fit.build(), name="run.fit").samples
    assert samples["heart_rate_bpm"].to_pylist() == [150, None, None, 152]


def test_compressed_distance_rolls_over() -> None:
    fit = FitBuilder()
    for second in range(4):
        turns = (second * 100 * 16) % 4096
        speed = 300
        packed = bytes([speed & 0xFF, speed >> 8 | (turns & 15) << 4, turns >> 4])
        fit.message(20, (253, "uint32", START + second), (8, "byte", packed))

    samples = read_activity_file(fit.build(), name="run.fit").samples
    assert samples["distance_m"].to_pylist() == [0.0, 100.0, 200.0, 300.0]
    assert samples["speed_m_per_s"].to_pylist() == [3.0] * 4


def described_power(fit: FitBuilder, name: bytes = b"Power\0", native: int = 7) -> FitBuilder:
    fit.message(207, (3, "uint8", 0), local=6)
    rows = ((0, "uint8", 0), (1, "uint8", 5), (2, "uint8", 0x84), (3, "string", name), (8, "string", b"W\0"))
    return fit.message(206, *rows, (15, "uint8", native), local=7)


def test_a_foot_pods_power_fills_in_where_the_watch_has_none() -> None:
    fit = described_power(FitBuilder())
    for second in range(3):
        row = (253, "uint32", START + second)
        fit.message(20, row, developer=[(5, 0, struct.pack("<H", 250 + second))])

    samples = read_activity_file(fit.build(), name="run.fit").samples
    assert samples["power_w"].to_pylist() == [250, 251, 252]


def test_a_developers_field_has_its_name_units_and_type() -> None:
    fit = described_power(FitBuilder(), name=b"Form Power\0", native=255)
    fit.message(20, (253, "uint32", START), developer=[(5, 0, struct.pack("<H", 70))])

    record = read_fit(fit.build()).message(RECORD)
    assert record is not None
    assert [(key, d.name, d.units) for key, d in record.developer_fields.items()] == [((0, 5), "Form Power", "W")]
    assert record.values(5, 0).tolist() == [70.0]


def test_a_later_description_counts_only_for_what_is_defined_after_it() -> None:
    fit = described_power(FitBuilder())
    fit.message(20, (253, "uint32", START), developer=[(5, 0, b"\1\0")])
    described_power(fit, name=b"Other\0")
    fit.define_again()
    fit.message(20, (253, "uint32", START + 1), developer=[(5, 0, b"\2\0")])

    record = read_fit(fit.build()).message(RECORD)
    assert record is not None
    assert record.values(5, 0).tolist() == [1.0, 2.0]


def test_heart_beat_intervals_are_a_matrix_padded_with_unknown() -> None:
    fit = FitBuilder()
    fit.message(78, (0, "uint16", (800, 810, 0xFFFF)))
    fit.message(78, (0, "uint16", 820))

    hrv = read_fit(fit.build()).message(HRV)
    assert hrv is not None
    np.testing.assert_array_equal(hrv.array("time"), [[0.8, 0.81, np.nan], [0.82, np.nan, np.nan]])


@pytest.mark.parametrize(("sport", "strides"), [(1, 170.0), (2, None)])
def test_cycles_are_strides_only_on_foot(sport: int, strides: float | None) -> None:
    fit = FitBuilder().message(18, (2, "uint32", START), (5, "enum", sport), (10, "uint32", 170), (44, "uint16", 2500))

    session = read_fit(fit.build()).message(SESSION)
    assert session is not None
    assert session.column("total_cycles").tolist() == [170.0]
    assert session.column("pool_length").tolist() == [25.0]
    np.testing.assert_array_equal(session.column("total_strides"), [np.nan if strides is None else strides])


def test_messages_of_several_layouts_keep_the_order_they_were_written_in() -> None:
    fit = FitBuilder()
    for second in range(6):
        extra = ((7, "uint16", 200 + second),) if second % 2 else ()
        fit.message(20, (253, "uint32", START + second), (3, "uint8", 100 + second), *extra)

    samples = read_activity_file(fit.build(), name="run.fit").samples
    assert samples["heart_rate_bpm"].to_pylist() == [100, 101, 102, 103, 104, 105]
    assert samples["power_w"].to_pylist() == [None, 201, None, 203, None, 205]


def test_samples_out_of_order_are_put_in_order() -> None:
    fit = FitBuilder()
    for second in (5, 3, 4):
        fit.message(20, (253, "uint32", START + second), (3, "uint8", 100 + second))

    samples = read_activity_file(fit.build(), name="run.fit").samples
    assert samples["heart_rate_bpm"].to_pylist() == [103, 104, 105]


def test_every_session_of_a_multisport_file_has_its_own_samples_and_laps() -> None:
    fit = FitBuilder()
    for second in range(100):
        fit.message(20, (253, "uint32", START + second), (3, "uint8", 120))
    for first, sport in ((0, 5), (50, 1)):
        times = ((2, "uint32", START + first), (253, "uint32", START + first + 49), (7, "uint32", 49_000))
        fit.message(19, *times, local=2)
        fit.message(18, *times, (5, "enum", sport), local=3)

    payload = read_activity_file(fit.build(), name="tri.fit").payload
    sessions = [(s["sport"], s["first_sample_at"][-6:], s["last_sample_at"][-6:]) for s in payload["sessions"]]
    assert sessions == [("swimming", "30:00Z", "30:50Z"), ("running", "30:49Z", "31:39Z")]
    assert [lap["session"] for lap in payload["laps"]] == [0, 1]


def test_chained_files_are_read_one_after_the_other() -> None:
    second = fit_run(started_at=STARTED_AT + timedelta(hours=2))

    payload = read_activity_file(fit_run() + second, name="two.fit").payload
    assert [session["started_at"] for session in payload["sessions"]] == [
        "2026-03-01T07:30:00Z",
        "2026-03-01T09:30:00Z",
    ]
    assert payload["sample_count"] == 120
    assert payload["faults"] == []


def test_a_wrong_checksum_is_said_and_everything_is_taken() -> None:
    data = bytearray(fit_run())
    data[-1] ^= 0xFF

    payload = read_activity_file(bytes(data), name="run.fit").payload
    assert payload["sample_count"] == 60
    assert ["checksum is wrong" in fault for fault in payload["faults"]] == [True]


def test_a_truncated_file_gives_what_is_left_of_it() -> None:
    whole = fit_run(count=600)

    payload = read_activity_file(whole[: len(whole) // 2], name="run.fit").payload
    assert 250 < payload["sample_count"] < 350
    assert "The file ends after" in payload["faults"][0]
    assert payload["sessions"][0]["derived"] is True


@pytest.mark.parametrize("bits", [0x10, 0x20, 0x30])
def test_bits_that_mean_nothing_on_data_hide_no_message(bits: int) -> None:
    fit = FitBuilder(header_bits=bits)
    for second in range(600):
        add_record(fit, START + second, second)

    payload = read_activity_file(fit.build(), name="run.fit").payload
    assert payload["sample_count"] == 600
    assert payload["faults"] == []


def test_a_file_of_which_a_tenth_could_not_be_read_says_so_first() -> None:
    whole = fit_run(count=600)

    def faults(damaged_bytes: int) -> list[str]:
        hole = b"\x0e" * damaged_bytes
        damaged = whole[:3000] + hole + whole[3000 + damaged_bytes :]
        found: list[str] = read_activity_file(damaged, name="run.fit").payload["faults"]
        return found

    assert faults(len(whole) // 8)[0].startswith("Only 88 % of the file could be read")
    assert not any("could be read" in fault for fault in faults(len(whole) // 12))


def test_trailing_garbage_is_said_and_ignored() -> None:
    payload = read_activity_file(fit_run() + b"garbage" * 20, name="run.fit").payload

    assert payload["sample_count"] == 60
    assert payload["faults"] == [f"140 bytes at byte {len(fit_run())} belong to no FIT file and were ignored."]


def test_garbage_in_front_is_ignored() -> None:
    assert read_activity_file(b"xyz" + fit_run(), name="run.fit").payload["sample_count"] == 60


@pytest.mark.parametrize("stated", [0, 400])
def test_a_header_that_was_never_finished_does_not_hide_the_recording(stated: int) -> None:
    fit = FitBuilder()
    for second in range(60):
        add_record(fit, START + second, second)

    payload = read_activity_file(fit.build(data_size=stated), name="run.fit").payload
    assert payload["sample_count"] == 60
    assert payload["faults"]


def test_missing_bytes_cost_a_sample_or_two_not_the_rest() -> None:
    whole = fit_run(count=600)
    damaged = whole[:8000] + whole[8005:]

    payload = read_activity_file(damaged, name="run.fit").payload
    assert payload["sample_count"] >= 597
    assert any("bytes were skipped" in fault for fault in payload["faults"])


def test_a_corrupt_definition_costs_only_what_it_defines() -> None:
    fit = FitBuilder()
    for second in range(30):
        add_record(fit, START + second, second)
    fit.body += b"\x4f\x00\x00\xff\xff\xff" + b"\xff" * 20
    fit.define_again()
    for second in range(30, 60):
        add_record(fit, START + second, second)

    payload = read_activity_file(fit.build(), name="run.fit").payload
    assert payload["sample_count"] >= 30
    assert payload["faults"]


def test_a_message_that_was_never_defined_is_skipped() -> None:
    fit = FitBuilder()
    for second in range(10):
        add_record(fit, START + second, second)
    fit.body += b"\x0e\x01\x02"
    for second in range(10, 20):
        add_record(fit, START + second, second)

    assert read_activity_file(fit.build(), name="run.fit").payload["sample_count"] == 20


@pytest.mark.parametrize(("kind", "word"), [(2, "settings"), (5, "workout"), (9, "weight"), (15, "monitoring")])
def test_a_file_without_a_recording_says_what_it_is(kind: int, word: str) -> None:
    with pytest.raises(NothingToImport, match=word):
        read_activity_file(FitBuilder().message(0, (0, "enum", kind)).build(), name="x.fit")


def test_an_activity_file_without_anything_left_is_damaged() -> None:
    with pytest.raises(Damaged, match="broken"):
        read_activity_file(fit_run()[:30], name="x.fit")


def test_a_session_without_samples_is_taken() -> None:
    fit = FitBuilder().message(
        18, (2, "uint32", START), (5, "enum", 1), (8, "uint32", 1_800_000), (9, "uint32", 500_000)
    )

    decoded = read_activity_file(fit.build(), name="typed-in.fit")
    session = decoded.payload["sessions"][0]
    assert (session["distance_m"], session["timer_s"], session["first_sample_at"]) == (5000.0, 1800.0, None)
    assert decoded.samples.num_rows == 0


def test_a_ride_is_taken_as_a_ride() -> None:
    assert read_activity_file(fit_run(sport=2), name="ride.fit").payload["sessions"][0]["sport"] == "cycling"


def test_a_sport_without_a_name_keeps_its_number() -> None:
    assert read_activity_file(fit_run(sport=222), name="x.fit").payload["sessions"][0]["sport"] == "unknown_222"


def test_a_small_file_that_claims_millions_of_samples_is_refused() -> None:
    with pytest.raises(Unsafe, match="samples"):
        read_activity_file(_body(b"\x40\0\0\x14\0\x01\x03\x01\x02" + bytes(2_100_000)), name="bomb.fit")


def _body(body: bytes) -> bytes:
    return struct.pack("<BBHI4s", 12, 16, 100, len(body), b".FIT") + body + b"\0\0"
