"""Where the results of each input go."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

__all__ = ["folders_of"]

#: Bytes of a name: file systems take 255, and something may be put before and after.
LONGEST = 230


def folders_of(sources: list[str], out: str | None) -> list[Path]:
    """The folder of each input: `out` itself for one; otherwise a folder of its own, in `out` or as `resynth-NAME`.

    NAME is that of the file without its extension; with it where two would be the same, and numbered after that. Names
    that differ in case or in how their accents are composed count as the same, as they do on many disks.
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
        name = _short(name or "input")
        unique, n = name, 2
        while _key(unique) in taken:
            unique, n = f"{name}-{n}", n + 1
        taken.add(_key(unique))
        folders.append(Path(out) / unique if out is not None else Path(f"resynth-{unique}"))
    return folders


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _short(name: str) -> str:
    """A name cut to what file systems take."""
    while len(os.fsencode(name)) > LONGEST:
        name = name[:-1]
    return name
