"""Garmin's original files: which are asked for, what is taken out of a zip, and what becomes of broken ones."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from connectors.errors import Skipped
from connectors.garmin import api_files
from connectors.garmin.api_zip import unzipped
from connectors.recordings import land_recordings
from connectors.syncing import Reach
from connectors.unpack import Limits
from tests.builders.files import fit_run, gpx, gpx_point, tcx, tcx_activity
from tests.builders.syncs import Runner, garmin_runner
from tests.servers.base import Request, Response
from tests.servers.garmin import GarminServer
from tests.servers.garmin_payloads import zip_of
from tests.servers.world import Run

LIMITS = Limits(file_bytes=200_000, ratio_from_bytes=20_000)


@pytest.fixture
def athlete(tmp_path: Path) -> Iterator[Runner[GarminServer]]:
    with garmin_runner(tmp_path, days=10) as one:
        yield one


def link(athlete: Runner[GarminServer], run: Run) -> dict[str, str | None]:
    return athlete.view()["file", str(run.run_id)]


def downloads(athlete: Runner[GarminServer], run: Run) -> int:
    return len(athlete.requests(f"/download-service/files/activity/{run.run_id}"))


def test_each_recording_is_downloaded_once_with_its_samples(athlete: Runner[GarminServer]) -> None:
    athlete.sync()
    athlete.live(2)
    athlete.sync()

    assert all(downloads(athlete, run) == (not run.is_manual) for run in athlete.server.life.runs.values())
    with athlete.store.open_ledger() as con:
        row = con.execute("select count(*), min(sample_count) from raw.streams").fetchone()
    assert row == (len(athlete.recordings()), 24)


def test_a_trimmed_run_keeps_its_original_file(athlete: Runner[GarminServer]) -> None:
    athlete.sync()
    run = athlete.run(3)
    before = link(athlete, run)
    run.recorded, run.distance_m = run.recorded + 1, 1000.0
    athlete.sync(Reach.EVERYTHING)

    assert link(athlete, run) == before
    assert downloads(athlete, run) == 1


def test_a_run_entered_by_hand_has_no_file_to_ask_for(athlete: Runner[GarminServer]) -> None:
    run = athlete.run(3)
    run.is_manual = True
    athlete.sync()

    assert link(athlete, run) == {"file_sha256": None, "why": api_files.BY_HAND}
    assert downloads(athlete, run) == 0


def test_a_run_without_a_file_is_written_down_and_not_asked_for_every_day(athlete: Runner[GarminServer]) -> None:
    run = athlete.run(3)
    athlete.server.files[run.run_id] = 404
    athlete.sync()
    athlete.live(5)
    athlete.sync()

    assert link(athlete, run) == {"file_sha256": None, "why": api_files.NONE_THERE}
    assert downloads(athlete, run) == 1


def test_a_broken_file_is_asked_for_again_at_once_then_monthly(athlete: Runner[GarminServer]) -> None:
    run = athlete.run(3)
    athlete.server.files[run.run_id] = b"PK\x03\x04 and then nothing"
    assert athlete.sync().state == "complete"
    assert (link(athlete, run)["why"], downloads(athlete, run)) == ("The zip is damaged.", 3)

    athlete.live(3)
    athlete.sync()
    assert downloads(athlete, run) == 3

    del athlete.server.files[run.run_id]
    athlete.live(28)
    athlete.sync()
    assert link(athlete, run)["why"] is None
    assert athlete.view() == athlete.server.truth()


def test_a_zip_cut_short_on_the_way_is_not_taken_for_broken(
    athlete: Runner[GarminServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    cut: set[str] = set()
    plain = GarminServer.answer

    def cut_the_first(server: GarminServer, request: Request) -> Response:
        response = plain(server, request)
        if "/download-service/" not in request.path or request.path in cut:
            return response
        cut.add(request.path)
        return replace(response, body=response.body[:-30])

    monkeypatch.setattr(GarminServer, "answer", cut_the_first)
    athlete.sync()

    assert cut
    assert athlete.view() == athlete.server.truth()


def test_a_web_page_in_place_of_every_file_writes_none_of_them_off(athlete: Runner[GarminServer]) -> None:
    for run_id in athlete.server.life.runs:
        athlete.server.files[run_id] = b"<html>We will be right back.</html>"
    assert athlete.sync().state == "try_later"
    assert not [
        link for (kind, _), link in athlete.view().items() if kind == "file" and link["why"] != api_files.BY_HAND
    ]

    athlete.server.files.clear()
    assert athlete.sync().state == "complete"
    assert athlete.view() == athlete.server.truth()


def test_one_file_that_garmin_fails_to_give_keeps_nobody_waiting_and_is_given_up(athlete: Runner[GarminServer]) -> None:
    run = athlete.run(3)
    athlete.server.files[run.run_id] = 500
    states = []
    for _ in range(4):
        states.append(athlete.sync().state)
        athlete.live()

    assert states == ["try_later", "try_later", "complete", "complete"]
    assert link(athlete, run)["why"] == api_files.FAILING
    assert downloads(athlete, run) == 12


def test_a_file_larger_than_any_run_is_refused_and_the_others_come(athlete: Runner[GarminServer]) -> None:
    run = athlete.run(3)
    athlete.server.files[run.run_id] = zip_of({"a.fit": fit_run()}) + b"\0" * 1_500_000
    config = athlete.server.config()
    synced = athlete.sync(patience=replace(config.patience, answer_bytes=1_000_000))

    assert synced.state == "complete"
    assert "MB" in str(link(athlete, run)["why"])
    assert len(athlete.recordings()) > 1


def test_a_settings_file_is_no_recording_and_says_so(athlete: Runner[GarminServer]) -> None:
    run = athlete.run(3)
    athlete.server.files[run.run_id] = zip_of({"a.fit": b"\x0e\x20\x00\x00\x00\x00\x00\x00.FIT\x00\x00"})
    assert athlete.sync().state == "complete"

    assert link(athlete, run)["file_sha256"] is None
    assert link(athlete, run)["why"]


@pytest.mark.parametrize("kind", ["gpx", "tcx"])
def test_what_was_uploaded_as_gpx_or_tcx_lands_as_that(athlete: Runner[GarminServer], kind: str) -> None:
    run = athlete.run(3)
    data = gpx([gpx_point(second) for second in range(30)]) if kind == "gpx" else tcx(tcx_activity())
    athlete.server.files[run.run_id] = zip_of({f"{run.run_id}.{kind}": data})
    athlete.sync()

    assert link(athlete, run)["file_sha256"] == hashlib.sha256(data).hexdigest()


def test_a_recording_another_source_brought_stands_under_both(athlete: Runner[GarminServer]) -> None:
    run = athlete.run(3)
    data = athlete.server.original(run.run_id)
    now = athlete.clock.now()
    land_recordings([("a.fit", data)], athlete_id="me", source="file", store=athlete.store, now=now)
    athlete.sync()

    sha256 = hashlib.sha256(data).hexdigest()
    with athlete.store.open_ledger() as con:
        rows = con.execute("select source from raw.payloads where source_key = ? order by source", [sha256]).fetchall()
    assert rows == [("file",), ("garmin_api",)]


def test_recordings_are_asked_for_as_the_zip_garmin_gives(athlete: Runner[GarminServer]) -> None:
    athlete.sync()

    accepts = {each.headers["accept"] for each in athlete.requests("/download-service/")}
    assert accepts == {"application/x-zip-compressed"}


# Unpacking.


def test_of_several_files_the_activitys_own_is_taken() -> None:
    own, longer = fit_run(count=30), fit_run(count=90)
    packed = zip_of({"other.fit": longer, "track.gpx": gpx([gpx_point(1)]), "7_ACTIVITY.fit": own})

    assert unzipped(packed, LIMITS, name="7_ACTIVITY") == own
    assert unzipped(packed, LIMITS, name="8_ACTIVITY") == longer


def test_a_recording_without_a_zip_is_taken_as_it_is() -> None:
    assert unzipped(fit_run(), LIMITS, name="7_ACTIVITY") == fit_run()


def bomb() -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("7_ACTIVITY.fit", fit_run()[:12] + b"\0" * 150_000)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "neither"),
        (b"<html>We will be right back</html>", "neither"),
        (b'{"error": "x"}', "neither"),
        (zip_of({}), "no recording"),
        (zip_of({"readme.txt": b"hello"}), "no recording"),
        (zip_of({"7_ACTIVITY.fit": b""}), "no recording"),
        (zip_of({"7_ACTIVITY.fit": fit_run()})[:300], "damaged"),
        (zip_of({"7_ACTIVITY.fit": b"\0" * 250_000}), "larger"),
        (bomb(), "times its size"),
        (zip_of({f"{number}.fit": fit_run(count=1) for number in range(101)}), "lists 101 files"),
    ],
)
def test_what_is_no_recording_says_why(data: bytes, why: str) -> None:
    with pytest.raises(Skipped, match=why):
        unzipped(data, LIMITS, name="7_ACTIVITY")


def test_a_member_whose_bytes_do_not_match_their_sum_is_damaged() -> None:
    packed = bytearray(zip_of({"7_ACTIVITY.fit": fit_run()}))
    packed[80] ^= 0xFF

    with pytest.raises(Skipped):
        unzipped(bytes(packed), LIMITS, name="7_ACTIVITY")


def test_a_recording_from_the_future_is_asked_for_when_its_day_has_come(athlete: Runner[GarminServer]) -> None:
    run = athlete.run(3)
    ahead = fit_run(started_at=datetime(2026, 12, 1, tzinfo=UTC))
    athlete.server.files[run.run_id] = zip_of({"a.fit": ahead})
    athlete.sync()
    assert link(athlete, run)["file_sha256"] is None

    athlete.clock.at += timedelta(days=31)
    athlete.sync()
    assert link(athlete, run)["file_sha256"] == hashlib.sha256(ahead).hexdigest()
