"""`python -m docs.draw [NAME ...]`: write all figures, or those that are named."""

from __future__ import annotations

import sys

from .style import FOLDER, draw, load_figures


def main(names: list[str]) -> None:
    figures = load_figures()
    unknown = set(names) - set(figures)
    if unknown:
        sys.exit(f"no figure is named {', '.join(sorted(unknown))}; expected some of {', '.join(figures)}")
    FOLDER.mkdir(exist_ok=True)
    for name in names or figures:
        draw(name)
        path = FOLDER / f"{name}.png"
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1:])
