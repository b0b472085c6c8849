"""Write docs/array_libraries.md: which ops run on array libraries without an adapter, and the errors of the others.

    python -m tests.array_libraries

It tests the libraries that are installed, in half a minute, and keeps the columns of the others. The first case of each
op is compared with the float64 oracle.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .backends import leaves, map_leaves
from .cases import Case, first_of_each_op
from .ops import all_cases
from .parity_table import row_of

TABLE = Path(__file__).parents[1] / "docs" / "array_libraries.md"
#: Distributions, and the module of each that creates arrays.
LIBRARIES = {
    "array-api-strict": "array_api_strict",
    "dask": "dask.array",
    "ndonnx": "ndonnx",
    "sparse": "sparse",
    "mlx": "mlx.core",
}
#: Relative tolerance by dtype; libraries without float64 compute in float32.
RTOL = {"float64": 1e-9, "float32": 1e-4}
#: Cell of an op that is newer than the column.
NOT_MEASURED = "not measured"
HEADER = """# Array libraries

Functions and plain processors also take arrays of other libraries that have the
[array API](https://data-apis.org/array-api/). This table shows which ops work with them. (NumPy, PyTorch, JAX and
TensorFlow have adapters and a [table of their own](parity.md).) `python -m tests.array_libraries` writes this page.

*yes*: the results agree with the float64 oracle to 1e-9 in float64, or to 1e-4 in float32 if the library has no
float64. Otherwise the cell has the largest error, relative to the largest value, or the beginning of the error message.

"""


def outcome(case: Case, asarray: Callable, to_numpy: Callable, dtype: str) -> str:
    """Cell of the table: 'yes', the size of the error, or the message of the exception."""
    inputs = case.rounded(dtype)
    try:
        found = case.function()(**{name: asarray(x.astype(dtype)) for name, x in inputs.items()}, **case.kwargs)
        found = [to_numpy(x) for x in leaves(found)]
    except Exception as error:  # any exception of a library
        words = " ".join(str(error).replace("|", "/").split())
        return f"{type(error).__name__}: {words[:70]}".strip()
    expected = leaves(map_leaves(np.asarray, case.expected(inputs)))
    scale = max((np.abs(x).max() for x in expected if x.size), default=0.0) or 1.0
    pairs = zip(found, expected, strict=True)
    error = max((np.nan_to_num(np.abs(x - y).max() / scale, nan=np.inf) for x, y in pairs if y.size), default=0.0)
    return "yes" if error <= RTOL[dtype] else f"off by {error:.0e}"


def measure(module: str) -> dict[str, str]:
    """Outcomes of an installed library by row."""
    xp = importlib.import_module(module)
    dtype = "float64" if hasattr(xp, "float64") and module != "mlx.core" else "float32"

    def asarray(x: np.ndarray) -> Any:
        return xp.from_array(x, chunks=-1) if module == "dask.array" else xp.asarray(x)

    def to_numpy(x: Any) -> np.ndarray:
        for way in ("compute", "unwrap_numpy", "todense"):
            if hasattr(x, way):
                return np.asarray(getattr(x, way)())
        return np.asarray(x)

    cases = [case for case in first_of_each_op(all_cases()) if case.inputs]
    return {row_of(case): outcome(case, asarray, to_numpy, dtype) for case in cases}


def render(found: dict[str, dict[str, str]], versions: dict[str, str]) -> str:
    rows = sorted({row_of(case) for case in first_of_each_op(all_cases()) if case.inputs})
    names = list(found)
    lines = [
        "| op | " + " | ".join(f"{name} {versions[name]}" for name in names) + " |",
        "|---" * (len(names) + 1) + "|",
    ]
    columns = [[found[name].get(row, NOT_MEASURED) for row in rows] for name in names]
    right = [f"{x.count('yes')} of {len(rows) - x.count(NOT_MEASURED)}" for x in columns]
    lines += ["| **right** | " + " | ".join(right) + " |"]
    lines += [
        f"| `{row}` | " + " | ".join(cells) + " |" for row, cells in zip(rows, zip(*columns, strict=True), strict=True)
    ]
    return HEADER + "\n".join(lines) + "\n"


def read(text: str) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Outcomes by library and row, and versions by library, of the page."""
    lines = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in text.splitlines() if line[:1] == "|"]
    (_, *titles), _, _, *rows = lines
    versions = dict(title.split(" ") for title in titles)
    cells = {row.strip("`"): dict(zip(versions, outcomes, strict=True)) for row, *outcomes in rows}
    return {name: {row: found[name] for row, found in cells.items()} for name in versions}, versions


def main() -> None:
    old, old_versions = read(TABLE.read_text(encoding="utf-8"))
    found, versions = {}, {}
    for name, module in LIBRARIES.items():
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            print(f"{name}: not installed" + (", its column stays as it was" if name in old else ""))
            if name in old:
                found[name], versions[name] = old[name], old_versions[name]
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found[name] = measure(module)
        print(name, sum(text == "yes" for text in found[name].values()), "of", len(found[name]))
    TABLE.write_text(render(found, versions), encoding="utf-8")


if __name__ == "__main__":
    main()
