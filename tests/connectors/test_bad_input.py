"""Whatever is wrong with one file, it is said in a line, and every other file gets in."""

from __future__ import annotations

import gzip
import os
import tempfile
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.errors import Skipped
from connectors.folders import Refused, walk
from connectors.importer import FileResult, import_paths
from connectors.landing import Store
from connectors.tables import peek_table, read_table
from connectors.takeout import WHAT_TO_OFFER, what_is
from connectors.unpack import Limits, gunzipped
from tests.builders.files import fit_run, gpx, tcx, tcx_activity
from tests.builders.ledger import new_store, query
from tests.builders.takeouts import (
    ENGLISH_HEADER,
    activity_row,
    csv_bytes,
    encrypted,
    strava_files,
    write_folder,
    zip_bytes,
    zip_with_link,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)
GOOD = fit_run(count=45)
BOMB = gzip.compress(b"\0" * 12_000_000)
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><gpx><name>&b;</name></gpx>'


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_store(tmp_path / "home")


def bring_in(store: Store, *paths: Path, limits: Limits | None = None) -> list[FileResult]:
    result = import_paths(
        paths,
        athlete_id="me",
        store=store,
        now=NOW,
        home_zone="Europe/Berlin",
        processes=1,
        limits=limits or Limits(),
    )
    return list(result.files)


@pytest.mark.parametrize(
    ("word", "name", "data"),
    [
        ("empty", "zero.fit", b""),
        ("ends after", "cut.fit", GOOD[: len(GOOD) // 2]),
        ("cut short", "cut.fit.gz", gzip.compress(GOOD)[:-30]),
        ("", "blanks.tcx", b" " * 10 + tcx(tcx_activity())),
        ("entit", "entities.gpx", ENTITIES),
        ("times its size", "bomb.fit.gz", BOMB),
        ("times its size", "bomb.zip", zip_bytes({"bomb.fit": b"\0" * 12_000_000, "ok.fit": fit_run(count=5)})),
        ("damaged", "noise.fit.gz", b"\x1f\x8b" + bytes(range(200))),
        ("can read", "notes.txt", b"bought new shoes"),
        ("can read", "table.csv", b"name,age\nAnn,40\n"),
        ("nothing we can read", "letters.zip", zip_bytes({"letter.txt": b"Dear Ann"})),
        ("nothing we can read", "none.zip", zip_bytes({})),
        ("damaged", "torn.zip", zip_bytes({"run.fit": fit_run(count=7)})[:-40]),
        ("outside the zip", "climb.zip", zip_bytes({"../../run.fit": fit_run(count=7)})),
        ("outside the zip", "root.zip", zip_bytes({"/etc/run.fit": fit_run(count=7)})),
        ("outside the zip", "drive.zip", zip_bytes({"C:\\run.fit": fit_run(count=7)})),
        ("a link", "link.zip", zip_with_link("/etc/passwd")),
        ("encrypted", "secret.zip", encrypted(zip_bytes({"run.fit": fit_run(count=7)}))),
        ("clock", "unset.fit", fit_run(started_at=datetime(1989, 12, 31, 0, 0, 10, tzinfo=UTC))),
        ("clock", "ahead.fit", fit_run(started_at=datetime(2100, 1, 1, tzinfo=UTC))),
        ("zip in a zip", "deep.zip", zip_bytes({"b.zip": zip_bytes({"c.zip": zip_bytes({"run.fit": GOOD})})})),
        ("no times", "route.gpx", gpx(['<trkpt lat="50" lon="7"/>'])),
        (
            "date cannot be read",
            "activities.csv",
            csv_bytes(ENGLISH_HEADER, [activity_row(1), activity_row(2, date="?")]),
        ),
    ],
)
def test_one_bad_file_is_named_and_the_good_one_gets_in(
    store: Store, tmp_path: Path, word: str, name: str, data: bytes
) -> None:
    folder = write_folder(tmp_path / "x", {name: data, "watch/good.fit": GOOD})
    results = bring_in(store, folder)
    said = " ".join(f"{each.reason} {' '.join(each.faults)}" for each in results if each.name.startswith(f"x/{name}"))

    assert word in said
    assert next(each for each in results if each.name == "x/watch/good.fit").state == "imported"
    assert all("\n" not in each.reason for each in results)


def test_a_skip_says_the_fact_and_the_remedy_and_is_said_again(store: Store, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"notes.txt": b"bought new shoes"})
    first, again = bring_in(store, folder), bring_in(store, folder)

    assert first == again
    assert first[0].reason == (f"It is nothing we can read. {WHAT_TO_OFFER}")
    assert query(store, "select state, reason from raw.files") == [("skipped", first[0].reason)]


def test_a_wrong_path_and_an_empty_folder_do_not_stop_the_rest(store: Store, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    folder = write_folder(tmp_path / "x", {"good.fit": GOOD})
    results = bring_in(store, tmp_path / "nowhere", tmp_path / "empty", folder)

    assert [(each.name, each.state) for each in results] == [
        ("nowhere", "skipped"),
        ("empty", "skipped"),
        ("x/good.fit", "imported"),
    ]


def test_a_file_above_the_limit_is_refused_wherever_it_lies(store: Store, tmp_path: Path) -> None:
    limits = Limits(file_bytes=5_000)
    long_run = fit_run(count=2_000)
    files = {"plain.fit": long_run, "packed.fit.gz": gzip.compress(long_run), "z.zip": zip_bytes({"run.fit": long_run})}
    results = bring_in(store, write_folder(tmp_path / "x", files), limits=limits)

    assert [each.state for each in results] == ["skipped"] * 3
    assert all("larger than" in each.reason for each in results)


def test_a_zip_of_too_many_or_too_large_files_is_refused(store: Store, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"z.zip": zip_bytes({f"{n}.fit": GOOD for n in range(4)})})

    assert "lists 4 files" in bring_in(store, folder, limits=Limits(zip_members=3))[0].reason
    assert "unpacks to more than" in bring_in(store, folder, limits=Limits(zip_bytes=1_000))[0].reason


def test_a_damaged_recording_in_an_archive_costs_only_itself(store: Store, tmp_path: Path) -> None:
    files = strava_files([1, 2, 3])
    files["activities/8.fit.gz"] = b"\x1f\x8b broken"
    bring_in(store, write_folder(tmp_path / "export", files))

    assert query(
        store,
        "select entity, count(*) from raw.payloads where entity in ('activity', 'recording') group by 1 order by 1",
    ) == [
        ("activity", 3),
        ("recording", 2),
    ]


def test_pipes_are_not_waited_for(store: Store, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"good.fit": GOOD})
    os.mkfifo(folder / "pipe.fit")

    assert [each.state for each in bring_in(store, folder)] == ["imported", "skipped"]


def test_links_to_nowhere_and_round_in_circles_end(store: Store, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"good.fit": GOOD})
    (folder / "nowhere.fit").symlink_to(tmp_path / "gone")
    (folder / "round").symlink_to(folder, target_is_directory=True)

    assert {each.name: each.state for each in bring_in(store, folder)} == {
        "x/good.fit": "imported",
        "x/nowhere.fit": "skipped",
    }


def test_a_file_that_may_not_be_read_says_so() -> None:
    """As an ordinary user, also where the tests run as root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        secret = folder / "secret.fit"
        secret.write_bytes(GOOD)
        secret.chmod(0)
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(65534)
        try:
            with ExitStack() as stack:
                found = list(walk([folder], stack, Limits()))
        finally:
            if is_root:
                os.seteuid(0)

    assert [str(each.why) for each in found if isinstance(each, Refused)] == [
        "It may not be read. Give yourself permission to read it (chmod u+r)."
    ]


def test_names_that_no_terminal_can_print_are_replaced(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9\n\x1b[31m.fit")).write_bytes(GOOD)
    (result,) = bring_in(store, folder)

    assert result.state == "imported"
    assert result.name.isprintable()
    assert query(store, "select name from raw.files") == [(result.name,)]


_HEADS = st.one_of(
    st.binary(max_size=300),
    st.builds(
        lambda data, at: data[:at],
        st.sampled_from([GOOD, BOMB[:400], ENTITIES, csv_bytes(ENGLISH_HEADER, [])]),
        st.integers(0, 400),
    ),
    st.text(alphabet='a,;"\n\t\ufeff1é', max_size=60).map(str.encode),
)


@given(data=_HEADS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_bytes_bring_the_looking_down(data: bytes) -> None:
    what_is(data)
    peek_table(data)
    with suppress(Skipped):
        read_table(data)
    with suppress(Skipped):
        gunzipped(data, Limits())


@given(position=st.floats(0, 1), byte=st.integers(0, 255), cut=st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_damage_to_a_zip_brings_the_walk_down(position: float, byte: int, cut: bool) -> None:
    data = bytearray(zip_bytes({"a.fit": GOOD, "b/c.csv": b"x,y\n1,2\n", "n.zip": zip_bytes({"d.fit": GOOD})}))
    at = int(position * (len(data) - 1))
    data[at] = byte
    if cut:
        del data[at:]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        path = Path(folder) / "x.zip"
        path.write_bytes(data)
        for found in walk([path], stack, Limits()):
            if not isinstance(found, Refused):
                with suppress(Skipped):
                    found.read(Limits())
