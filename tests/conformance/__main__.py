"""Run the array API standard's own test suite (data-apis/array-api-tests) against the TensorFlow namespace.

    python -m tests.conformance                                 3 examples a function; 5 minutes
    python -m tests.conformance --examples 50 -k "fft or log"   more of some; what follows goes to pytest
    python -m tests.conformance --suite DIR                     a clone that is there already

The suite is cloned, at the commit that `expected.txt` was written for, into a temporary folder; it needs git, and
`pip install ndindex pytest-json-report`. `expected.txt` lists the tests that fail because of tf.Tensor itself, which
the namespace does not wrap: they are run, and may fail. Any other failure is a fault of the namespace.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = "https://github.com/data-apis/array-api-tests"
COMMIT = "55fcc60179efa2680ddd6cd926ddf17b83530e2b"
NAMESPACE = "ddsp.backends.tensorflow.namespace"
HERE = Path(__file__).parent


def main() -> int:
    """The exit code of pytest, or 2 where something is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__.splitlines()[0])
    parser.add_argument("--suite", type=Path, help="a clone of the suite, with its submodule (default: a new one)")
    parser.add_argument("--examples", type=int, default=3, help="examples a function (default: %(default)s)")
    options, pytest_arguments = parser.parse_known_args()
    if missing := [name for name in ("ndindex", "pytest_jsonreport") if importlib.util.find_spec(name) is None]:
        print(f"missing: {', '.join(missing)}; pip install ndindex pytest-json-report", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        return run(options.suite or clone(Path(folder) / "suite"), options.examples, pytest_arguments)


def clone(folder: Path) -> Path:
    """The suite at the pinned commit, with the specification that it reads."""
    for command in (
        ["clone", "--quiet", REPOSITORY, str(folder)],
        ["-C", str(folder), "checkout", "--quiet", COMMIT],
        ["-C", str(folder), "submodule", "--quiet", "update", "--init", "--depth", "1"],
    ):
        subprocess.run(["git", *command], check=True)
    return folder


def run(suite: Path, examples: int, arguments: list[str]) -> int:
    """Run pytest in the folder of the suite."""
    root = HERE.parents[1]
    paths = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    environment = {
        "PYTHONPATH": paths, "ARRAY_API_TESTS_MODULE": NAMESPACE, "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
    }  # fmt: skip
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-rfEX",
        "--tb=short",
        "-p",
        "no:cacheprovider",
        "-p",
        f"{__package__}.plugin",
    ]
    command += ["--disable-deadline", "--derandomize", f"--max-examples={examples}"]
    command += [f"--xfails-file={HERE / 'expected.txt'}", "array_api_tests", *arguments]
    return subprocess.run(command, cwd=suite, env={**os.environ, **environment}).returncode


if __name__ == "__main__":
    sys.exit(main())
