"""Pitch tracks as CSV files of time in seconds and frequency in Hz, as CREPE and Sonic Visualiser write them."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .errors import UserError, reason_of

__all__ = ["Pitch", "is_pitch_file", "read_pitch", "write_pitch"]

#: Range of f0 in Hz; half the sample rate is an upper limit as well.
LOWEST, HIGHEST = 10.0, 20000.0
#: Rows that are further apart than GAP times the median step have silence between them.
GAP = 3.0
#: Step in seconds from which on times may have another unit, if some are after the end of the sound.
SPARSE = 0.5
#: Patterns of column names: times, times in milliseconds, frequencies, pitches that are not in Hz, confidences.
TIME = re.compile(r"time|zeit|temps|tiempo|sec|^t\b|^ts$|onset", re.IGNORECASE)
MILLISECONDS = re.compile(r"(\b|_)ms\b|milli", re.IGNORECASE)
FREQUENCY = re.compile(r"freq|f0|hz|hertz|pitch|value", re.IGNORECASE)
NO_FREQUENCY = re.compile(r"midi|note|cent|semitone|\bst\b", re.IGNORECASE)
CONFIDENCE = re.compile(r"conf|prob|voic|periodicity", re.IGNORECASE)
#: A decimal comma.
DECIMAL = re.compile(r"(?<=\d),(?=\d)")
#: Cells without a number, as written by Praat and spreadsheets.
NOTHING = {"", "-", "--", "--undefined--", "nan", "na", "n/a", "none", "null", "inf", "-inf", "unvoiced"}
#: Numbers of flags.
FLAGS = {"true": 1.0, "false": 0.0}


def is_pitch_file(name: str) -> bool:
    """Test whether the value of `--f0` is a file rather than a tracker.

    Parameters
    ----------
    name
        Value of the option.

    Returns
    -------
    is_file : bool
        True if the name has the extension of a pitch file or is the path of an existing file.
    """
    try:
        return Path(name).suffix.lower() in (".csv", ".tsv", ".txt", ".f0") or Path(name).exists()
    except (OSError, ValueError):  # too long for a file name, or in a folder without access
        return False


def write_pitch(path: Path, f0_hz: np.ndarray, confidence: np.ndarray, frame_rate: float, start: float = 0.0) -> None:
    """Write a pitch track in CREPE's layout: a row of time, frequency and confidence for each frame.

    A frame with negative confidence, which a pitch file marked as unvoiced, gets a frequency of 0.

    Parameters
    ----------
    path
        Path of the file.
    f0_hz
        Fundamental frequency in Hz, [frames].
    confidence
        Confidence, [frames].
    frame_rate
        Number of frames per second.
    start
        Time of the first frame in seconds.
    """
    with path.open("w", encoding="ascii", newline="") as file:
        file.write("time,frequency,confidence\n")
        for k, (pitch, sure) in enumerate(zip(f0_hz.tolist(), confidence.tolist(), strict=True)):
            file.write(f"{start + k / frame_rate:.6f},{0.0 if sure < 0.0 else pitch:.4f},{max(sure, 0.0):.4f}\n")


@dataclass(frozen=True)
class Pitch:
    """Rows of a pitch file: ascending times in seconds, f0 in Hz (0 if unvoiced), confidence in [0, 1]; a warning."""

    times: np.ndarray
    f0_hz: np.ndarray
    confidence: np.ndarray
    warning: str = ""


def read_pitch(name: str, start: float, seconds: float, sample_rate: float) -> Pitch:
    """Read a pitch file for audio that begins at `start` and is `seconds` long.

    A row has time in seconds, frequency in Hz and, as in CREPE's files, an optional confidence. A header may give
    another order, and milliseconds as the unit of time. Cells are separated by commas, semicolons, tabs or blanks. A
    frequency of 0, a negative frequency, an empty cell and a gap between rows all mean unvoiced.

    Parameters
    ----------
    name
        Path of the file.
    start
        Time in the file at which the audio begins, in seconds.
    seconds
        Length of the audio in seconds.
    sample_rate
        Sample rate of the audio in Hz.

    Returns
    -------
    pitch : Pitch
        Rows, with times relative to the start of the audio, and rows of 0 Hz in gaps.

    Raises
    ------
    UserError
        The file cannot be read, has no such rows, has no time within the audio, or has a frequency out of range. A
        pitch is below half the sample rate.
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
    found = _with_gaps(times - start, f0_hz, confidence)
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    if step >= SPARSE and times[-1] > start + seconds + step:
        text = (
            f"the rows of {name!r} are {step:g} s apart and end at {times[-1]:g} s: their times may not be in seconds"
        )
        return replace(found, warning=text)
    return found


def _with_gaps(times: np.ndarray, f0_hz: np.ndarray, confidence: np.ndarray) -> Pitch:
    """Insert rows of 0 Hz into gaps and after both ends. A single row applies to the whole sound."""
    times, first = np.unique(times, return_index=True)
    f0_hz, confidence = f0_hz[first], confidence[first]
    if len(times) == 1:
        return Pitch(times, f0_hz, confidence)
    step = float(np.median(np.diff(times)))
    wide = np.flatnonzero(np.diff(times) > GAP * step)
    more = np.concatenate([times[wide] + step, times[wide + 1] - step, [times[0] - step, times[-1] + step]])
    order = np.argsort(np.concatenate([times, more]), kind="stable")
    f0_hz, confidence = (np.concatenate([x, np.zeros(len(more))])[order] for x in (f0_hz, confidence))
    return Pitch(np.concatenate([times, more])[order], f0_hz, confidence)


def _rows(name: str) -> list[list[str]]:
    """Cells of all rows, without empty lines and comments."""
    try:
        data = Path(name).read_bytes()
    except (OSError, ValueError) as error:
        raise UserError(f"--f0: cannot read {name!r}: {reason_of(error)}") from error
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = data.decode("utf-16" if wide else "utf-8-sig", errors="replace")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", "%"))]
    if any(";" in line for line in lines[:2]):  # commas may then be decimal commas
        return _cells(lines, ";")
    for separator in ("\t", ","):
        if any(separator in line for line in lines[:2]):
            return _cells(lines, separator)
    return [line.split() for line in lines]


def _cells(lines: list[str], separator: str) -> list[list[str]]:
    """Split lines into cells, and replace decimal commas, which are in quotes if commas separate cells."""
    return [[DECIMAL.sub(".", cell.strip()) for cell in row] for row in csv.reader(lines, delimiter=separator)]


def _number(cells: list[str], column: int) -> float:
    """Convert a cell to a number: NaN for a missing value, ValueError for text."""
    cell = cells[column].lower() if column < len(cells) else ""
    return math.nan if cell in NOTHING else FLAGS[cell] if cell in FLAGS else float(cell)


def _is_text(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell.lower() not in NOTHING
    return False


def _columns(name: str, rows: list[list[str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times, frequencies (0 if unvoiced) and confidences of all rows, sorted by time."""
    if rows and max(map(len, rows)) < 2:
        raise UserError(f"--f0: {name!r} has one column, expected two: time in seconds and frequency in Hz")
    header = rows.pop(0) if rows and any(map(_is_text, rows[0][:2])) and not any(map(_is_time, rows[0])) else []
    if not rows:
        raise UserError(f"--f0: {name!r} has no rows, expected rows of time in seconds and frequency in Hz")
    first, pitch, sure = _places(name, header, rows)
    try:
        times = np.asarray([_number(row, first) for row in rows])
        f0_hz = np.asarray([_number(row, pitch) for row in rows])
    except ValueError as error:
        raise UserError(
            f"--f0: {name!r}: {reason_of(error)}, expected rows of time in seconds and frequency in Hz"
        ) from error
    if not np.all(np.isfinite(times)):
        raise UserError(f"--f0: {name!r} has a row without a time, expected time in seconds and frequency in Hz")
    if header and MILLISECONDS.search(header[first]):
        times = times / 1000.0
    confidence = _confidences(rows, sure)
    order = np.argsort(times, kind="stable")
    f0_hz = np.where(np.isfinite(f0_hz), np.maximum(f0_hz, 0.0), 0.0)
    return times[order], f0_hz[order], confidence[order]


def _is_time(cell: str) -> bool:
    return not _is_text(cell) and cell.lower() not in NOTHING


def _places(name: str, header: list[str], rows: list[list[str]]) -> tuple[int, int, list[int]]:
    """Columns of time and frequency, and candidates for the confidence; by name, or in this order without a header."""
    if not header:  # the first column of sonic-annotator is the name of the audio
        first = 1 if all(not _is_time(row[0]) for row in rows) else 0
        return first, first + 1, [first + 2]
    # The first column may contain row numbers, and a header may name only some columns.
    first = next((i for i, cell in enumerate(header) if TIME.search(cell)), 0)
    pitch = next((i for i, cell in enumerate(header) if FREQUENCY.search(cell) and i != first), None)
    if pitch is None:
        pitch = first + 1 if first + 1 < max(map(len, rows)) else 0
        if pitch < len(header) and NO_FREQUENCY.search(header[pitch]):
            raise UserError(f"--f0: {name!r} has a column {header[pitch]!r}, expected frequency in Hz")
    return first, pitch, [i for i, cell in enumerate(header) if CONFIDENCE.search(cell) and i not in (first, pitch)]


def _confidences(rows: list[list[str]], columns: list[int]) -> np.ndarray:
    """First column with all values in [0, 1], with numbers before flags; 1 without one, as for labels and levels."""
    columns = sorted(
        columns, key=lambda column: any(row[column : column + 1] and row[column].lower() in FLAGS for row in rows)
    )
    for column in columns:
        try:
            found = np.asarray([_number(row, column) for row in rows])
        except ValueError:
            continue
        if np.all((found >= 0.0) & (found <= 1.0)):
            return found
    return np.ones(len(rows))
