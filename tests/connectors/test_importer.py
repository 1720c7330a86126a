"""Importing end to end: archives, folders and files into a real ledger, again and again."""

from __future__ import annotations

import gzip
import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.exports import LANDERS
from connectors.importer import ImportResult, Progress, import_paths
from connectors.landing import Store
from connectors.originals import original_path, sweep
from connectors.takeout import EXPORT_KINDS
from tests.builders.files import FitBuilder, add_record, fit_run, fit_time, gpx, gpx_point, tcx, tcx_activity
from tests.builders.ledger import ledger_content, new_store, query, samples
from tests.builders.takeouts import (
    ENGLISH_HEADER,
    activity_row,
    csv_bytes,
    strava_files,
    whoop_files,
    write_folder,
    write_zip,
    zip_bytes,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def bring_in(store: Store, *paths: Path, processes: int = 1, now: datetime = NOW) -> ImportResult:
    return import_paths(paths, athlete_id="me", store=store, now=now, home_zone="Europe/Berlin", processes=processes)


def states(result: ImportResult) -> dict[str, str]:
    return {each.name: each.state for each in result.files}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return new_store(tmp_path / "home")


def test_a_strava_archive_lands_rows_recordings_and_shoes(store: Store, tmp_path: Path) -> None:
    result = bring_in(store, write_zip(tmp_path / "export_1.zip", strava_files([1, 2, 3])))
    rows = query(
        store,
        "select source, entity, count(*) from raw.payloads where entity <> 'snapshot' group by all order by all",
    )

    assert rows == [
        ("strava_archive", "activity", 3),
        ("strava_archive", "gear", 1),
        ("strava_archive", "recording", 3),
    ]
    assert states(result) == {
        "export_1.zip/activities.csv": "imported",
        "export_1.zip/activities/10.fit.gz": "imported",
        "export_1.zip/activities/8.fit.gz": "imported",
        "export_1.zip/activities/9.fit": "imported",
        "export_1.zip/shoes.csv": "imported",
    }


def test_each_row_names_its_recording(store: Store, tmp_path: Path) -> None:
    bring_in(store, write_folder(tmp_path / "export", strava_files([1, 2])))
    joined = query(
        store,
        """
        select a.source_key, a.payload ->> '_started_at', r.payload ->> '$.sessions[0].started_at'
        from raw.payloads as a
        join raw.payloads as r on a.payload ->> '_file_sha256' = r.source_key and r.entity = 'recording'
        where a.entity = 'activity'
        order by 1
        """,
    )

    assert joined == [
        ("1", "2024-05-02T06:00:00Z", "2024-05-02T06:00:00Z"),
        ("2", "2024-05-03T06:00:00Z", "2024-05-03T06:00:00Z"),
    ]


def test_files_that_a_browser_unpacked_are_still_found(store: Store, tmp_path: Path) -> None:
    files = strava_files([1])
    files["activities/8.fit"] = gzip.decompress(files.pop("activities/8.fit.gz"))
    bring_in(store, write_folder(tmp_path / "export", files))

    assert query(store, "select count(*) from raw.payloads where payload ->> '_file_sha256' is not null") == [(1,)]


def test_an_activity_without_a_file_is_kept(store: Store, tmp_path: Path) -> None:
    bring_in(store, write_folder(tmp_path / "export", strava_files([1, 2], with_files=False)))

    assert query(store, "select count(*) from raw.payloads where entity = 'activity'") == [(2,)]


def test_the_list_alone_keeps_the_links_to_files_imported_before(store: Store, tmp_path: Path) -> None:
    export = write_folder(tmp_path / "export", strava_files([1, 2]))
    bring_in(store, export)
    before = ledger_content(store)
    result = bring_in(store, export / "activities.csv")

    assert [each.state for each in result.files] == ["unchanged"]
    assert ledger_content(store) == before


def test_archives_in_any_order_and_place_give_the_same_ledger(tmp_path: Path) -> None:
    old = write_zip(tmp_path / "takeouts/a/old.zip", strava_files([1, 2, 3]), at=datetime(2024, 8, 1, tzinfo=UTC))
    new = write_zip(tmp_path / "takeouts/b/new.zip", strava_files([1, 3, 4]), at=datetime(2024, 9, 1, tzinfo=UTC))
    live = (
        "select source_key, payload::text from raw.payloads where entity = 'activity' "
        "qualify row_number() over (partition by source_key order by version desc) = 1 and not is_deleted order by all"
    )
    contents = []
    for index, order in enumerate([(old, new), (new, old), (tmp_path / "takeouts",)]):
        store = new_store(tmp_path / f"home{index}")
        bring_in(store, *order)
        contents.append(query(store, live))

    assert [row[0] for row in contents[0]] == ["1", "3", "4"]
    assert contents[0] == contents[1] == contents[2]


def test_an_export_of_whoop_lands_all_four_tables(store: Store, tmp_path: Path) -> None:
    export = write_folder(tmp_path / "my_whoop_data", whoop_files(range(1, 11)))
    bring_in(store, export)
    again = bring_in(store, export)
    rows = query(store, "select entity, count(*), max(version) from raw.payloads group by all order by all")

    assert rows == [("cycle", 10, 1), ("journal", 10, 1), ("sleep", 10, 1), ("snapshot", 4, 1), ("workout", 10, 1)]
    assert {each.state for each in again.files} == {"unchanged"}


def test_the_next_whoop_export_completes_the_running_day_and_an_older_one_does_not_undo_it(
    store: Store, tmp_path: Path
) -> None:
    older = write_folder(tmp_path / "older", whoop_files(range(1, 6)))
    newer = write_folder(tmp_path / "newer", whoop_files(range(3, 9)))
    for export in (older, newer, older):
        bring_in(store, export)
    ends = query(
        store,
        "select source_key, max(version), arg_max(payload ->> '_ended_at', version) is not null from raw.payloads "
        "where entity = 'cycle' group by all having max(version) > 1",
    )

    assert ends == [("2024-05-06T21:10:00Z", 2, True)]


def test_a_mixed_folder_is_told_apart_by_content(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "Downloads"
    write_folder(folder / "deep/er/strava", strava_files([1]))
    write_folder(folder / "whoop", whoop_files([1, 2]))
    write_folder(
        folder / "watch", {"a.txt": fit_run(started_at=datetime(2024, 3, 1, tzinfo=UTC)), "note.md": b"# A note\n"}
    )
    write_folder(
        folder, {"ride.dat": gpx([gpx_point(n) for n in range(9)]), "b.xml.gz": gzip.compress(tcx(tcx_activity()))}
    )
    write_folder(folder, {"nested.zip": zip_bytes({"inner.zip": zip_bytes({"run.fit": fit_run(count=30)})})})
    write_folder(folder, {".DS_Store": b"x", "__MACOSX/._run.fit": b"x"})
    result = bring_in(store, folder)

    assert {name: state for name, state in states(result).items() if state != "imported"} == {
        "Downloads/watch/note.md": "skipped"
    }
    assert query(
        store, "select source, count(*) from raw.payloads where entity = 'recording' group by 1 order by 1"
    ) == [
        ("file", 4),
        ("strava_archive", 1),
    ]


def test_nothing_private_in_an_archive_is_offered_or_kept(store: Store, tmp_path: Path) -> None:
    bring_in(store, write_folder(tmp_path / "export", strava_files([1])))
    names = [row[0] for row in query(store, "select name from raw.files order by name")]

    assert names == ["export/activities.csv", "export/activities/8.fit.gz", "export/shoes.csv"]


def test_importing_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    takeout = write_folder(
        tmp_path / "x", {**strava_files([1, 2, 3]), **whoop_files([1, 2]), "broken.fit": fit_run()[:9]}
    )
    first = bring_in(store, takeout)
    before, kept = ledger_content(store), sorted(store.files_dir.rglob("*"))
    again = bring_in(store, takeout, now=NOW + timedelta(days=1))

    assert ledger_content(store) == before
    assert sorted(store.files_dir.rglob("*")) == kept
    assert first.count("imported") == 9
    assert again.count("imported") == 0
    assert [each for each in again.files if each.state == "skipped"] == [
        each for each in first.files if each.state == "skipped"
    ]


def test_the_same_bytes_twice_are_imported_once(store: Store, tmp_path: Path) -> None:
    run = fit_run()
    result = bring_in(store, write_folder(tmp_path / "x", {"a.fit": run, "b.fit.gz": gzip.compress(run)}))

    assert [(each.state, each.reason) for each in result.files] == [
        ("imported", ""),
        ("unchanged", "It has the same bytes as x/a.fit."),
    ]


@pytest.mark.parametrize("together", [True, False])
def test_the_same_recording_stands_under_every_source_in_whatever_order_they_come(
    tmp_path: Path, together: bool
) -> None:
    archive = write_zip(tmp_path / "export_1.zip", strava_files([1, 2]))
    watch = write_folder(tmp_path / "watch", {"a.fit": gzip.decompress(strava_files([1])["activities/8.fit.gz"])})
    contents = []
    for index, order in enumerate([[archive, watch], [watch, archive]]):
        store = new_store(tmp_path / f"home{index}")
        for paths in [order] if together else [[path] for path in order]:
            bring_in(store, *paths)
        again = bring_in(store, *order)
        assert again.count("imported") == 0
        contents.append(ledger_content(store)["payloads"])
    stands = [(row[1], row[5]) for row in contents[0] if row[2] == "recording"]

    assert contents[0] == contents[1]
    assert [source for source, _ in stands] == ["file", "strava_archive", "strava_archive"]
    assert len({payload for _, payload in stands}) == 2


def test_every_kind_of_export_has_a_reader() -> None:
    assert LANDERS.keys() == EXPORT_KINDS


def test_e_mail_addresses_in_names_are_neither_shown_nor_kept(store: Store, tmp_path: Path) -> None:
    run = fit_run()
    folder = write_folder(tmp_path / "x", {"ann.o'hara+run@mail.example.com_77.fit": run, "bob%40b.de/b.txt": b"?"})
    write_zip(folder / "uploads of carl@c.org.zip", {"d@d-d.co.uk_9.fit": fit_run(count=9)})
    result = bring_in(store, folder)

    assert [each.name for each in result.files] == ["x/…_77.fit", "x/uploads of …/…_9.fit", "x/…/b.txt"]
    assert sorted(name for (name,) in query(store, "select name from raw.files")) == sorted(
        each.name for each in result.files
    )
    assert "@" not in repr(result) + str(ledger_content(store))


def test_originals_are_kept_unpacked_under_their_hash_and_come_back_when_lost(store: Store, tmp_path: Path) -> None:
    run = fit_run()
    folder = write_folder(tmp_path / "x", {"a.fit.gz": gzip.compress(run)})
    bring_in(store, folder)
    ((sha256,),) = query(store, "select file_sha256 from raw.files")
    kept = original_path(store.files_dir, sha256=sha256, extension="fit")

    assert kept.read_bytes() == run

    kept.unlink()
    bring_in(store, folder)

    assert kept.read_bytes() == run


def test_lost_samples_are_read_again(store: Store, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"a.fit": fit_run()})
    bring_in(store, folder)
    before = samples(store)
    for path in store.streams_dir.rglob("*.parquet"):
        path.unlink()
    bring_in(store, folder)

    assert samples(store) == before
    assert query(store, "select count(*) from raw.payloads") == [(1,)]


def test_two_processes_give_the_same_ledger_as_one(tmp_path: Path) -> None:
    runs = {f"{n:02}.fit": fit_run(count=30 + n, started_at=datetime(2024, 4, 1 + n, tzinfo=UTC)) for n in range(20)}
    folder = write_folder(tmp_path / "x", {**runs, "11b.fit": b"\x0e\x10\x00\x00\x00\x00\x00\x00.FIT broken"})
    stores = [new_store(tmp_path / f"home{processes}") for processes in (1, 2)]
    results = [bring_in(each, folder, processes=1 + index) for index, each in enumerate(stores)]

    assert results[0] == results[1]
    assert ledger_content(stores[0]) == ledger_content(stores[1])
    assert samples(stores[0]) == samples(stores[1])


@pytest.mark.slow
def test_a_decoding_process_that_dies_costs_nothing(store: Store, tmp_path: Path) -> None:
    """As when the system runs out of memory and picks one of ours."""
    runs = {f"{n:03}.fit": fit_run(count=60 + n, started_at=datetime(2024, 4, 1, tzinfo=UTC)) for n in range(200)}

    def kill_once(progress: Progress) -> None:
        if progress.done == 20:
            for child in multiprocessing.active_children():
                child.kill()

    result = import_paths(
        [write_folder(tmp_path / "x", runs)],
        athlete_id="me",
        store=store,
        now=NOW,
        home_zone="UTC",
        processes=2,
        on_progress=kill_once,
    )

    assert result.count("imported") == 200
    assert query(store, "select count(*) from raw.payloads") == [(200,)]


def test_small_batches_give_the_same_ledger_as_large_ones(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", strava_files(range(1, 8)))
    stores = [new_store(tmp_path / f"home{size}") for size in (1, 10**9)]
    for each, size in zip(stores, (1, 10**9), strict=True):
        import_paths([folder], athlete_id="me", store=each, now=NOW, home_zone="UTC", processes=1, batch_samples=size)

    assert ledger_content(stores[0]) == ledger_content(stores[1])
    assert samples(stores[0]) == samples(stores[1])
    assert len(list(stores[0].streams_dir.rglob("*.parquet"))) == 7


def test_progress_counts_every_file_to_the_end(store: Store, tmp_path: Path) -> None:
    seen: list[Progress] = []
    folder = write_folder(tmp_path / "x", {**strava_files([1, 2]), "empty.fit": b""})
    result = import_paths(
        [folder], athlete_id="me", store=store, now=NOW, home_zone="UTC", processes=1, on_progress=seen.append
    )

    assert [each.done for each in seen] == list(range(1, len(result.files) + 1))
    assert seen[-1].total == len(result.files)


def test_a_recording_from_the_future_waits_for_its_day(store: Store, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"a.fit": fit_run(started_at=NOW + timedelta(days=30))})
    early = bring_in(store, folder)
    late = bring_in(store, folder, now=NOW + timedelta(days=31))

    assert "clock" in early.files[0].reason
    assert (early.files[0].state, late.files[0].state) == ("skipped", "imported")


def test_a_recording_whose_watch_never_knew_the_date_is_kept_with_its_samples(store: Store, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"a.fit": fit_run(started_at=datetime(1989, 12, 31, 1, tzinfo=UTC))})
    result, again = bring_in(store, folder), bring_in(store, folder)

    assert (result.files[0].state, again.files[0].state) == ("imported", "unchanged")
    assert "1989-12-31" in result.files[0].faults[0]
    assert query(store, "select sample_count from raw.streams") == [(60,)]


def test_a_stray_sample_from_the_future_does_not_cost_the_run(store: Store, tmp_path: Path) -> None:
    fit = FitBuilder()
    for at in (*range(60), 20 * 86_400):
        add_record(fit, fit_time(NOW) - 3600 + at, at)
    result = bring_in(store, write_folder(tmp_path / "x", {"a.fit": fit.build()}))

    assert result.files[0].state == "imported"
    assert query(store, "select sample_count from raw.streams") == [(60,)]


def test_what_no_row_names_is_swept_unless_it_is_young(store: Store, tmp_path: Path) -> None:
    bring_in(store, write_folder(tmp_path / "x", strava_files([1, 2])))
    before = samples(store)
    strays = [
        original_path(store.files_dir, sha256="0" * 64, extension="fit"),
        store.files_dir / "00" / f".{'0' * 64}.1.tmp",
        store.streams_dir / "me" / "stray.parquet",
    ]
    for stray in strays:
        stray.parent.mkdir(exist_ok=True)
        stray.write_bytes(b"half a file")
    kept = sorted(store.files_dir.rglob("*.fit")) + sorted(store.files_dir.rglob("*.csv"))
    written_at = datetime.fromtimestamp(strays[0].stat().st_mtime, tz=UTC)

    assert sweep(store, now=written_at + timedelta(minutes=5)).file_count == 0
    assert sweep(store, now=written_at + timedelta(hours=2)).file_count == 3
    assert samples(store) == before
    assert len(kept) == 5
    assert all(path.exists() for path in kept if path not in strays)


def test_a_list_in_another_language_is_imported_with_its_files(store: Store, tmp_path: Path) -> None:
    files = strava_files([1, 2])
    rows = [
        activity_row(n, date=f"{n}.05.2024, 06:00:00", filename=f"activities/{n + 7}.fit{'.gz' * (n % 2)}")
        for n in (1, 2)
    ]
    files["aktivitäten.csv"] = csv_bytes([f"列{n}" for n in range(len(ENGLISH_HEADER))], rows)
    del files["activities.csv"]
    bring_in(store, write_folder(tmp_path / "export", files))

    assert query(store, "select count(*) from raw.payloads where payload ->> '_file_sha256' is not null") == [(2,)]


def test_two_homes_share_nothing_and_two_athletes_share_only_bytes(store: Store, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"a.fit": fit_run()})
    for athlete_id in ("ann", "bob"):
        import_paths([folder], athlete_id=athlete_id, store=store, now=NOW, home_zone="UTC", processes=1)

    assert query(store, "select athlete_id, count(*) from raw.payloads group by 1 order by 1") == [
        ("ann", 1),
        ("bob", 1),
    ]
    assert len(list(store.files_dir.rglob("*.fit"))) == 1


def test_a_better_reader_reads_again_for_every_source_that_brought_the_file(store: Store, tmp_path: Path) -> None:
    """As after an upgrade: the ledger holds what an older reader made of the file."""
    export = write_folder(tmp_path / "export", strava_files([1]))
    bring_in(store, export)
    with store.open_ledger() as con:
        con.execute("update raw.files set reader_version = '0' where kind = 'fit'")
        con.execute("update raw.payloads set payload_sha256 = 'old' where entity = 'recording'")
    result = bring_in(store, export / "activities")
    versions = query(store, "select source, version from raw.payloads where entity = 'recording' order by all")

    assert [each.state for each in result.files] == ["imported"]
    assert versions == [("file", 1), ("strava_archive", 1), ("strava_archive", 2)]


@pytest.mark.slow
def test_the_real_recordings_import_twice_to_the_same_ledger(store: Store, real_data: Path) -> None:
    corpus = real_data / "fit_tcx_gpx"
    now = datetime(2026, 11, 21, tzinfo=UTC)
    first = bring_in(store, corpus, processes=2, now=now)
    before = ledger_content(store)
    again = bring_in(store, corpus, processes=2, now=now)
    activities = [each for each in first.files if each.kind in {"fit", "tcx", "gpx"} and each.state != "skipped"]

    assert len(activities) >= 90
    assert all(each.reason for each in first.files if each.state == "skipped")
    assert again.count("imported") == 0
    assert ledger_content(store) == before


def test_the_real_strava_export_lands_one_activity_and_its_recording(store: Store, real_data: Path) -> None:
    export = real_data / "strava/geo-activity-playground/testdata/Strava Export"
    if not export.is_dir():
        pytest.skip("the real Strava export is not beside this checkout")
    bring_in(store, export, now=datetime(2026, 11, 21, tzinfo=UTC))
    rows = query(
        store,
        "select entity, payload ->> '_sport', payload ->> '_started_at' from raw.payloads "
        "where entity <> 'snapshot' order by entity",
    )

    assert rows == [("activity", "run", "2022-05-29T15:53:35Z"), ("recording", None, None)]
    assert query(store, "select count(*) from raw.payloads where payload ->> '_file_sha256' is not null") == [(1,)]
