"""Choice of the passage that a training run does not learn, by which its result is judged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np

from .dataset import Passage

__all__ = ["split_passages"]

#: Share of the frames that is held out, and the largest number of frames: 20 s at 250 frames a second.
SHARE, MOST_FRAMES = 0.1, 5000


def split_passages(
    passages: Sequence[Passage], hold_out: str | None = None
) -> tuple[tuple[Passage, ...], tuple[Passage, ...]]:
    """Hold out a passage, so that the loss of what is not learned can be observed.

    About a tenth of the frames is held out, at most 20 s. If a passage has about this length, it is held out as a
    whole: of several, the one whose median pitch is nearest to the median of all, so that lower and higher notes are
    learned. Otherwise it is the end of the longest passage, or, of many short passages, some of them.

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
        Passages that are held out.

    Raises
    ------
    ValueError
        No recording of this name, no other recording, or fewer than 20 frames in all.

    See Also
    --------
    Fit.evaluate : The loss of passages.

    Examples
    --------
    >>> notes = [Passage(f"{hz} Hz", np.zeros(640), np.full(10, hz), np.zeros(10)) for hz in (220.0, 330.0, 440.0)]
    >>> [[note.name for note in part] for part in split_passages(notes, "330.0 Hz")]
    [['220.0 Hz', '440.0 Hz'], ['330.0 Hz']]
    """
    if hold_out is not None:
        return _by_name(passages, hold_out)
    total = sum(len(passage.f0_hz) for passage in passages)
    if total < 2.0 / SHARE:
        raise ValueError(f"passages: got {total} frames in all, expected at least {round(2.0 / SHARE)}")
    wanted = min(total * SHARE, MOST_FRAMES)
    lengths = np.asarray([len(passage.f0_hz) for passage in passages])
    longest = int(np.argmax(lengths))
    fitting = np.flatnonzero((lengths >= 0.5 * wanted) & (lengths <= 2.0 * wanted))
    if len(fitting):
        pitches = np.log2([np.median(passage.f0_hz) for passage in passages])
        chosen = {int(fitting[np.argmin(np.abs(pitches[fitting] - np.median(pitches)))])}
    elif lengths[longest] > wanted:
        first, second = cut(passages[longest], int(lengths[longest] - round(wanted)))
        return (*passages[:longest], first, *passages[longest + 1 :]), (second,)
    else:  # many short ones
        n = round(wanted / np.mean(lengths))
        chosen = set(((np.arange(n) + 0.5) * (len(passages) / n)).astype(int).tolist())
    learned = tuple(passage for i, passage in enumerate(passages) if i not in chosen)
    return learned, tuple(passages[i] for i in sorted(chosen))


def _by_name(passages: Sequence[Passage], name: str) -> tuple[tuple[Passage, ...], tuple[Passage, ...]]:
    names = dict.fromkeys(passage.name for passage in passages)
    found = [n for n in names if name in (n, str(PurePosixPath(n).with_suffix("")))]
    found += [n for n in names if name in (PurePosixPath(n).name, PurePosixPath(n).stem) and n not in found]
    if len(found) != 1:
        shown = ", ".join(list(names)[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        what = "several recordings" if found else "no recording"
        raise ValueError(f"hold_out: got {name!r}, the name of {what}, expected one of {shown}")
    if len(names) == 1:
        raise ValueError(f"hold_out: got {name!r}, the only recording; without this option, its end is held out")
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
