"""Type stubs of the framework modules: `python -m tests.stubs` writes them, and test_typing.py checks them.

At run time, `wrap` fills the subpackages of `ddsp.torch`, `ddsp.jax` and `ddsp.tensorflow`. Type checkers and editors
read stubs such as `ddsp/torch/synths.pyi` instead, which have each module class with its constructor, call, settings
and methods. Stubs are made from the plain classes and the source of the framework modules, so no framework is needed.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from inspect import Parameter, Signature
from pathlib import Path
from types import ModuleType
from typing import Any

from ddsp._modules import SUBPACKAGES, is_loader, is_maker, is_wrapped
from ddsp.nn import Network
from ddsp.processors.graph import Graph
from ddsp.processors.signatures import (
    call_signature,
    constructor_signature,
    loader_signature,
    maker_signature,
    node_settings,
)

ROOT = Path(__file__).parents[1]
#: Base of the module classes of each framework, and the method that computes.
FRAMEWORKS = {"torch": ("_Module", "forward"), "jax": ("_Module", "__call__"), "tensorflow": ("_Layer", "call")}


def write(folder: Path) -> list[Path]:
    """Write and format <folder>/<framework>/<subpackage>.pyi for all frameworks; return the paths."""
    paths = []
    for framework in FRAMEWORKS:
        for package in SUBPACKAGES:
            paths.append(folder / framework / f"{package.__name__.partition('.')[2]}.pyi")
            paths[-1].parent.mkdir(exist_ok=True)
            paths[-1].write_text(stub(framework, package))
    for command in (("check", "--fix", "--select", "I"), ("format",)):
        ruff = [sys.executable, "-m", "ruff", *command, "-q", "--config", str(ROOT / "pyproject.toml")]
        subprocess.run([*ruff, *map(str, paths)], check=True)
    return paths


def stub(framework: str, package: ModuleType) -> str:
    """Text of ddsp/<framework>/<subpackage>.pyi, not formatted."""
    base, called = FRAMEWORKS[framework]
    classes: dict[type, str] = {}
    public = {name: getattr(package, name) for name in package.__all__}
    made = [name for name, value in public.items() if is_wrapped(value) or is_maker(value) or is_loader(value)]
    imports = {name: package.__name__ for name in public if name not in made}
    imports |= {"Any": "typing", base: f"ddsp.{framework}._module"}
    body = []
    for name, value in public.items():
        if name in imports and name not in made:
            continue
        if is_maker(value):
            body.append(method(value, name, maker_signature(value).replace(return_annotation=base), imports))
        elif is_loader(value):
            body.append(method(value, name, loader_signature(value), imports))
        elif value in classes:  # some classes have two names
            body.append(f"{name} = {classes[value]}")
        else:
            classes[value] = name
            lines = members(value, called, added_by(framework), imports)
            body.append("\n    ".join([f"class {name}({base}):", *lines]))
    path = f"{framework}.{package.__name__.partition('.')[2]}"
    head = f'"""The types of `ddsp.{path}`; written by `python -m tests.stubs`."""'
    return (
        "\n\n".join(
            [
                head,
                *(f"from {module} import {name}" for name, module in imports.items() if name not in made),
                f"__all__ = {package.__all__!r}",
                *body,
            ]
        )
        + "\n"
    )


def members(cls: type, called: str, added: Signature, imports: dict[str, str]) -> Iterator[str]:
    """The lines of a module class: constructor, call, settings, and the plain class's public methods."""
    yield method(cls, "__init__", constructor_signature(cls, added).replace(return_annotation="None"), imports)
    for name in dict.fromkeys((called, "__call__")):
        yield method(cls, name, supplied(cls, call_signature(cls)), imports)
    settings = {field.name: field.type for field in fields(cls)}
    for name, annotation in settings.items():
        need(cls, annotation, imports)
        yield f"@property\n    def {name}(self) -> {annotation}: ..."
    for name in dir(cls):
        member = inspect.getattr_static(cls, name)
        function = getattr(member, "__func__", getattr(member, "fget", member))
        private = name.startswith("_") or name.endswith("__")  # `autograph_info__` is for TensorFlow to read
        if private or name in settings or not inspect.isfunction(function):
            continue
        decorator = "" if inspect.isfunction(member) else f"@{type(member).__name__}\n    "
        signature = inspect.signature(function)
        trained = name in getattr(cls, "trained_methods", ())
        yield decorator + method(cls, name, supplied(cls, signature) if trained else signature, imports)


def supplied(cls: type, signature: Signature) -> Signature:
    """Signature without the trainable values of nodes and the `**values` of a network, which the module supplies."""
    supplies_all, nodes = issubclass(cls, (Graph, Network)), node_settings(cls)
    parameters = [p for p in signature.parameters.values() if p.name not in nodes]
    kept = [p for p in parameters if not (supplies_all and p.kind == Parameter.VAR_KEYWORD)]
    return signature.replace(parameters=kept)


def method(cls: Any, name: str, signature: Signature, imports: dict[str, str]) -> str:
    """Method of a stub, with `...` for defaults."""
    parameters, returned = list(signature.parameters.values()), signature.return_annotation
    parameters = [p if p.default is p.empty else p.replace(default=Ellipsis) for p in parameters]
    shown = str(Signature(parameters)).replace("Ellipsis", "...")
    for annotation in (returned, *(p.annotation for p in parameters)):
        need(cls, annotation, imports)
        shown = shown.replace(repr(annotation), str(annotation))  # annotations are strings, which a signature quotes
    return f"def {name}{shown} -> {'Any' if returned is Signature.empty else returned}: ..."


def need(cls: Any, annotation: Any, imports: dict[str, str]) -> None:
    """Add the imports of the names in an annotation, as in the source of the class or of a base class."""
    if annotation is Signature.empty:
        return
    names = {node.id for node in ast.walk(ast.parse(annotation)) if isinstance(node, ast.Name)}
    for name in names - imports.keys() - vars(builtins).keys():
        places = cls.__mro__[:-1] if inspect.isclass(cls) else [cls]
        imports[name] = next(found[name] for c in places if name in (found := names_of(c.__module__)))


@cache
def names_of(module: str) -> dict[str, str]:
    """Module of each name that a module's source imports or defines."""
    source = sys.modules[module]
    found = {}
    for node in ast.walk(ast.parse(inspect.getsource(source))):
        if isinstance(node, ast.ImportFrom):
            package = (source.__package__ or "").split(".")
            base = package[: len(package) - node.level + 1] if node.level else []
            found |= {alias.name: ".".join([*base, *([node.module] if node.module else [])]) for alias in node.names}
        elif isinstance(node, ast.ClassDef):
            found[node.name] = module
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = module
    return found


@cache
def added_by(framework: str) -> Signature:
    """Keywords of a framework's constructors in addition to settings, read from its source."""
    tree = ast.parse((ROOT / "ddsp" / framework / "_module.py").read_text())
    (cls,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == FRAMEWORKS[framework][0])
    (init,) = (node for node in cls.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    return Signature([
        Parameter(a.arg, Parameter.KEYWORD_ONLY, default=default, annotation=ast.unparse(a.annotation))
        for a, default in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True)
    ])  # fmt: skip


if __name__ == "__main__":
    print(*write(ROOT / "ddsp"), sep="\n")
