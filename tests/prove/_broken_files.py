"""Files with something wrong with them, each made from nothing but a seed and its number: damaged, spliced, hostile."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from random import Random

from connectors.errors import Skipped
from connectors.files import read_activity_file
from connectors.files.crc import crc16
from tests.builders.files import REAL_FILES, fit_run, gpx, gpx_point, tcx, tcx_activity

# Larger real files only repeat what smaller ones hold, and cost most of the time.
_LARGEST_SOURCE = 150_000
_TELLING_BYTES = b"\x00\x01\x02\x0e\x14\x20\x40\x4f\x60\x7f\x80\x9f\xe0\xff"
_MESSAGES = (0, 12, 18, 19, 20, 20, 20, 21, 34, 78, 101, 206, 207, 999)
_FIELDS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 39, 73, 78, 253, 253, 254)
_TYPES = (0, 1, 2, 0x83, 0x84, 0x85, 0x86, 7, 0x88, 0x89, 0x0A, 0x8B, 0x8C, 0x0D, 0x8E, 0x8F, 0x90, 0x1F)


@dataclass(frozen=True, slots=True)
class Broken:
    """One broken file; `is_gzipped` says that it has to be unpacked before it is read."""

    data: bytes
    is_gzipped: bool = False


@cache
def sources() -> tuple[bytes, ...]:
    """Sound files to break: real recordings where they are, and made ones of every kind."""
    made = [
        fit_run(),
        fit_run(order=">"),
        fit_run(count=20) + fit_run(count=20),
        gpx([gpx_point(i, extensions="<hr>150</hr>") for i in range(60)]),
        tcx(tcx_activity()),
    ]
    folder = REAL_FILES.resolve()
    real = [
        path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in {".fit", ".tcx", ".gpx"} and path.stat().st_size <= _LARGEST_SOURCE
    ]
    return (*made, *(data for data in real if _is_recording(data)))


def _is_recording(data: bytes) -> bool:
    """Whether there is something in it to lose; settings and courses without samples are refused at a glance."""
    with suppress(Skipped):
        return bool(read_activity_file(data, name="file").payload["sample_count"])
    return False


def broken_file(seed: int, index: int) -> Broken:
    """The file of this number among those of the seed."""
    random = Random(f"{seed}/{index}")
    kind = random.random()
    if kind < 0.12:
        return Broken(_hostile_fit(random))
    if kind < 0.17:
        return Broken(_hostile_xml(random))
    data = random.choice(sources())
    if kind < 0.22:
        packed = gzip.compress(data, 1)
        return Broken(_damaged(packed, random, (packed,)), is_gzipped=True)
    return Broken(_damaged(data, random, sources()))


def _damaged(data: bytes, random: Random, others: Sequence[bytes]) -> bytes:
    """The file with one to three things done to it."""
    broken = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 3))):
        if broken:
            way = random.choice((_scratch, _scratch, _move))
            way(broken, random, others)
    return bytes(broken)


def _scratch(broken: bytearray, random: Random, _: Sequence[bytes]) -> None:
    """Other bytes where they are."""
    at, length = _stretch(broken, random)
    match random.randrange(4):
        case 0:
            for _each in range(random.choice((1, 8, 100, 2000))):
                broken[random.randrange(len(broken))] ^= 1 << random.randrange(8)
        case 1:
            for _each in range(random.choice((1, 3, 30, 300))):
                broken[random.randrange(len(broken))] = random.choice(_TELLING_BYTES)
        case 2:
            for _each in range(random.choice((1, 3, 10))):
                broken[random.randrange(min(len(broken), 300))] = random.randrange(256)
        case _:
            broken[at : at + length] = bytes([random.choice(_TELLING_BYTES)]) * length


def _move(broken: bytearray, random: Random, others: Sequence[bytes]) -> None:
    """Bytes cut out, put in, doubled, swapped, or another file's."""
    at, length = _stretch(broken, random)
    match random.randrange(6):
        case 0:
            del broken[at:]
        case 1:
            del broken[at : at + length]
        case 2:
            broken[at:at] = random.randbytes(min(length, 4000))
        case 3:
            broken[at:at] = broken[random.randrange(len(broken)) :][:length]
        case 4:
            other = random.choice(others)
            broken[at:] = other[random.randrange(len(other)) :]
        case _:
            first, second = sorted((at, random.randrange(len(broken))))
            broken[first:] = broken[second:] + broken[first:second]


def _stretch(broken: bytearray, random: Random) -> tuple[int, int]:
    return random.randrange(len(broken)), random.choice((1, 4, 60, 1000, len(broken) // 3))


def _hostile_fit(random: Random) -> bytes:
    """A FIT file nobody's watch wrote: definitions of any size, messages of one byte, fields of apps that lie."""
    body = bytearray()
    size = random.choice((500, 5_000, 50_000, 300_000))
    sizes: dict[int, int] = {}
    while len(body) < size:
        if not sizes or random.random() < random.choice((0.02, 0.3, 0.9)):
            local = random.randrange(4)
            definition, sizes[local] = _definition(random, local)
            body += definition
        local = random.choice(list(sizes))
        header = random.choice((local, local, local | 0x20, 0x80 | local << 5 | random.randrange(32)))
        count = random.choice((1, 1, 5, size // max(sizes[local] + 1, 1)))
        fill = random.choice((b"\x00", b"\xff", b"\x01", b"\x7f"))
        for _ in range(min(count, 1000)):
            cells = random.randbytes(sizes[local]) if random.random() < 0.3 else fill * sizes[local]
            body += bytes([header]) + cells
        if count > 1000:
            body += (bytes([header]) + fill * sizes[local]) * (count - 1000)
    said = random.choice((len(body), len(body), 0, 0xFFFFFFFF, random.randrange(1, 2 * len(body))))
    head = struct.pack("<BBHI4s", random.choice((14, 14, 12, 0, 255)), 0x20, 2100, said, b".FIT")
    whole = head + struct.pack("<H", crc16(head)) + bytes(body)
    whole += struct.pack("<H", crc16(whole))
    return whole * random.choice((1, 1, 1, 3))


def _definition(random: Random, local: int) -> tuple[bytes, int]:
    """A definition and the size of the messages that follow it."""
    order = random.randrange(2)
    message = random.choice(_MESSAGES)
    if message == 206 and random.random() < 0.5:
        rows = [(0, 1, 2), (1, 1, 2), (2, 1, 2), (3, random.choice((1, 16, 255)), 7)]
    else:
        count = random.choice((0, 1, 2, 3, 8, 60, 255))
        rows = [
            (random.choice(_FIELDS), random.choice((0, 1, 1, 2, 4, 4, 8, 255)), random.choice(_TYPES))
            for _ in range(count)
        ]
        if random.random() < 0.5:
            rows = [(253, 4, 0x86), *rows][:255]
    apps = []
    if random.random() < 0.3:
        apps = [(random.randrange(4), random.choice((0, 1, 2, 4, 255)), 0) for _ in range(random.choice((1, 3, 255)))]
    fields = b"".join(map(bytes, rows))
    definition = bytes([0x40 | (0x20 if apps else 0) | local, 0, order])
    definition += message.to_bytes(2, "big" if order else "little") + bytes([len(rows)]) + fields
    if apps:
        definition += bytes([len(apps)]) + b"".join(map(bytes, apps))
    return definition, sum(row[1] for row in (*rows, *apps))


_TCX = "TrainingCenterDatabase"
_POINTS = (
    "<trkpt/>",
    '<trkpt lat="1" lon="2"/>',
    '<trkpt lat="1e999" lon="-nan"><time>2026-03-01T07:30:00Z</time><ele>inf</ele></trkpt>',
    '<trkpt lat="50" lon="7"><time>0001-01-01T00:00:00+23:59</time></trkpt>',
    "<Trackpoint/>",
    "<Trackpoint><Time>9999-12-31T23:59:59Z</Time><DistanceMeters>1e308</DistanceMeters></Trackpoint>",
    "<Lap/>",
    "<Lap><TotalTimeSeconds>-1</TotalTimeSeconds><Track><Trackpoint/></Track></Lap>",
    "<trkseg/>",
    "<trk/>",
    "<Activity/>",
    "<a/>",
    "<a><b>",
    "<a>",
    "&amp;",
    "&unknown;",
    "<!-- -->",
    "<?pi?>",
    "<![CDATA[ ]]>",
    '<a x="1" y="2" z="3"/>',
    "<extensions><a><a><hr>1</hr></a></a></extensions>",
)


def _hostile_xml(random: Random) -> bytes:
    """A GPX or TCX file of one thing repeated: empty points, laps of nothing, elements within elements, long numbers."""
    repeated = "".join(random.choice(_POINTS) for _ in range(random.choice((1, 1, 3))))
    if random.random() < 0.1:
        repeated = f'<trkpt lat="{"9" * 5000}" lon="1"><time>{"2" * 5000}</time></trkpt>'
    content = repeated * (random.choice((1, 100, 5_000, 100_000)) // len(repeated) + 1)
    match random.randrange(4):
        case 0:
            text = f'<gpx creator="x"><trk><trkseg>{content}</trkseg></trk></gpx>'
        case 1:
            lap = f"<Lap><Track>{content}</Track></Lap>"
            text = f"<{_TCX}><Activities><Activity Sport='x'>{lap}</Activity></Activities></{_TCX}>"
        case 2:
            text = f"<{_TCX}><Activities>{content}</Activities></{_TCX}>"
        case _:
            text = f"<gpx>{content}"
    encoding = random.choice(("utf-8", "utf-8", "utf-8", "utf-16"))
    declared = random.choice(("", '<?xml version="1.0"?>', f'<?xml version="1.0" encoding="{encoding}"?>'))
    return (declared + text).encode(encoding)
