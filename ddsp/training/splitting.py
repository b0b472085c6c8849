"""Choice of the passage that a training run does not learn, by which its result is judged."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np

from .dataset import Passage

__all__ = ["split_passages"]

#: Share of the frames that is held out; the largest number of frames, and that of a part: 20 s and 2 s at 250 a second.
SHARE, MOST_FRAMES, PART_FRAMES = 0.1, 5000, 500


def split_passages(
    passages: Sequence[Passage], hold_out: str | None = None
) -> tuple[tuple[Passage, ...], tuple[Passage, ...]]:
    """Hold out parts of the passages, so that the loss of what is not learned can be observed.

    About a tenth of the frames is held out, at most 20 s: parts of about 2 s out of the middle of passages from low to
    high pitch. What is before and after a part is learned, so the pitches of all parts are learned as well. With
    `hold_out`, it is a whole recording. If its pitch is in no other recording, its loss may soon stop falling, while
    the instrument still learns to play the others.

    Parameters
    ----------
    passages
        All passages.
    hold_out
        Name of the recording to hold out, with or without its extension; None to choose.

    Returns
    -------
    learned : tuple
        Passages to learn.
    held_out : tuple
        Parts, or the passages of `hold_out`.

    Raises
    ------
    ValueError
        No recording of this name, no other recording, or fewer than 20 frames in all.

    See Also
    --------
    Fit.evaluate : The loss of passages.

    Examples
    --------
    >>> notes = [Passage(f"{hz} Hz", np.zeros(3200), np.full(50, hz), np.zeros(50)) for hz in (440.0, 220.0, 330.0)]
    >>> [[(part.name, len(part.f0_hz)) for part in found] for found in split_passages(notes)]
    [[('440.0 Hz', 50), ('220.0 Hz', 50), ('330.0 Hz', 17), ('330.0 Hz', 18)], [('330.0 Hz', 15)]]
    """
    if hold_out is not None:
        return _by_name(passages, hold_out)
    total = sum(len(passage.f0_hz) for passage in passages)
    if total < 2.0 / SHARE:
        raise ValueError(f"passages: got {total} frames in all, expected at least {round(2.0 / SHARE)}")
    wanted = min(total * SHARE, MOST_FRAMES)
    lengths = np.asarray([len(passage.f0_hz) for passage in passages])
    n = min(math.ceil(wanted / min(PART_FRAMES, np.median(lengths) / 2.0)), len(passages))
    by_pitch = np.argsort([np.median(passage.f0_hz) for passage in passages], kind="stable")
    chosen = set(by_pitch[((np.arange(n) + 0.5) * (len(passages) / n)).astype(int)].tolist())
    learned: list[Passage] = []
    held_out: list[Passage] = []
    for i, passage in enumerate(passages):
        if i not in chosen:
            learned.append(passage)
            continue
        size = max(min(round(wanted / n), int(lengths[i]) // 2), 1)
        before, rest = cut(passage, (int(lengths[i]) - size) // 2)
        part, after = cut(rest, size)
        learned += [piece for piece in (before, after) if len(piece.f0_hz)]
        held_out.append(part)
    return tuple(learned), tuple(held_out)


def _by_name(passages: Sequence[Passage], name: str) -> tuple[tuple[Passage, ...], tuple[Passage, ...]]:
    names = dict.fromkeys(passage.name for passage in passages)
    found = [n for n in names if name in (n, str(PurePosixPath(n).with_suffix("")))]
    found += [n for n in names if name in (PurePosixPath(n).name, PurePosixPath(n).stem) and n not in found]
    if len(found) != 1:
        what = "several recordings" if found else "no recording"
        raise ValueError(f"hold_out: got {name!r}, the name of {what}, expected one of {names_of(passages, 5)}")
    if len(names) == 1:
        raise ValueError(f"hold_out: got {name!r}, the only recording; without this option, parts of it are held out")
    held_out = [passage for passage in passages if passage.name == found[0]]
    learned = [passage for passage in passages if passage.name != found[0]]
    return tuple(learned), tuple(held_out)


def cut(passage: Passage, n_frames: int) -> tuple[Passage, Passage]:
    """The first frames of a passage, and the others."""
    hop = len(passage.audio) // len(passage.f0_hz)
    arrays = [(x[: n_frames * (hop if i == 0 else 1)], x[n_frames * (hop if i == 0 else 1) :])
              for i, x in enumerate(passage[1:])]  # fmt: skip
    first, second = zip(*arrays, strict=True)
    return Passage(passage.name, *first), Passage(passage.name, *second)


def beginning(passages: Sequence[Passage], n_frames: int) -> tuple[Passage, ...]:
    """The first frames of passages that follow one another."""
    found: list[Passage] = []
    for passage in passages:
        if n_frames > 0:
            found.append(cut(passage, n_frames)[0])
            n_frames -= len(passage.f0_hz)
    return tuple(found)


def join(passages: Sequence[Passage]) -> Passage:
    """One passage of several that follow one another."""
    arrays = (np.concatenate(parts) for parts in zip(*(passage[1:] for passage in passages), strict=True))
    return Passage(names_of(passages), *arrays)


def names_of(passages: Sequence[Passage], most: int = 4) -> str:
    """Names of the recordings of passages, each once, without the last ones if they are more than `most`."""
    names = list(dict.fromkeys(passage.name for passage in passages))
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
