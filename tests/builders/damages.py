"""Database files as bad disks and cut-off copies leave them."""

from __future__ import annotations

import os
from collections.abc import Callable

_BLOCK = 262_144


def with_a_bad_block(data: bytes) -> bytes:
    """Some bytes of every other block are others: some of them are read by nothing but a look at all."""
    changed = bytearray(data)
    for at in range(12_288 + _BLOCK // 2, len(data), 2 * _BLOCK):
        changed[at : at + 16] = os.urandom(16)
    return bytes(changed)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda data: data[: len(data) // 2],
    "garbage": lambda data: os.urandom(len(data)),
    "header": lambda data: data[:4100] + os.urandom(8100) + data[12_200:],
    "empty": lambda data: b"",
    "bad block": with_a_bad_block,
}
