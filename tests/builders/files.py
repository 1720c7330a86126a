"""Small activity files made on the spot: FIT bytes message by message, GPX and TCX as text."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.files.crc import crc16

REAL_FILES = Path(__file__).parents[2] / "../shared/data"
STARTED_AT = datetime(2026, 3, 1, 7, 30, tzinfo=UTC)
FIT_EPOCH = datetime(1989, 12, 31, tzinfo=UTC)

_CODES = {
    "enum": (0x00, "B"),
    "sint8": (0x01, "b"),
    "uint8": (0x02, "B"),
    "sint16": (0x83, "h"),
    "uint16": (0x84, "H"),
    "sint32": (0x85, "i"),
    "uint32": (0x86, "I"),
    "string": (0x07, "s"),
    "float32": (0x88, "f"),
    "uint32z": (0x8C, "I"),
    "byte": (0x0D, "B"),
}

FieldRow = tuple[int, str, object]


def fit_time(at: datetime) -> int:
    """An instant as FIT counts it."""
    return int((at - FIT_EPOCH).total_seconds())


@dataclass
class FitBuilder:
    """Writes one FIT file: call `message` for every message, then `build`."""

    order: str = "<"
    header_bits: int = 0  # that a writer sets in every data message's header beside its number
    body: bytearray = field(default_factory=bytearray)
    _defined: dict[int, bytes] = field(default_factory=dict)

    def message(
        self,
        number: int,
        *rows: FieldRow,
        local: int = 0,
        developer: Iterable[tuple[int, int, bytes]] = (),
        time_offset: int | None = None,
    ) -> FitBuilder:
        """Add a message, defining its kind first when it changed. Rows are (field number, type, value)."""
        developer = list(developer)
        definition, data = bytearray(), bytearray()
        for field_number, kind, value in rows:
            code, letter = _CODES[kind]
            packed = _packed(self.order, letter, value)
            definition += bytes([field_number, len(packed), code])
            data += packed
        fields = bytes([0, self.order == ">"]) + struct.pack(self.order + "H", number) + bytes([len(rows)]) + definition
        if developer:
            fields += bytes([len(developer)])
            for field_number, index, packed in developer:
                fields += bytes([field_number, len(packed), index])
                data += packed
        if self._defined.get(local) != fields:
            self.body += bytes([0x40 | (0x20 if developer else 0) | local]) + fields
            self._defined[local] = fields
        header = local | self.header_bits if time_offset is None else 0x80 | local << 5 | time_offset
        self.body += bytes([header]) + data
        return self

    def define_again(self) -> None:
        """Write the definition of every following kind of message anew."""
        self._defined.clear()

    def build(self, *, data_size: int | None = None) -> bytes:
        """The whole file with its header and checksum."""
        size = len(self.body) if data_size is None else data_size
        header = struct.pack("<BBHI4s", 14, 0x20, 2100, size, b".FIT")
        whole = header + struct.pack("<H", crc16(header)) + bytes(self.body)
        return whole + struct.pack("<H", crc16(whole))


def fit_run(
    *, count: int = 60, started_at: datetime = STARTED_AT, with_session: bool = True, order: str = "<", sport: int = 1
) -> bytes:
    """A steady run of one sample a second with a session, a lap, timer events and an hour's offset from UTC."""
    start = fit_time(started_at)
    fit = FitBuilder(order)
    fit.message(0, (0, "enum", 4), (1, "uint16", 1), (2, "uint16", 3113), (3, "uint32z", 4711), (4, "uint32", start))
    fit.message(21, (253, "uint32", start), (0, "enum", 0), (1, "enum", 0), local=1)
    for second in range(count):
        add_record(fit, start + second, second)
    end = start + max(count - 1, 0)
    fit.message(21, (253, "uint32", end), (0, "enum", 0), (1, "enum", 4), local=1)
    if with_session:
        totals: list[FieldRow] = [(253, "uint32", end), (2, "uint32", start), (7, "uint32", count * 1000)]
        totals += [(8, "uint32", count * 1000), (9, "uint32", count * 300)]
        fit.message(19, *totals, (15, "uint8", 150), (16, "uint8", 160), (17, "uint8", 85), (80, "uint8", 64), local=3)
        rows: list[FieldRow] = [(5, "enum", sport), (6, "enum", 0), (16, "uint8", 150), (17, "uint8", 160)]
        rows += [(18, "uint8", 85), (92, "uint8", 64), (11, "uint16", 77), (193, "uint8", 60), (22, "uint16", 0xFFFF)]
        fit.message(18, *totals, *rows, local=4)
        fit.message(34, (253, "uint32", end), (5, "uint32", end + 3600), (1, "uint16", 1), local=5)
    return fit.build()


def add_record(fit: FitBuilder, at: int, second: int) -> None:
    """One sample of the steady run: 3 m/s due north, 150 bpm, 85.5 strides a minute."""
    semicircles = 2**31 / 180
    latitude = 50.0 + second * 3 / 111_195
    fit.message(
        20,
        (253, "uint32", at),
        (0, "sint32", round(latitude * semicircles)),
        (1, "sint32", round(7.0 * semicircles)),
        (5, "uint32", second * 300),
        (73, "uint32", 3000),
        (78, "uint32", (100 + 500) * 5),
        (3, "uint8", 150),
        (4, "uint8", 85),
        (53, "uint8", 64),
        (7, "uint16", 0xFFFF),
        (13, "sint8", 21),
        local=2,
    )


def gpx(points: Sequence[str], *, kind: str = "running", creator: str = "Example watch") -> bytes:
    """A GPX file of one track with one segment of these points."""
    return gpx_of(gpx_track(points, kind=kind), creator=creator)


def gpx_of(*tracks: str, creator: str = "Example watch") -> bytes:
    text = '<?xml version="1.0" encoding="UTF-8"?><gpx version="1.1" creator="{}" xmlns="http://www.topografix.com/GPX/1/1">'
    return (text.format(creator) + "".join(tracks) + "</gpx>").encode()


def gpx_track(*segments: Sequence[str], kind: str = "running") -> str:
    inner = "".join("<trkseg>" + "".join(points) + "</trkseg>" for points in segments)
    return f"<trk><name>A run</name><type>{kind}</type>{inner}</trk>"


def gpx_point(
    second: float, *, latitude: float = 50.0, zone: str = "Z", extensions: str = "", elevation: str = "100"
) -> str:
    at = (STARTED_AT + timedelta(seconds=second)).replace(tzinfo=None).isoformat() + zone
    return (
        f'<trkpt lat="{latitude}" lon="7.0"><ele>{elevation}</ele><time>{at}</time>'
        f"<extensions>{extensions}</extensions></trkpt>"
    )


def tcx(*activities: str) -> bytes:
    """A TCX file of these activities."""
    return (
        '<?xml version="1.0"?><TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2" '
        'xmlns:ns3="http://www.garmin.com/xmlschemas/ActivityExtension/v2"><Activities>'
        + "".join(activities)
        + "</Activities></TrainingCenterDatabase>"
    ).encode()


def tcx_activity(*, sport: str = "Running", started_at: datetime = STARTED_AT, laps: int = 2, seconds: int = 60) -> str:
    """An activity of equal laps, a trackpoint every ten seconds, 3 m/s, 150 bpm."""
    inner = ""
    for lap in range(laps):
        begin = started_at + timedelta(seconds=lap * seconds)
        points = "".join(
            _tcx_point(begin + timedelta(seconds=s), (lap * seconds + s) * 3.0) for s in range(0, seconds, 10)
        )
        inner += (
            f'<Lap StartTime="{begin.isoformat()}"><TotalTimeSeconds>{seconds}</TotalTimeSeconds>'
            f"<DistanceMeters>{seconds * 3}</DistanceMeters><Calories>10</Calories>"
            f"<AverageHeartRateBpm><Value>{150 + lap * 10}</Value></AverageHeartRateBpm><Intensity>Active</Intensity>"
            f"<TriggerMethod>Manual</TriggerMethod><Track>{points}</Track></Lap>"
        )
    creator = "<Creator><Name>Example TCX watch</Name><UnitId>99</UnitId></Creator>"
    return f'<Activity Sport="{sport}"><Id>{started_at.isoformat()}</Id>{inner}{creator}</Activity>'


def _tcx_point(at: datetime, distance_m: float) -> str:
    return (
        f"<Trackpoint><Time>{at.isoformat()}</Time><DistanceMeters>{distance_m}</DistanceMeters>"
        "<HeartRateBpm><Value>150</Value></HeartRateBpm><Extensions><ns3:TPX><ns3:Speed>3.0</ns3:Speed>"
        "<ns3:RunCadence>85</ns3:RunCadence></ns3:TPX></Extensions></Trackpoint>"
    )


def _packed(order: str, letter: str, value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    values = value if isinstance(value, tuple) else (value,)
    return struct.pack(f"{order}{len(values)}{letter}", *values)
