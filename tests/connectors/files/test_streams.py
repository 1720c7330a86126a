"""Stream files are whole or absent, the same for the same samples, and give back what was put in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.files import read_activity_file
from connectors.files.streams import (
    SAMPLE_SCHEMA,
    STREAM_SCHEMA,
    compact,
    held_files,
    read_samples,
    sample_table,
    write_stream_file,
)
from tests.builders.files import fit_run


def table(count: int, *, first: float = 1_700_000_000.0) -> Any:
    columns = {"sample_at": first + np.arange(count), "heart_rate_bpm": np.full(count, 150.0)}
    return sample_table(columns)


def write(folder: Path, *tables: tuple[str, Any]) -> Path:
    return write_stream_file(tables, athlete_id="me", folder=folder)


def test_a_stream_file_gives_back_the_samples_of_every_file(tmp_path: Path) -> None:
    run = read_activity_file(fit_run(), name="run.fit").samples
    path = write(tmp_path, ("b" * 64, run), ("a" * 64, table(5)))

    assert read_samples(path, "b" * 64).equals(run)
    assert held_files(path) == ("a" * 64, "b" * 64)
    assert pq.read_schema(path).equals(STREAM_SCHEMA)


def test_the_same_samples_give_the_same_file_whatever_their_order(tmp_path: Path) -> None:
    first = write(tmp_path / "one", ("a", table(5)), ("b", table(6)))
    second = write(tmp_path / "two", ("b", table(6)), ("a", table(5)))

    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()
    assert write(tmp_path / "one", ("a", table(5)), ("b", table(7))).name != first.name


def test_nothing_but_the_finished_file_is_left(tmp_path: Path) -> None:
    path = write(tmp_path, ("a", table(5)))

    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        write(tmp_path, ("a", table(5).drop_columns(["power_w"])))

    assert list(tmp_path.iterdir()) == []


def test_duckdb_reads_the_types_the_ledger_expects(tmp_path: Path) -> None:
    path = write(tmp_path, ("a", table(3)))

    with duckdb.connect() as con:
        types = dict(
            con.execute("select column_name, column_type from (describe from read_parquet(?))", [str(path)]).fetchall()
        )
    assert types["sample_at"] == "TIMESTAMP WITH TIME ZONE"
    assert (types["athlete_id"], types["latitude_deg"], types["heart_rate_bpm"]) == ("VARCHAR", "DOUBLE", "SMALLINT")
    assert list(types) == STREAM_SCHEMA.names


def test_compacting_keeps_exactly_what_is_still_wanted(tmp_path: Path) -> None:
    paths = [write(tmp_path, (f"{i}", table(3 + i)), (f"old{i}", table(2))) for i in range(40)]
    holdings = {path: [f"{i}"] for i, path in enumerate(paths)}

    compacted = compact(holdings, athlete_id="me", folder=tmp_path)
    assert compacted.file_sha256s == tuple(sorted(str(i) for i in range(40)))
    assert held_files(compacted.path) == compacted.file_sha256s
    assert set(compacted.replaces) == set(paths)
    assert all(path.exists() for path in paths)
    assert read_samples(compacted.path, "7").equals(table(10))


@settings(max_examples=10, deadline=None)  # every example syncs files to the disk
@given(st.lists(st.integers(min_value=1, max_value=20), min_size=1, max_size=5))
def test_compacting_is_the_same_as_having_written_one_file(tmp_path_factory: Any, counts: Sequence[int]) -> None:
    folder = tmp_path_factory.mktemp("streams")
    tables = [(f"file{i}", table(count)) for i, count in enumerate(counts)]
    holdings = {write(folder, pair): [pair[0]] for pair in tables}

    assert compact(holdings, athlete_id="me", folder=folder).path == write(folder, *tables)


def test_values_that_do_not_fit_or_are_no_numbers_are_null() -> None:
    values = np.array([1.0, np.nan, np.inf, -np.inf, 1e9])
    names = [name for name in SAMPLE_SCHEMA.names if name != "sample_at"]
    rows = sample_table({"sample_at": np.arange(5.0), **dict.fromkeys(names, values)}).to_pylist()

    for name in names:
        fits = name not in ("heart_rate_bpm", "power_w", "temperature_c")
        assert [row[name] for row in rows] == [1, None, None, None, 1e9 if fits else None]


def test_no_samples_are_an_empty_file(tmp_path: Path) -> None:
    path = write(tmp_path, ("a", table(0)))

    assert pq.read_table(path).num_rows == 0
    assert isinstance(read_samples(path, "a"), pa.Table)


def test_a_file_can_hold_more_originals_than_a_byte_can_count(tmp_path: Path) -> None:
    path = write(tmp_path, *((f"{i:03}", table(2)) for i in range(300)))

    assert len(held_files(path)) == 300
    assert read_samples(path, "299").equals(table(2))
