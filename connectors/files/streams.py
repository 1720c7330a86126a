"""Per-second samples as Parquet beside the ledger: few large files, written whole or not at all.

A file is written under a temporary name, synced, and renamed to a name made from its content, so the same samples give
the same file and a half-written one is never seen. Whether a file is in use is the ledger's to say (raw.streams): what
no row names may be swept.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

_ROWS_PER_GROUP = 122_880
"""DuckDB reads row groups in parallel and skips those whose keys do not match; this is its own default size."""
_ZSTD_LEVEL = 1
"""2026-11-21: over 590,000 real samples level 3 took 1.7 times as long for 3 % less room."""
_ENCODINGS = {
    "sample_at": "DELTA_BINARY_PACKED",
    **dict.fromkeys(
        ("latitude_deg", "longitude_deg", "distance_m", "speed_m_per_s", "altitude_m", "cadence_rpm"),
        "BYTE_STREAM_SPLIT",
    ),
}
"""Instants a second apart: a tenth less room in all. Numbers that hardly change from one to the next lie byte by byte:
2026-11-21, a quarter less time to write, in the same room."""

SAMPLE_SCHEMA: Any = pa.schema(
    [
        ("sample_at", pa.timestamp("ms", tz="UTC")),
        ("latitude_deg", pa.float64()),
        ("longitude_deg", pa.float64()),
        ("distance_m", pa.float64()),
        ("speed_m_per_s", pa.float32()),
        ("altitude_m", pa.float32()),
        ("heart_rate_bpm", pa.int16()),
        ("cadence_rpm", pa.float32()),
        ("power_w", pa.int16()),
        ("temperature_c", pa.int16()),
        ("vertical_oscillation_mm", pa.float32()),
        ("stance_time_ms", pa.float32()),
        ("step_length_mm", pa.float32()),
    ]
)
STREAM_SCHEMA: Any = pa.schema([("athlete_id", pa.string()), ("file_sha256", pa.string()), *SAMPLE_SCHEMA])
_KEY: Any = pa.dictionary(pa.int32(), pa.string())
SAMPLE_COLUMNS = frozenset(SAMPLE_SCHEMA.names)

Column = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Compacted:
    """One large stream file made of several: where it is, what it holds, and which files it makes superfluous."""

    path: Path
    file_sha256s: tuple[str, ...]
    replaces: tuple[Path, ...]


def sample_table(columns: Mapping[str, Column]) -> pa.Table:
    """The samples as an Arrow table; a column the file does not have is null, as is a value out of its type's range."""
    count = len(columns["sample_at"])
    nothing = pa.py_buffer(bytes(8 * count))  # what every column without a value points to
    return pa.Table.from_arrays(
        [
            pa.Array.from_buffers(f.type, count, [nothing, nothing], count)
            if f.name not in columns
            else _array(columns[f.name], f.type)
            for f in SAMPLE_SCHEMA
        ],
        schema=SAMPLE_SCHEMA,
    )


def write_stream_file(tables: Sequence[tuple[str, pa.Table]], *, athlete_id: str, folder: Path) -> Path:
    """Write the samples of these files, given as (file_sha256, samples), as one Parquet file and return its path."""
    parts = [_keyed(table, athlete_id, file_sha256) for file_sha256, table in sorted(tables, key=lambda pair: pair[0])]
    return _write(parts, folder)


def compact(holdings: Mapping[Path, Collection[str]], *, athlete_id: str, folder: Path) -> Compacted:
    """Merge stream files into one that holds, of each, only the files still wanted of it.

    `holdings` says for every stream file which file_sha256s the ledger reads from it. Nothing is deleted here: once the
    ledger names the new file, `replaces` may go.
    """
    wanted: dict[str, Any] = {}
    for path, file_sha256s in holdings.items():
        keep = set(file_sha256s)
        for file_sha256, samples in _by_file(path):
            if file_sha256 in keep:
                wanted[file_sha256] = samples
    path = write_stream_file(list(wanted.items()), athlete_id=athlete_id, folder=folder)
    return Compacted(path, tuple(sorted(wanted)), tuple(sorted(set(holdings) - {path})))


def read_samples(path: Path, file_sha256: str) -> pa.Table:
    """The samples of one original file, in order of time."""
    table = pq.read_table(path, filters=[("file_sha256", "=", file_sha256)], partitioning=None)
    return table.select(SAMPLE_SCHEMA.names).cast(SAMPLE_SCHEMA)


def held_files(path: Path) -> tuple[str, ...]:
    """Which original files a stream file holds samples of."""
    column = pq.read_table(path, columns=["file_sha256"], read_dictionary=["file_sha256"], partitioning=None).column(0)
    return tuple(sorted({key for chunk in column.chunks for key in chunk.dictionary.to_pylist()}))


def _array(values: Column, kind: Any) -> Any:
    """The values in their column's type, without a detour through Arrow's own reading of numpy."""
    known = np.isfinite(values)
    if pa.types.is_timestamp(kind):
        converted = np.where(known, np.round(values * 1000), 0).astype(np.int64)
    elif pa.types.is_integer(kind):
        rounded = np.round(values)
        known &= np.abs(rounded) <= np.iinfo(np.int16).max
        converted = np.where(known, rounded, 0).astype(np.int16)
    elif pa.types.is_float32(kind):
        with np.errstate(over="ignore"):
            converted = values.astype(np.float32)
        known &= np.isfinite(converted)
    else:
        converted = np.ascontiguousarray(values)
    missing = len(values) - int(np.count_nonzero(known))
    bits = pa.py_buffer(np.packbits(known, bitorder="little")) if missing else None
    return pa.Array.from_buffers(kind, len(values), [bits, pa.py_buffer(converted)], missing)


def _keyed(table: pa.Table, athlete_id: str, file_sha256: str) -> Any:
    """The samples with their keys in front; each key is stored once and pointed at."""
    pointers = pa.array(np.zeros(table.num_rows, dtype=np.int32))
    keys = [pa.DictionaryArray.from_arrays(pointers, pa.array([key])) for key in (athlete_id, file_sha256)]
    samples = table.select(SAMPLE_SCHEMA.names).cast(SAMPLE_SCHEMA)
    return pa.Table.from_arrays([*keys, *samples.columns], names=STREAM_SCHEMA.names)


def _by_file(path: Path) -> list[tuple[str, Any]]:
    """The samples of every original file in a stream file, which holds each in one piece."""
    table = pq.read_table(path, read_dictionary=["athlete_id", "file_sha256"], partitioning=None)
    table = table.unify_dictionaries().combine_chunks()
    keys = table.column("file_sha256").chunk(0) if table.num_rows else pa.array([], _KEY)
    pointers = keys.indices.to_numpy()
    starts = np.flatnonzero(np.diff(pointers, prepend=-1)).tolist()
    samples = table.select(SAMPLE_SCHEMA.names)
    names = keys.dictionary.to_pylist()
    ends = [*starts[1:], len(pointers)]
    return [(names[pointers[s]], samples.slice(s, e - s)) for s, e in zip(starts, ends, strict=True)]


def _write(parts: Sequence[Any], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    table = pa.concat_tables(parts).unify_dictionaries() if parts else STREAM_SCHEMA.empty_table()
    with NamedTemporaryFile(dir=folder, prefix=".stream-", suffix=".tmp", delete=False) as file:
        temporary = Path(file.name)
        try:
            pq.write_table(
                table,
                file,
                compression="zstd",
                compression_level=_ZSTD_LEVEL,
                use_dictionary=["athlete_id", "file_sha256"],
                column_encoding=_ENCODINGS,
                row_group_size=_ROWS_PER_GROUP,
                store_schema=False,
            )
            file.flush()
            os.fsync(file.fileno())
            with temporary.open("rb") as written:
                digest = hashlib.file_digest(written, "sha256").hexdigest()
            path = folder / f"{digest[:40]}.parquet"
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    _sync_folder(folder)
    return path


def _sync_folder(folder: Path) -> None:
    """Make the rename itself last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
