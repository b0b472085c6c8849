"""Pitch tracks as CSV: time in seconds, frequency in Hz, as CREPE and Sonic Visualiser write them."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .errors import UserError, reason_of

__all__ = ["Pitch", "is_pitch_file", "read_pitch", "write_pitch"]

#: A pitch lies between these, in Hz; the upper one or half the sample rate.
LOWEST, HIGHEST = 10.0, 20000.0
#: Rows further apart than this many times the usual step have silence between them.
GAP = 3.0
#: Column names of frequencies and of confidences.
FREQUENCY = re.compile(r"freq|f0|hz|hertz|pitch|value", re.IGNORECASE)
CONFIDENCE = re.compile(r"conf|prob|voic|periodicity", re.IGNORECASE)
#: What stands for no number: Praat's word, and those of spreadsheets.
NOTHING = {"", "-", "--", "--undefined--", "nan", "na", "n/a", "none", "null", "inf", "-inf"}


def is_pitch_file(name: str) -> bool:
    """Whether the value of `--f0` is the name of a file rather than of a tracker."""
    try:
        return Path(name).suffix.lower() in (".csv", ".tsv", ".txt", ".f0") or Path(name).exists()
    except (OSError, ValueError):  # too long for a name, or in a folder that nobody may enter
        return False


def write_pitch(path: Path, f0_hz: np.ndarray, confidence: np.ndarray, frame_rate: float, start: float = 0.0) -> None:
    """CREPE's layout: a row of time, frequency and confidence for each frame, times beginning at `start`.

    Where the confidence is negative, as of a file that says "unvoiced", the frequency is 0.
    """
    with path.open("w", encoding="ascii", newline="") as file:
        file.write("time,frequency,confidence\n")
        for k, (pitch, sure) in enumerate(zip(f0_hz.tolist(), confidence.tolist(), strict=True)):
            file.write(f"{start + k / frame_rate:.6f},{0.0 if sure < 0.0 else pitch:.4f},{max(sure, 0.0):.4f}\n")


@dataclass(frozen=True)
class Pitch:
    """Rows of a pitch file: times in seconds, rising; Hz, 0 where unvoiced; confidences in [0, 1]."""

    times: np.ndarray
    f0_hz: np.ndarray
    confidence: np.ndarray


def read_pitch(name: str, start: float, seconds: float, sample_rate: float) -> Pitch:
    """Read a pitch file for audio that begins at `start` and is `seconds` long.

    Rows of time in seconds, frequency in Hz and, as CREPE has it, a confidence; with a header or not; separated by
    commas, semicolons, tabs or blanks. Unvoiced: 0, a negative number, an empty cell, or no rows for a while.

    Returns
    -------
    Its rows, with times that begin at 0 where the audio does, and rows of 0 Hz in gaps.

    Raises
    ------
    UserError : the file cannot be read, has no such rows, none of its times lies in the audio, or a frequency is out
        of range: no pitch reaches half the sample rate.
    """
    try:
        times, f0_hz, confidence = _columns(name, _rows(name))
    except csv.Error as error:
        raise UserError(f"--f0: cannot read {name!r}: {reason_of(error)}") from error
    top = min(HIGHEST, 0.5 * sample_rate)
    for i in np.flatnonzero((f0_hz > 0.0) & ((f0_hz < LOWEST) | (f0_hz >= top)))[:1]:
        expected = f"expected {LOWEST:g} to {top:g} Hz, or 0"
        raise UserError(f"--f0: {name!r} has {f0_hz[i]:g} Hz at {times[i]:g} s, {expected}")
    if times[-1] < start or times[0] > start + seconds:
        raise UserError(
            f"--f0: the times of {name!r} are {times[0]:g} to {times[-1]:g}, "
            f"expected seconds between {start:g} and {start + seconds:.2f}"
        )
    return _with_gaps(times - start, f0_hz, confidence)


def _with_gaps(times: np.ndarray, f0_hz: np.ndarray, confidence: np.ndarray) -> Pitch:
    """Rows of 0 Hz where there are none for longer than usual, and after both ends; a row alone holds everywhere."""
    times, first = np.unique(times, return_index=True)
    f0_hz, confidence = f0_hz[first], confidence[first]
    if len(times) == 1:
        return Pitch(times, f0_hz, confidence)
    step = float(np.median(np.diff(times)))
    wide = np.flatnonzero(np.diff(times) > GAP * step)
    more = np.concatenate([times[wide] + step, times[wide + 1] - step, [times[0] - step, times[-1] + step]])
    order = np.argsort(np.concatenate([times, more]), kind="stable")
    filled = (np.concatenate([x, np.zeros(len(more))])[order] for x in (f0_hz, confidence))
    return Pitch(np.concatenate([times, more])[order], *filled)


def _rows(name: str) -> list[list[str]]:
    """Cells of all rows but empty lines and comments."""
    try:
        data = Path(name).read_bytes()
    except (OSError, ValueError) as error:
        raise UserError(f"--f0: cannot read {name!r}: {reason_of(error)}") from error
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = data.decode("utf-16" if wide else "utf-8-sig", errors="replace")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", "%"))]
    if any(";" in line for line in lines[:2]):  # with decimal commas, where commas separate nothing
        return [[cell.strip().replace(",", ".") for cell in row] for row in csv.reader(lines, delimiter=";")]
    for separator in (",", "\t"):
        if any(separator in line for line in lines[:2]):
            return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)]
    return [line.split() for line in lines]


def _number(cells: list[str], column: int) -> float:
    """A cell as a number; NaN for those that say nothing; ValueError for text."""
    cell = cells[column] if column < len(cells) else ""
    return math.nan if cell.lower() in NOTHING else float(cell)


def _is_text(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell.lower() not in NOTHING
    return False


def _columns(name: str, rows: list[list[str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, frequencies (0: unvoiced) and confidences of all rows, sorted by time."""
    if rows and max(map(len, rows)) < 2:
        raise UserError(f"--f0: {name!r} has one column, expected time in seconds and frequency in Hz")
    header = rows.pop(0) if rows and any(map(_is_text, rows[0][:2])) and not any(map(_is_time, rows[0])) else []
    if not rows:
        raise UserError(f"--f0: {name!r} has no rows, expected time in seconds and frequency in Hz in each")
    first = 1 if not header and all(not _is_time(row[0]) for row in rows) else 0  # sonic-annotator: the audio's name
    pitch = _named(header, FREQUENCY, first + 1, first)
    sure = _named(header, CONFIDENCE, -1, pitch)
    try:
        times = np.asarray([_number(row, first) for row in rows])
        f0_hz = np.asarray([_number(row, pitch) for row in rows])
        confidence = _confidences(rows, first + 2 if sure < 0 and not header else sure)
    except ValueError as error:
        raise UserError(
            f"--f0: {name!r}: {reason_of(error)}, expected rows of time in seconds, frequency in Hz"
        ) from error
    if not np.all(np.isfinite(times)):
        raise UserError(f"--f0: {name!r} has a row without a time, expected time in seconds, frequency in Hz")
    order = np.argsort(times, kind="stable")
    f0_hz = np.where(np.isfinite(f0_hz), np.maximum(f0_hz, 0.0), 0.0)
    return times[order], f0_hz[order], confidence[order]


def _is_time(cell: str) -> bool:
    return not _is_text(cell) and cell.lower() not in NOTHING


def _named(header: list[str], pattern: re.Pattern[str], default: int, taken: int) -> int:
    """The column whose name fits, or the default."""
    found = [i for i, cell in enumerate(header) if pattern.search(cell) and i > 0 and i != taken]
    return found[0] if found else default


def _confidences(rows: list[list[str]], column: int) -> np.ndarray:
    """A column if all of it lies in [0, 1]; labels and levels do not, and count as 1."""
    try:
        found = np.asarray([_number(row, column) for row in rows]) if column >= 0 else np.ones(len(rows))
    except ValueError:
        return np.ones(len(rows))
    return found if np.all((found >= 0.0) & (found <= 1.0)) else np.ones(len(rows))
