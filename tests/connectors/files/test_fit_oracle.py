"""Our FIT decoder says what fitdecode says, field by field, on every real file that fitdecode can read."""

from __future__ import annotations

import hashlib
import math
import warnings
from collections import defaultdict
from pathlib import Path
from typing import Any

import fitdecode
import numpy as np
import pytest

from connectors.files.fit_messages import Message, read_fit
from connectors.files.fit_profile import FIELDS, MESSAGES, RECORD
from connectors.files.fit_words import EVENT_TYPES, INTENSITIES, LAP_TRIGGERS, MANUFACTURERS, SPORTS, SUB_SPORTS
from tests.builders.files import REAL_FILES, fit_run

FIT_EPOCH_UNIX_S = 631_065_600
QUICK = (
    "activity-small-fenix2-run.fit",
    "garmin-fenix-5-run.fit",
    "compressed-speed-distance.fit",
    "antfs-dump.63.fit",
)

Key = int | tuple[int, int]


def real_fit_files() -> list[Path]:
    """Every distinct real FIT file."""
    found = {
        hashlib.sha256(path.read_bytes()).hexdigest(): path
        for path in sorted(REAL_FILES.resolve().rglob("*"), reverse=True)
        if path.suffix.lower() == ".fit"
    }
    return sorted(found.values(), key=lambda path: path.name)


REAL = real_fit_files()
needs_real = pytest.mark.skipif(not REAL, reason="the real files of ../shared/data are not here")


@needs_real
@pytest.mark.parametrize("path", [path for path in REAL if path.name in QUICK], ids=lambda path: path.name)
def test_a_few_real_files_decode_as_fitdecode_decodes_them(path: Path) -> None:
    assert_same(path.read_bytes())


@needs_real
@pytest.mark.slow
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_every_real_file_decodes_as_fitdecode_decodes_it(path: Path) -> None:
    assert_same(path.read_bytes())


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_built_file_decodes_as_fitdecode_decodes_it_in_either_byte_order(order: str) -> None:
    assert_same(fit_run(order=order))


def test_the_field_table_agrees_with_fitdecode() -> None:
    from fitdecode import utils

    for number, fields in FIELDS.items():
        theirs = utils.get_mesg_type(number).fields
        assert utils.get_mesg_type(number).name == MESSAGES[number]
        for field_number, ours in fields.items():
            other = theirs[field_number]
            assert (ours.name, ours.scale, ours.offset) == (other.name, other.scale or 1, other.offset or 0)


@pytest.mark.parametrize(
    ("message", "field", "words"),
    [
        ("session", 5, SPORTS),
        ("session", 6, SUB_SPORTS),
        ("event", 1, EVENT_TYPES),
        ("lap", 23, INTENSITIES),
        ("lap", 24, LAP_TRIGGERS),
        ("file_id", 1, MANUFACTURERS),
    ],
)
def test_the_words_agree_with_fitdecode(message: str, field: int, words: dict[int, str]) -> None:
    from fitdecode import utils

    theirs = utils.get_mesg_type(message).fields[field].type.enum

    assert {code: theirs.get(code) for code in words} == words


def assert_same(data: bytes) -> None:
    """Compare every value of every message that fitdecode yields before it gives up."""
    fit = read_fit(data)
    for number, rows in oracle(data).items():
        message = fit.message(number)
        assert message is not None
        assert message.count >= len(rows)
        keys = {key for row in rows for key in row}
        for key in keys:
            ours = values_of(message, key, texts=any(isinstance(row.get(key), str) for row in rows))
            for i, row in enumerate(rows):
                if key in row:
                    assert same(ours[i], row[key]), (number, key, i, ours[i], row[key])


def values_of(message: Message, key: Key, *, texts: bool) -> list[Any]:
    number, developer = (key[1], key[0]) if isinstance(key, tuple) else (key, None)
    if texts:
        return list(message.texts(number, developer))
    if message.number == RECORD and developer is None and number in (5, 6):
        return list(message.column("distance" if number == 5 else "speed"))
    return list(message.values(number, developer))


def same(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, tuple):
        ours = np.atleast_1d(ours)
        return all(
            same(mine, other) for mine, other in zip(ours, [*theirs, *[None] * (len(ours) - len(theirs))], strict=True)
        )
    if isinstance(ours, np.ndarray):
        return bool(np.isnan(ours[1:]).all()) and same(ours[0], theirs)
    if theirs is None:
        return ours is None or math.isnan(ours)
    if isinstance(theirs, str):
        return bool(ours == theirs)
    return math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=1e-9)


def oracle(data: bytes) -> dict[int, list[dict[Key, Any]]]:
    """What fitdecode reads, by message number, one mapping of field to value for every message."""
    rows: dict[int, list[dict[Key, Any]]] = defaultdict(list)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with fitdecode.FitReader(data, processor=None) as reader:
                for frame in reader:
                    if frame.frame_type == fitdecode.FIT_FRAME_DATA:
                        rows[frame.global_mesg_num].append(row_of(frame))
        except fitdecode.FitError:
            pass  # what it read until then still counts
    return rows


def row_of(frame: Any) -> dict[Key, Any]:
    row: dict[Key, Any] = {}
    known = FIELDS.get(frame.global_mesg_num, {})
    for value in frame.fields:
        if value.field_def is None and not (frame.global_mesg_num == RECORD and value.def_num in (5, 6, 253)):
            continue  # computed from another field, which is compared itself
        key: Key = value.def_num
        if value.field_def is not None and value.field_def.is_dev:
            key = (value.field_def.dev_data_index, value.field_def.def_num)
        if row.get(key) is None:
            is_named = isinstance(key, int) and key in known
            row[key] = number_of(value, known[value.def_num].name if is_named else "")
    return row


def number_of(value: Any, name: str) -> Any:
    raw = value.raw_value
    if isinstance(raw, str) or raw is None:
        return raw
    if not name or value.parent_field is not None:
        return raw  # a field nobody named, or one that fitdecode scales by what another field says
    scaled = value.value if isinstance(value.value, int | float | tuple) and not isinstance(value.value, bool) else raw
    if name in ("timestamp", "start_time", "time_created", "local_timestamp") and not isinstance(scaled, tuple):
        return scaled + FIT_EPOCH_UNIX_S
    return scaled
