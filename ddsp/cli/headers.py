"""What the header of an audio file promises, against what the file holds: cut off, or never finished.

libsndfile takes what is there without a word, or nothing. The layouts: RIFF and WAVE (Microsoft, 1991), RF64 (EBU Tech
3306), Wave64 (Sony), AIFF (Apple, 1989), CAF (Apple, 2005), AU (Sun), 8SVX (Electronic Arts, 1985), VOC (Creative),
SPHERE (NIST), Ogg (RFC 3533).
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

__all__ = ["Claim", "Patched", "claim_of", "ogg_is_cut", "unaccounted"]

#: Sizes from here on stand for "not known" in a field of 32 bits: pipes and recorders write them.
UNKNOWN = 0x7FFFF000
#: Wave64 has GUIDs for names: four letters, and then one of these.
W64_RIFF = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
W64_TAIL = b"\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"
#: An Ogg page is no longer.
OGG_PAGE = 65307


@dataclass(frozen=True)
class Claim:
    """Where the audio data of a file begin, and how long they are.

    start : of the data, in bytes.
    promised : bytes that the header tells of; None if it does not know.
    there : bytes from `start` to the end of the file.
    repair : what a header of unknown or zero size should say instead, {position: bytes}.
    strict : whether libsndfile refuses a file that is cut off, unless it is repaired.
    """

    start: int
    promised: int | None
    there: int
    repair: dict[int, bytes]
    strict: bool = False

    @property
    def unfinished(self) -> bool:
        """Whether the header tells of nothing, and something is there."""
        return self.promised == 0 and self.there >= 16

    @property
    def needs_repair(self) -> bool:
        """Whether libsndfile would not read what is there."""
        return self.unfinished or (self.strict and self.promised is not None and 0 < self.there < self.promised)


def claim_of(file: BinaryIO, size: int) -> Claim | None:
    """The claim of the header of a file of `size` bytes; None for formats without one, or where none can be read."""
    file.seek(0)
    head = file.read(16)
    readers: dict[bytes, Callable[[BinaryIO, int], Claim | None]] = {
        b"RIFF": _riff, b"RIFX": _riff, b"RF64": _riff, b"BW64": _riff, b"riff": _wave64, b"FORM": _aiff, b".snd": _au,
        b"caff": _caf, b"Crea": _voc, b"NIST": _sphere,
    }  # fmt: skip
    reader = readers.get(head[:4])
    try:
        return reader(file, size) if reader else None
    except (struct.error, ValueError):  # the header itself is cut
        return None


def _chunks(file: BinaryIO, at: int, size: int, order: str) -> Iterator[tuple[bytes, int, int]]:
    """(name, position of the content, size of the content) of the chunks from `at` on."""
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
        if name == b"data" + W64_TAIL:  # the size counts the header of the chunk, 24 bytes
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
        elif name == b"SSND":  # 8 bytes of offset and block size come before the samples
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
            if file.read(4) not in (b"lpcm", b"ulaw", b"alaw"):  # packets, which cannot be cut
                return None
        elif name == b"data":  # 4 bytes that count edits come before the samples; -1 stands for "to the end"
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
    if start + length + 1 < size:  # more blocks than the one of samples and the one that ends the file
        return None
    length_there = size - at - 5  # the last byte becomes the block that ends the file
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
    """Bytes after the promised data that are no chunk of the file either: audio that its header does not count."""
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
    """Whether an Ogg file lacks the mark that ends its stream, or part of its last page."""
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
    """A file that reads as if some of its bytes were others."""

    def __init__(self, file: BinaryIO, repair: dict[int, bytes]):
        self.file, self.repair = file, repair

    def seekable(self) -> bool:
        """Yes: an open file on a disk, or bytes in memory."""
        return True

    def readable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """As of the file."""
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        """As of the file."""
        return self.file.tell()

    def readinto(self, buffer: object, /) -> int:
        """As of the file, with the other bytes in their places."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        at = self.file.tell()
        data = bytearray(self.file.read(len(view)))
        for position, content in self.repair.items():
            for i, byte in enumerate(content, position - at):
                if 0 <= i < len(data):
                    data[i] = byte
        view[: len(data)] = data
        return len(data)
