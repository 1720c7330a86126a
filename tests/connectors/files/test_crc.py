"""The folded checksum is the FIT checksum."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.crc import crc16


def crc_bit_by_bit(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


@given(st.binary(max_size=700))
def test_folding_gives_what_shifting_bit_by_bit_gives(data: bytes) -> None:
    assert crc16(data) == crc_bit_by_bit(data)


@given(st.binary(min_size=1, max_size=300))
def test_the_checksum_over_data_and_its_checksum_is_zero(data: bytes) -> None:
    assert crc16(data + crc16(data).to_bytes(2, "little")) == 0


@pytest.mark.parametrize("size", [30, 31, 239, 240, 241, 4_095, 4_096, 9_001])
def test_a_long_buffer_of_any_length_folds_to_the_same(size: int) -> None:
    data = random.Random(size).randbytes(size)

    assert crc16(data) == crc_bit_by_bit(data)


def test_the_check_value_of_the_published_algorithm() -> None:
    """CRC-16/ARC of the digits 1 to 9."""
    assert crc16(b"123456789") == 0xBB3D
