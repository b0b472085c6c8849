"""Every public op has an oracle, a case and drawn arguments, in the file of tests/ops that is named as its module."""

from __future__ import annotations

import ast
import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

from .calling import file_of
from .ops import DRAWN, ORACLES, all_cases

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "tests" / "ops").rglob("[!_]*.py"))
SUBPACKAGES = (
    "core",
    "spectral_ops",
    "processors",
    "synths",
    "effects",
    "nn",
    "losses",
    "pretrained_models",
    "instruments",
)
PATH = re.compile(rf"({'|'.join(SUBPACKAGES)})\.\w+(\.\w+)?")
#: Public names that are not ops, with the reason.
NO_OPS = {
    "processors.Processor": "the base class",
    "processors.ParamSpec": "a record",
    "losses.Loss": "the base class",
    "nn.Network": "the base class",
    "nn.make_decoder": "makes one of the networks; tests/test_nn.py",
    **dict.fromkeys(
        ("nn.convolution_params", "nn.dense_params", "nn.gru_params", "nn.norm_params"),
        "names and shapes of trainable values; tests/test_nn.py",
    ),
    "instruments.compute_features": "CREPE and the loudness; tests/test_instrument_features.py",
    **dict.fromkeys(
        ("instruments.Patch", "instruments.Score", "instruments.TrainedInstrument", "instruments.TransferSettings"),
        "a record",
    ),
    "instruments.make_synth": "makes a group; tests/test_keyboard.py",
    **dict.fromkeys(
        ("instruments.Listener", "instruments.LiveInstrument"), "frame by frame; tests/test_streaming_live.py"
    ),
    "instruments.KeyboardInstrument": "an object for streams of Instrument; tests/test_keyboard.py",
    **dict.fromkeys(
        (
            "instruments.flatten_values",
            "instruments.nest_values",
            "instruments.instrument_config",
            "instruments.instrument_files",
            "instruments.load_instrument",
            "instruments.save_instrument",
        ),
        "files; tests/test_instruments.py",
    ),
    "instruments.play": "chunks in NumPy of what Instrument computes; tests/test_instruments.py",
    **dict.fromkeys(
        (
            "instruments.compute_long_features",
            "instruments.find_voiced",
            "instruments.hold_pitch",
            "instruments.hush",
            "instruments.match_loudness",
            "instruments.match_octave",
            "instruments.tune",
            "instruments.score_of",
            "instruments.split_level",
            "instruments.play_score",
        ),
        "features of a recording on the host, in NumPy; tests/test_instrument_*.py",
    ),
}
#: Ops that are not tested at all sizes, with the reason.
NOT_DRAWN = {
    "processors.ProcessorGroup": "its nodes are",
    "losses.LossGroup": "its nodes are",
    "instruments.Instrument": "its nodes are",
    "effects.TrainableReverb": "is Reverb",
    "losses.EmbeddingLoss": "the model determines the sizes",
    "losses.PretrainedCREPEEmbeddingLoss": "the model determines the sizes",
    "pretrained_models.PretrainedCREPE": "tests/test_crepe.py",
    "spectral_ops.compute_f0": "tests/test_crepe.py",
    "spectral_ops.compute_yin": "in noise, rounding decides between lags; tests/test_yin.py",
}
#: What an op needs: a description, and the paths that have it.
NEEDED = {
    "an oracle, `@oracle(...)`": ORACLES,
    "a case, `Case(...)` in CASES": [case.path for case in all_cases()],
    "drawn arguments, `@drawn(...)`": [*DRAWN, *NOT_DRAWN],
}
#: What the files of tests/ops may import besides each other, and the names from the helpers of the tests.
MAY_IMPORT = {"fractions", "functools", "itertools", "math", "numpy", "pathlib", "scipy", "typing"}
MAY_IMPORT_FROM = {
    "importlib.util": {"find_spec"},
    "tests.cases": {"Case", "normal", "uniform"},
    "tests.draws": {"Call", "Draw", "drawn", "drawn_elementwise"},
    "tests.oracles": {"oracle"},
}
#: Imports of single files: CREPE's weights are read from their file.
MORE_IMPORTS = {"tests/ops/pretrained_models/crepe.py": {"h5py"}}


def op_of(path: str) -> str:
    """The public name: a class for its methods."""
    return ".".join(path.split(".")[:2])


def public_ops() -> list[tuple[str, ...]]:
    """The names of each public op, such as ('synths.Additive', 'synths.Harmonic')."""
    found: dict[int, list[str]] = {}
    for subpackage in SUBPACKAGES:
        module = import_module(f"ddsp.{subpackage}")
        for name in module.__all__:
            op, path = getattr(module, name), f"{subpackage}.{name}"
            if callable(op) and not inspect.ismodule(op) and path not in NO_OPS:
                found.setdefault(id(op), []).append(path)
    return [tuple(names) for names in found.values()]


@pytest.mark.parametrize("names", public_ops(), ids=" = ".join)
def test_every_op_has_test_data(names):
    missing = [what for what, paths in NEEDED.items() if not any(op_of(path) in names for path in paths)]
    assert not missing, f"{names[0]} lacks {', and '.join(missing)}: write them into {file_of(names[0])}"


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_data_is_in_the_file_of_its_op(file):
    """A path such as 'core.diff' in a file of tests/ops names an op, and the file is that of the op."""
    module = import_module(name_of(file).removesuffix(".py").replace("/", "."))
    texts = {n.value for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Constant)}
    paths = {text for text in texts if isinstance(text, str) and PATH.fullmatch(text)}
    for path in sorted(paths | {case.path for case in getattr(module, "CASES", ())}):
        assert file_of(path) == name_of(file), f"{name_of(file)} has data of {path}, which belong into {file_of(path)}"


def imports_of(tree: ast.Module):
    """Modules of all imports, with the names imported from them; relative ones start with a dot."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, set()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or ""), {alias.name for alias in node.names}


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_oracles_share_nothing_with_the_library(file):
    """An oracle that used the library could share its mistakes.

    So tests/ops imports neither the library nor a framework. A case whose op has to be made (`make`) has a function of
    one argument, `ddsp`, that gets the library. No other function names it.
    """
    tree, where = ast.parse(file.read_text()), name_of(file)
    depth = len(file.relative_to(ROOT / "tests" / "ops").parts)
    for module, names in imports_of(tree):
        inside = module.startswith(".") and len(module) - len(module.lstrip(".")) <= depth
        known = MAY_IMPORT | MORE_IMPORTS.get(where, set())
        assert inside or module in known or (names and names <= MAY_IMPORT_FROM.get(module, set())), (
            f"{where} imports {sorted(names)} from {module}"
        )
    makers = {k.value.id for k in ast.walk(tree) if isinstance(k, ast.keyword) and k.arg == "make"}
    for node in tree.body:
        if not (isinstance(node, ast.FunctionDef) and node.name in makers and not node.decorator_list):
            named = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} | {
                n.arg for n in ast.walk(node) if isinstance(n, ast.arg)
            }
            assert not named & {"ddsp", "__import__", "eval", "exec"}, f"{where}:{node.lineno} names the library"
