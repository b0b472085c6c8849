"""Type stubs of the doors' rooms: `python -m tests.stubs` writes them, test_typing.py holds them to the classes.

When the library runs, `wrap` fills a room of `ddsp.torch`, `ddsp.jax` or `ddsp.tensorflow`. Type checkers and editors
read `ddsp/torch/synths.pyi` and its neighbors instead: each module class with its constructor, call, settings and
methods. They are made from the plain classes and the source of the doors, so that no framework is needed.
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

from ddsp._modules import SUBPACKAGES, is_wrapped
from ddsp.processors.graph import Graph
from ddsp.processors.signatures import call_signature, constructor_signature

ROOT = Path(__file__).parents[1]
#: For each door: the base of its module classes, and the method that computes.
DOORS = {"torch": ("_Module", "forward"), "jax": ("_Module", "__call__"), "tensorflow": ("_Layer", "call")}


def write(folder: Path) -> list[Path]:
    """Write <folder>/<door>/<room>.pyi for all doors and rooms, formatted; the paths."""
    paths = []
    for door in DOORS:
        for room in SUBPACKAGES:
            paths.append(folder / door / f"{room.__name__.partition('.')[2]}.pyi")
            paths[-1].parent.mkdir(exist_ok=True)
            paths[-1].write_text(stub(door, room))
    for command in (("check", "--fix", "--select", "I"), ("format",)):
        ruff = [sys.executable, "-m", "ruff", *command, "-q", "--config", str(ROOT / "pyproject.toml")]
        subprocess.run([*ruff, *map(str, paths)], check=True)
    return paths


def stub(door: str, room: ModuleType) -> str:
    """The text of ddsp/<door>/<room>.pyi, not formatted."""
    base, called = DOORS[door]
    classes: dict[type, str] = {}
    public = {name: getattr(room, name) for name in room.__all__}
    imports = {name: room.__name__ for name, value in public.items() if not is_wrapped(value)}
    imports |= {"Any": "typing", base: f"ddsp.{door}._module"}
    body = []
    for name, value in public.items():
        if name in imports:
            continue
        if value in classes:  # some classes have two names
            body.append(f"{name} = {classes[value]}")
        else:
            classes[value] = name
            lines = members(value, called, added_by(door), imports)
            body.append("\n    ".join([f"class {name}({base}):", *lines]))
    head = f'"""The types of `ddsp.{door}.{room.__name__.partition(".")[2]}`; written by `python -m tests.stubs`."""'
    return (
        "\n\n".join(
            [
                head,
                *(f"from {module} import {name}" for name, module in imports.items()),
                f"__all__ = {room.__all__!r}",
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
        if name.startswith("_") or name in settings or not inspect.isfunction(function):
            continue
        decorator = "" if inspect.isfunction(member) else f"@{type(member).__name__}\n    "
        signature = inspect.signature(function)
        yield decorator + method(cls, name, supplied(cls, signature) if name == "get_controls" else signature, imports)


def supplied(cls: type, signature: Signature) -> Signature:
    """The signature without a graph's `**params`, which are the module's own."""
    if not issubclass(cls, Graph):
        return signature
    return signature.replace(parameters=[p for p in signature.parameters.values() if p.kind != Parameter.VAR_KEYWORD])


def method(cls: type, name: str, signature: Signature, imports: dict[str, str]) -> str:
    """A method of a stub, its defaults as `...`."""
    parameters, returned = list(signature.parameters.values()), signature.return_annotation
    parameters = [p if p.default is p.empty else p.replace(default=Ellipsis) for p in parameters]
    shown = str(Signature(parameters)).replace("Ellipsis", "...")
    for annotation in (returned, *(p.annotation for p in parameters)):
        need(cls, annotation, imports)
        shown = shown.replace(repr(annotation), str(annotation))  # they are texts, which a signature quotes
    return f"def {name}{shown} -> {'Any' if returned is Signature.empty else returned}: ..."


def need(cls: type, annotation: Any, imports: dict[str, str]) -> None:
    """Add the imports of the names in an annotation of a class, as the source of the class or of a base has them."""
    if annotation is Signature.empty:
        return
    names = {node.id for node in ast.walk(ast.parse(annotation)) if isinstance(node, ast.Name)}
    for name in names - imports.keys() - vars(builtins).keys():
        imports[name] = next(found[name] for c in cls.__mro__[:-1] if name in (found := names_of(c.__module__)))


@cache
def names_of(module: str) -> dict[str, str]:
    """Where the names come from that a module's source imports or defines: module by name."""
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
def added_by(door: str) -> Signature:
    """The keywords that a door's constructors have besides the settings, read from its source."""
    tree = ast.parse((ROOT / "ddsp" / door / "_module.py").read_text())
    (cls,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == DOORS[door][0])
    (init,) = (node for node in cls.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    return Signature([
        Parameter(a.arg, Parameter.KEYWORD_ONLY, default=default, annotation=ast.unparse(a.annotation))
        for a, default in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True)
    ])  # fmt: skip


if __name__ == "__main__":
    print(*write(ROOT / "ddsp"), sep="\n")
