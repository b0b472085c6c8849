"""Comparison of an audio file's header with its data, to detect files that are truncated or were never finished.

libsndfile reads such files in part without a warning, or not at all. The layouts: RIFF and WAVE (Microsoft, 1991),
RF64 (EBU Tech 3306), Wave64 (Sony), AIFF (Apple, 1989), CAF (Apple, 2005), AU (Sun), 8SVX (Electronic Arts, 1985), VOC
(Creative), SPHERE (NIST), Ogg (RFC 3533).
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

__all__ = ["Claim", "Patched", "claim_of", "ogg_is_cut", "unaccounted"]

#: 32-bit sizes from this on mean an unknown size; pipes and recorders write them.
UNKNOWN = 0x7FFFF000
#: Names in Wave64 are GUIDs: four letters followed by one of these.
W64_RIFF = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
W64_TAIL = b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"
#: Largest size of an Ogg page in bytes.
OGG_PAGE = 65307


@dataclass(frozen=True)
class Claim:
    """Position and size of a file's audio data according to its header, and their actual size.

    Parameters
    ----------
    start
        Position of the data in bytes.
    promised
        Size of the data in bytes according to the header; None if unknown.
    there
        Number of bytes from `start` to the end of the file.
    repair
        Replacements for header fields of unknown or zero size, {position: bytes}.
    strict
        True if libsndfile rejects a truncated file of this format unless its header is repaired.
    """

    start: int
    promised: int | None
    there: int
    repair: dict[int, bytes]
    strict: bool = False

    @property
    def unfinished(self) -> bool:
        """True if the header counts no data, but the file has some."""
        return self.promised == 0 and self.there >= 16

    @property
    def needs_repair(self) -> bool:
        """True if libsndfile would not read the data of the file without a repair."""
        return self.unfinished or (self.strict and self.promised is not None and 0 < self.there < self.promised)


def claim_of(file: BinaryIO, size: int) -> Claim | None:
    """Read the header of an audio file.

    Parameters
    ----------
    file
        The open file.
    size
        Size of the file in bytes.

    Returns
    -------
    claim : Claim
        What the header says; None for a format without sizes in its header, or if the header cannot be read.
    """
    file.seek(0)
    head = file.read(16)
    readers: dict[bytes, Callable[[BinaryIO, int], Claim | None]] = {
        b"RIFF": _riff, b"RIFX": _riff, b"RF64": _riff, b"BW64": _riff, b"riff": _wave64, b"FORM": _aiff, b".snd": _au,
        b"caff": _caf, b"Crea": _voc, b"NIST": _sphere,
    }  # fmt: skip
    reader = readers.get(head[:4])
    try:
        return reader(file, size) if reader else None
    except (struct.error, ValueError):  # the header itself is truncated
        return None


def _chunks(file: BinaryIO, at: int, size: int, order: str) -> Iterator[tuple[bytes, int, int]]:
    """Yield (name, position of the content, size of the content) of the chunks from position `at` on."""
    while at + 8 <= size:
        file.seek(at)
        name, length = struct.unpack(order + "4sI", file.read(8))
        yield name, at + 8, length
        at += 8 + length + length % 2


def _riff(file: BinaryIO, size: int) -> Claim | None:
    file.seek(0)
    order = ">" if file.read(4) == b"RIFX" else "<"
    long_size, at_long = None, 0
    for name, at, length in _chunks(file, 12, size, order):
        if name == b"ds64":
            file.seek(at)
            long_size, at_long = struct.unpack("<QQ", file.read(16))[1], at + 8
        elif name == b"data":
            there = size - at
            sizes = (struct.pack(order + "I", min(n, 2**32 - 1)) for n in (size - 8, there))
            repair = dict(zip((4, at - 4), sizes, strict=True))
            if long_size is None:
                return Claim(at, None if length >= max(UNKNOWN, there) else length, there, repair)
            return Claim(at, long_size, there, {at_long - 8: struct.pack("<QQ", size - 8, there)})
    return None


def _wave64(file: BinaryIO, size: int) -> Claim | None:
    file.seek(0)
    if file.read(16) != W64_RIFF:
        return None
    at = 40
    while at + 24 <= size:
        file.seek(at)
        name, length = struct.unpack("<16sQ", file.read(24))
        if name == b"data" + W64_TAIL:  # the size includes the header of the chunk, 24 bytes
            repair = {16: struct.pack("<Q", size), at + 16: struct.pack("<Q", size - at)}
            return Claim(at + 24, max(length - 24, 0), size - at - 24, repair)
        if length < 24:
            return None
        at += length + -length % 8
    return None


def _aiff(file: BinaryIO, size: int) -> Claim | None:
    frames: tuple[int, int] | None = None
    for name, at, length in _chunks(file, 12, size, ">"):
        if name == b"COMM":
            file.seek(at)
            channels, _, bits = struct.unpack(">HIH", file.read(8))
            frames = at + 2, channels * -(-bits // 8)
        elif name == b"SSND":  # 8 bytes of offset and block size precede the samples
            there = size - at - 8
            repair = {4: struct.pack(">I", size - 8), at - 4: struct.pack(">I", there + 8)}
            if frames and frames[1]:
                repair[frames[0]] = struct.pack(">I", there // frames[1])
            return Claim(at + 8, None if length >= max(UNKNOWN, there + 8) else max(length - 8, 0), there, repair)
        elif name == b"BODY":  # of 8SVX and 16SV
            repair = {4: struct.pack(">I", size - 8), at - 4: struct.pack(">I", size - at)}
            return Claim(at, length, size - at, repair)
    return None


def _caf(file: BinaryIO, size: int) -> Claim | None:
    at = 8
    while at + 12 <= size:
        file.seek(at)
        name, length = struct.unpack(">4sq", file.read(12))
        if name == b"desc":
            file.seek(8, io.SEEK_CUR)  # the sample rate
            if file.read(4) not in (b"lpcm", b"ulaw", b"alaw"):  # compressed packets
                return None
        elif name == b"data":  # 4 bytes that count edits precede the samples; -1 means "to the end"
            there = size - at - 16
            repair = {at + 4: struct.pack(">q", there + 4)}
            return Claim(at + 16, None if length < 0 else max(length - 4, 0), there, repair, strict=True)
        at += 12 + max(length, 0)
    return None


def _voc(file: BinaryIO, size: int) -> Claim | None:
    file.seek(20)
    at = struct.unpack("<H", file.read(2))[0]
    file.seek(at)
    kind, *low = struct.unpack("<4B", file.read(4))
    header = {1: 2, 9: 12}.get(kind)
    if header is None:
        return None
    start, length = at + 4 + header, int.from_bytes(low, "little") - header
    if start + length + 1 < size:  # more blocks than one of samples and the terminator
        return None
    length_there = size - at - 5  # the last byte becomes the terminator
    repair = {at + 1: length_there.to_bytes(3, "little"), size - 1: b"\0"} if 0 < length_there < 2**24 else {}
    return Claim(start, max(length, 0), size - start, repair, strict=True)


def _sphere(file: BinaryIO, size: int) -> Claim | None:
    file.seek(8)
    start = int(file.read(8))
    file.seek(0)
    fields = {words[0]: words[2] for words in map(bytes.split, file.read(start).splitlines()) if len(words) == 3}
    counts = [int(fields.get(name, 0)) for name in (b"sample_count", b"channel_count", b"sample_n_bytes")]
    return Claim(start, math.prod(counts) or None, size - start, {})


def _au(file: BinaryIO, size: int) -> Claim | None:
    file.seek(4)
    start, length = struct.unpack(">II", file.read(8))
    return Claim(start, None if length == 2**32 - 1 else length, size - start, {8: b"\xff" * 4})


def unaccounted(file: BinaryIO, claim: Claim) -> int:
    """Count the bytes of audio that follow the promised data without being counted by the header.

    Parameters
    ----------
    file
        The open file.
    claim
        What its header says.

    Returns
    -------
    n_bytes : int
        Number of bytes after the promised data; 0 if they are a further chunk of the file.
    """
    rest = claim.there - (claim.promised or 0)
    if claim.promised is None or rest < 16:
        return 0
    for padding in {0, claim.promised % 2, -claim.promised % 8}:
        file.seek(claim.start + claim.promised + padding)
        name = file.read(8)[:4]
        if len(name) == 4 and name.isascii() and name.decode().isprintable():
            return 0
    return rest


def ogg_is_cut(file: BinaryIO, size: int) -> bool:
    """Test whether an Ogg file lacks its end-of-stream mark or part of its last page.

    Parameters
    ----------
    file
        The open file.
    size
        Size of the file in bytes.

    Returns
    -------
    is_cut : bool
        True for a truncated Ogg file, False for other files.
    """
    file.seek(0)
    if file.read(4) != b"OggS":
        return False
    file.seek(max(size - OGG_PAGE, 0))
    tail = file.read()
    at = tail.rfind(b"OggS")
    page = tail[at:]
    if at < 0 or len(page) < 27 or len(page) < 27 + page[26]:
        return True
    return not page[5] & 4 or len(page) < 27 + page[26] + sum(page[27 : 27 + page[26]])


class Patched(io.RawIOBase):
    """A file with some bytes replaced when it is read."""

    def __init__(self, file: BinaryIO, repair: dict[int, bytes]):
        self.file, self.repair = file, repair

    def seekable(self) -> bool:
        """Return True: the file is on a disk or in memory."""
        return True

    def readable(self) -> bool:
        """Return True."""
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Seek in the file."""
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        """Return the position in the file."""
        return self.file.tell()

    def readinto(self, buffer: object, /) -> int:
        """Read from the file, then replace bytes."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        at = self.file.tell()
        data = bytearray(self.file.read(len(view)))
        for position, content in self.repair.items():
            for i, byte in enumerate(content, position - at):
                if 0 <= i < len(data):
                    data[i] = byte
        view[: len(data)] = data
        return len(data)
