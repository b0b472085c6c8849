"""Folders for the results of each input."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

__all__ = ["folders_of"]

#: Largest length of a name in bytes. File systems allow 255, and names may get a prefix and a suffix.
LONGEST = 230


def folders_of(sources: list[str], out: str | None, command: str = "resynth") -> list[Path]:
    """Choose the folder of each input.

    With one input and `out`, it is `out` itself. Otherwise each input has its own folder NAME in `out`, or
    `COMMAND-NAME` without `out`. NAME is the name of the file without its extension. Equal names keep the extension,
    and are numbered if they are still equal. Names that differ only in case or in the composition of accents count as
    equal, as they do in many file systems.

    Parameters
    ----------
    sources
        Paths of the inputs; `-` is stdin.
    out
        Value of `--out`.
    command
        Name of the command.

    Returns
    -------
    folders : list
        Folder of each input.
    """
    if len(sources) == 1 and out is not None:
        return [Path(out)]
    paths = [Path("stdin" if source == "-" else source) for source in sources]
    stems, full = ([_key(name) for name in names] for names in ([p.stem for p in paths], [p.name for p in paths]))
    names = [
        path.name if stems.count(stem) > 1 and full.count(name) == 1 else path.stem
        for path, stem, name in zip(paths, stems, full, strict=True)
    ]
    taken: set[str] = set()
    folders = []
    for name in names:
        name = name or "input"
        while len(os.fsencode(name)) > LONGEST:
            name = name[:-1]
        unique, n = name, 2
        while _key(unique) in taken:
            unique, n = f"{name}-{n}", n + 1
        taken.add(_key(unique))
        folders.append(Path(out) / unique if out is not None else Path(f"{command}-{unique}"))
    return folders


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
