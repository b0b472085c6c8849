"""Architecture of the library: allowed imports, cost of importing, sizes of files and functions."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .mutate import NAMED, ROOT

PACKAGE = Path(__file__).parents[1] / "ddsp"
FILES = sorted(PACKAGE.rglob("*.py"))
#: Largest number of lines of a file, and of a function's body without its docstring.
MAX_FILE, MAX_BODY = 350, 40

#: Subpackages and modules of `ddsp` in layer order -> what each may import besides itself. All of it is above it.
CORE = {"backends", "extend", "design", "core"}
SIGNAL = CORE | {"processors", "pretrained_models", "spectral_ops"}
EVERYTHING = {"*"}
MAY_IMPORT = {
    "backends": set(),
    "extend": {"backends"},
    "design": {"extend"},
    "core": {"extend", "design"},
    "processors": {"extend", "core"},
    "pretrained_models": {"extend", "design", "core", "processors"},
    "spectral_ops": {"extend", "core", "design", "pretrained_models"},
    "synths": {"extend", "core", "processors", "spectral_ops"},
    "effects": {"extend", "design", "core", "processors"},
    "nn": SIGNAL,
    "losses": SIGNAL,
    "streaming": SIGNAL,
    "analysis": SIGNAL | {"synths"},
    "instruments": SIGNAL | {"synths", "effects", "nn", "streaming", "analysis"},
    "training": SIGNAL | {"synths", "effects", "nn", "losses", "analysis", "instruments", "streaming"},
    "_modules": EVERYTHING,
    "__init__": EVERYTHING,
    "cli": EVERYTHING,
    "__main__": {"cli"},
    **dict.fromkeys(("numpy", "torch", "jax", "tensorflow"), EVERYTHING),
}
#: External packages that all subpackages may import, besides the standard library.
OUTSIDE = {"numpy", "jaxtyping"}
MORE_OUTSIDE = {
    "backends": {"array_api_compat", "torch", "jax", "jaxlib", "tensorflow", "keras", "ml_dtypes", "scipy"},
    "torch": {"torch"},
    "jax": {"jax"},
    "tensorflow": {"tensorflow", "keras"},
    "pretrained_models": {"h5py"},
    "streaming": {"safetensors"},
    "training": {"safetensors"},
    "cli": {"typer", "rich", "soundfile", "soxr", "matplotlib", "dask", "distributed", "sounddevice", "mido"},
}
HEAVY = (
    "torch",
    "jax",
    "tensorflow",
    "keras",
    "h5py",
    "soundfile",
    "soxr",
    "matplotlib",
    "scipy",
    "typer",
    "rich",
    "dask",
    "distributed",
    "safetensors",
    "mido",
    "sounddevice",
)


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE.parent))


by_file = pytest.mark.parametrize("path", FILES, ids=name_of)


def subpackage_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> list[tuple[str, int]]:
    """Absolute dotted names of all imports, lazy ones included, with their lines; names of `from` imports resolved."""
    package = path.relative_to(PACKAGE.parent).with_suffix("").parts[:-1]
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = [] if node.level == 0 else list(package[: len(package) - node.level + 1])
            base += node.module.split(".") if node.module else []
            if base == ["ddsp"]:
                found += [(f"ddsp.{alias.name}", node.lineno) for alias in node.names]
            else:
                found.append((".".join(base), node.lineno))
    return found


@by_file
def test_who_may_know_whom(path):
    subpackage = subpackage_of(path)
    assert subpackage in MAY_IMPORT, f"a new subpackage: write into MAY_IMPORT what {subpackage} may import"
    allowed = MAY_IMPORT[subpackage] | {subpackage}
    for name, line in imports_of(path):
        top, _, rest = name.partition(".")
        if top == "ddsp":
            other = rest.split(".")[0] or "__init__"
            assert "*" in allowed or other in allowed, f"{name_of(path)}:{line} imports {name}"
        elif top not in sys.stdlib_module_names:
            known = OUTSIDE | MORE_OUTSIDE.get(subpackage, set())
            assert top in known, f"{name_of(path)}:{line} imports {name}: only {sorted(known)} may be known here"


def test_imports_run_up_only():
    """The rows of MAY_IMPORT are in layer order: a subpackage imports those above it."""
    for i, (subpackage, allowed) in enumerate(MAY_IMPORT.items()):
        above = set(list(MAY_IMPORT)[:i])
        assert subpackage in ("__init__", "numpy", "torch", "jax", "tensorflow") or allowed <= above | EVERYTHING, (
            subpackage
        )
    present = {subpackage_of(path) for path in FILES}
    assert set(MAY_IMPORT) == present, f"in MAY_IMPORT or in ddsp/ alone: {sorted(set(MAY_IMPORT) ^ present)}"


#: Subpackages that use array libraries only through adapters.
PORTABLE = (
    "design",
    "core",
    "processors",
    "pretrained_models",
    "spectral_ops",
    "synths",
    "effects",
    "nn",
    "losses",
    "instruments",
)
#: Code that distinguishes libraries, devices or compilers; adapters do this by `traits` and other methods.
PROBES = re.compile(
    r"""["'](?:cpu|cuda|gpu|torch|jax|tensorflow)["']|\.device\b|(?:has|get)attr\((?:self\.)?(?:backend|xp)\b"""
)


@pytest.mark.parametrize("path", [path for path in FILES if subpackage_of(path) in PORTABLE], ids=name_of)
def test_no_library_is_probed(path):
    code = ast.unparse(ast.parse(path.read_text()))  # without comments
    found = PROBES.search(re.sub(r'""".*?"""', "", code, flags=re.DOTALL))
    assert not found, f"{name_of(path)}: {found[0]}"


@by_file
def test_no_module_is_shadowed(path):
    """`import ddsp.core.resample` must not give a function: a package exports no name of one of its modules."""
    if path.name == "__init__.py":
        modules = {other.stem for other in path.parent.glob("*.py")} | {other.name for other in path.parent.iterdir()}
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                shadowed = {alias.asname or alias.name for alias in node.names} & modules
                assert not shadowed, f"{name_of(path)}:{node.lineno} binds {sorted(shadowed)}, names of modules"


@by_file
def test_files_are_short(path):
    lines = len(path.read_text().splitlines())
    assert lines <= MAX_FILE, f"{name_of(path)}: {lines} lines, at most {MAX_FILE}; split it by topic"


@by_file
def test_function_bodies_are_short(path):
    source = path.read_text().splitlines()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            if body:
                code = source[body[0].lineno - 1 : body[-1].end_lineno]
                count = sum(1 for line in code if line.strip() and not line.strip().startswith("#"))
                assert count <= MAX_BODY, f"{name_of(path)}:{node.lineno} {node.name}: {count} lines of code"


def names_in_all(path: Path) -> set[str]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def test_files_list_what_a_package_exports():
    """`__all__` of a file names what users import from a package; helpers that files share are not listed."""
    packages = [PACKAGE / name for name in (*PORTABLE, "extend", "analysis", "training")]
    exported = set().union(*(names_in_all(package / "__init__.py") for package in packages))
    for path in (path for package in packages for path in package.rglob("*.py")):
        more = names_in_all(path) - exported
        assert not more, f"{name_of(path)}: __all__ lists {sorted(more)}, which no package exports"


def test_named_mutants_change_the_code_of_today():
    """`python -m tests.mutate --quick` stops at a mutant whose code an edit has removed."""
    gone = [f"{mutant.file}: {mutant.old}" for mutant in NAMED if mutant.old not in (ROOT / mutant.file).read_text()]
    assert not gone, f"in NAMED of tests/mutate.py, but not in the code: {gone}"


def test_no_private_name_is_unused():
    """Functions, classes and constants whose name begins with an underscore are used somewhere in the library."""
    defined, used = {}, set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                defined.setdefault(node.name, f"{name_of(path)}:{node.lineno}")
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                defined.setdefault(node.id, f"{name_of(path)}:{node.lineno}")
            elif isinstance(node, (ast.Name, ast.Attribute)):
                used.add(node.id if isinstance(node, ast.Name) else node.attr)
    unused = {name: where for name, where in defined.items() if re.match(r"_[A-Za-z]", name) and name not in used}
    assert not unused, f"used nowhere: {unused}"


def public_definitions(tree: ast.Module):
    """Functions and classes that the file's `__all__` names, and the public methods of those classes."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            names = set(ast.literal_eval(node.value))
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in names:
            yield node
            if isinstance(node, ast.ClassDef):
                for member in node.body:
                    if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
                        yield member


@by_file
def test_public_names_are_documented_and_annotated(path):
    for node in public_definitions(ast.parse(path.read_text())):
        where = f"{name_of(path)}:{node.lineno} {node.name}"
        if subpackage_of(path) not in (
            "backends",
            "torch",
            "jax",
            "tensorflow",
        ):  # the base class documents the adapters
            assert ast.get_docstring(node), f"{where}: no docstring"
        if isinstance(node, ast.FunctionDef):
            arguments = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
            bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
            assert not bare, f"{where}: no annotation for {bare}"
            assert node.returns is not None, f"{where}: no annotation of the result"


def test_import_is_light():
    """`import ddsp` loads NumPy and no framework, whatever is installed."""
    code = (
        "import time, sys, numpy; start = time.perf_counter(); import ddsp; "
        f"print(time.perf_counter() - start, [m for m in {HEAVY} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent, check=True)
    seconds, _, loaded = done.stdout.partition(" ")
    print(f"import ddsp: {float(seconds):.3f} s after NumPy")  # no limit: a busy machine would break it
    assert loaded.strip() == "[]", f"import ddsp loads {loaded}"


@pytest.mark.parametrize(
    "subpackage", ["core", "spectral_ops", "synths", "effects", "nn", "losses", "processors", "instruments", "training"]
)
def test_all_is_complete(subpackage):
    """`__all__` names exist, and what a user can see without an underscore is named there or comes from elsewhere."""
    from importlib import import_module
    from types import ModuleType

    module = import_module(f"ddsp.{subpackage}")
    for name in module.__all__:
        assert hasattr(module, name), f"{module.__name__}.__all__ names {name}, which is not there"
    own = {
        name for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
        and getattr(value, "__module__", "").startswith(module.__name__)
    }  # fmt: skip
    assert own <= set(module.__all__), f"{module.__name__}.__all__ lacks {sorted(own - set(module.__all__))}"
