"""Zips from strangers: what reading a damaged one may raise, and which member is a bomb or locked."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib

from connectors.errors import Unsafe
from connectors.unpack import Limits

_ENCRYPTED = 0x1

# Everything Python's zip reader is known to raise on damaged input.
ZIP_ERRORS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


def is_encrypted(member: zipfile.ZipInfo) -> bool:
    """Whether reading it takes a password."""
    return bool(member.flag_bits & _ENCRYPTED)


def refuse_bomb(member: zipfile.ZipInfo, limits: Limits) -> None:
    """Raise `Unsafe` for a member that says that it unpacks to far more than a recording does."""
    if member.file_size > limits.ratio_from_bytes and member.file_size > limits.ratio * max(member.compress_size, 1):
        raise Unsafe(f"It unpacks to more than {limits.ratio} times its size, as no recording does.", "Leave it out.")
