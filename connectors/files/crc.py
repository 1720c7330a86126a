"""The FIT checksum of a whole buffer in some microseconds, by folding its front onto its back until 15 bytes are left.

FIT uses the CRC with the reflected polynomial 0xA001 that begins at zero. As a polynomial over two elements this is
x¹⁶ + x¹⁵ + x² + 1 = (x + 1)(x¹⁵ + x + 1). Squaring such a polynomial squares each of its terms, so x¹⁵ ≡ x + 1 also holds
when x stands for a step of 2ᵏ bits: a stretch of bytes may be taken away when it is added (exclusive or) 14 and 15
steps further on, and numpy adds long stretches at once. What that loses, the remainder by x + 1, is the parity of all
bits. The standard library has no function for this polynomial.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_POLYNOMIAL = 0xA001
_LEFT = 15
"""Bytes that folding leaves over."""

Bytes = npt.NDArray[np.uint8]


def crc16(data: bytes | memoryview) -> int:
    """The FIT checksum of these bytes; zero over a sound file that includes its own checksum."""
    if len(data) <= 2 * _LEFT:
        return _byte_by_byte(data)
    whole = np.frombuffer(data, dtype=np.uint8)
    left = bytearray(_folded(whole).tobytes())
    if _parity(whole) != _parity(np.frombuffer(left, dtype=np.uint8)):
        # The polynomial x¹⁵ + x + 1 itself changes the parity and nothing else.
        left[-2] ^= 0x01
        left[-1] ^= 0xC0
    return _byte_by_byte(left)


def _folded(data: Bytes) -> Bytes:
    """The last 15 bytes, with all that came before folded into them."""
    data = data.copy()
    step = 1 << ((len(data) - 1) // _LEFT).bit_length() - 1
    while step:
        while len(data) > _LEFT * step:
            count = min(len(data) - _LEFT * step, (_LEFT - 1) * step)
            front = data[:count]
            for further_on in (_LEFT - 1) * step, _LEFT * step:
                data[further_on : further_on + count] ^= front
            data = data[count:]
        step >>= 1
    return data


def _parity(data: Bytes) -> int:
    """Whether the number of bits that are set is odd."""
    return int(np.bitwise_xor.reduce(data)).bit_count() & 1


def _byte_by_byte(data: bytes | bytearray | memoryview) -> int:
    crc = 0
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc


def _moved_on(byte: int) -> int:
    """What a byte becomes in the checksum."""
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE = tuple(_moved_on(byte) for byte in range(256))
