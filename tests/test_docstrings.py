"""Public docstrings have the NumPy layout of documentation parsers, describe every argument, and have valid links.

The parser below reads sections as griffe does, which makes the API pages, and rejects ambiguous layouts. An item is a
line without indentation, followed by its description, which is indented by four spaces.
"""

from __future__ import annotations

import ast
import inspect
import io
import re
import sys
import tokenize
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import pytest

import ddsp

SUBPACKAGES = (
    "backends", "extend", "design", "core", "processors", "synths", "effects", "pretrained_models", "spectral_ops",
    "nn", "losses", "analysis", "instruments", "training", "streaming",
)  # fmt: skip
#: Subpackages of small parts, which need no See Also.
TOOLS = ("backends", "design", "extend")
#: Sections in their required order.
SECTIONS = ("Parameters", "Attributes", "Returns", "Yields", "Raises", "Warns", "See Also", "Notes", "Examples")
NAME = r"\*{0,2}[A-Za-z_]\w*"
PARAMETERS = re.compile(rf"({NAME}(?:, {NAME})*)()")
NAME_AND_TYPE = re.compile(rf"({NAME}) : (\w+)")
EXCEPTION = re.compile(r"(\w+)()")
LINKED = re.compile(r"([\w.]+) : (.+\.)")
#: Public methods with a leading underscore.
CALLED = ("__call__",)
SOURCED = re.compile(r"\$\$|\b(1[89]|20)\d\d\b|^>>> ", re.MULTILINE)
BRITISH = re.compile(
    r"\w*(normalis|synthesis(?:e[drs]?|ing)\b|centre|colour|behaviour|analys(?:e[dr]?|ing)\b|optimis(?!t)|minimis|maximis"
    r"|neighbour|vectoris|initialis|parametris|summaris|generalis)\w*",
    re.IGNORECASE,
)


class Item(NamedTuple):
    names: tuple[str, ...]
    type: str
    text: str


class Documented(NamedTuple):
    """A public function, class or method, and the class that a method belongs to."""

    name: str
    value: Any
    owner: type | None


def public() -> list[Documented]:
    """Public names of the subpackages and the public methods of their classes, each once."""
    found: dict[int, Documented] = {}
    for subpackage in SUBPACKAGES:
        module = import_module(f"ddsp.{subpackage}")
        for name in module.__all__:
            value = getattr(module, name)
            if not callable(value) or not getattr(value, "__module__", "").startswith("ddsp."):
                continue
            found.setdefault(id(value), Documented(f"{subpackage}.{name}", value, None))
            members = vars(value).items() if inspect.isclass(value) else ()
            for key, member in members:
                function = getattr(member, "__func__", getattr(member, "fget", member))
                if isinstance(function, FunctionType) and (not key.startswith("_") or key in CALLED):
                    found.setdefault(id(member), Documented(f"{subpackage}.{name}.{key}", member, value))
    return list(found.values())


PUBLIC = public()
by_object = pytest.mark.parametrize("documented", PUBLIC, ids=lambda documented: documented.name)


def function_of(value: Any) -> Any:
    """Function inside a property or a class method."""
    return getattr(value, "__func__", getattr(value, "fget", value))


# The parser -----------------------------------------------------------------------------------------------------


@dataclass
class Docstring:
    summary: str
    sections: dict[str, list[str]]

    def items(self, section: str, head: re.Pattern) -> list[Item]:
        """Items of a section whose lines alternate between heads and indented descriptions."""
        found: list[tuple[re.Match, list[str]]] = []
        for line in self.sections.get(section, []):
            if line.startswith("    "):
                assert found, f"{section}: a description without a name above it: {line.strip()!r}"
                found[-1][1].append(line[4:])
            elif line:
                match = head.fullmatch(line)
                assert match, f"{section}: cannot read {line!r}"
                found.append((match, []))
            elif found:
                found[-1][1].append("")
        return [Item(tuple(m[1].split(", ")), m[2] or "", "\n".join(lines).strip()) for m, lines in found]


def parse(text: str) -> Docstring:
    """Parse a docstring into the first paragraph and the lines of each section."""
    lines = inspect.cleandoc(text).split("\n")
    summary = " ".join(lines[: lines.index("")] if "" in lines else lines)
    starts = [i for i, line in enumerate(lines[1:]) if line and set(line) == {"-"} and lines[i]]
    titles = [lines[i] for i in starts]
    unknown = set(titles) - set(SECTIONS)
    assert not unknown, f"sections {sorted(unknown)}, expected some of {SECTIONS}"
    assert titles == [title for title in SECTIONS if title in titles], f"sections in another order: {titles}"
    for i, title in zip(starts, titles, strict=True):
        assert len(lines[i + 1]) == len(title), f"{title}: the line below is {len(lines[i + 1])} long"
        assert lines[i - 1] == "", f"{title}: no empty line above"
    ends = [*starts[1:], len(lines)]
    sections = {lines[i]: lines[i + 2 : end] for i, end in zip(starts, ends, strict=False)}
    return Docstring(summary, sections)


def test_parser_refuses_what_a_documentation_parser_would_guess_at():
    """The text after a name on one line would become its type; a second line of Returns, a second value."""
    good = parse("Do it.\n\nParameters\n----------\nx, y\n    In Hz.\n\n    Or not.\n**more\n    The rest.\n")
    assert good.items("Parameters", PARAMETERS) == [
        Item(("x", "y"), "", "In Hz.\n\nOr not."), Item(("**more",), "", "The rest."),
    ]  # fmt: skip
    for bad in ("x : in Hz", "x, in Hz", "x:", "  x"):
        with pytest.raises(AssertionError, match="cannot read"):
            parse(f"Do it.\n\nParameters\n----------\n{bad}\n    In Hz.").items("Parameters", PARAMETERS)
    with pytest.raises(AssertionError, match="cannot read"):
        parse("Do it.\n\nReturns\n-------\nx : the\nresult").items("Returns", NAME_AND_TYPE)
    with pytest.raises(AssertionError, match="other order"):
        parse("Do it.\n\nReturns\n-------\nx : array\n    It.\n\nParameters\n----------\nx\n    It.")


# Requirements of docstrings -------------------------------------------------------------------------------------


@by_object
def test_docstring(documented):
    value = function_of(documented.value)
    doc = parse(value.__doc__)
    assert doc.summary.endswith("."), f"the first paragraph ends without a period: {doc.summary!r}"
    assert not doc.summary.startswith(("What ", "How ", "Whether ")) or "?" in doc.summary, doc.summary
    if isinstance(documented.value, property):
        return
    check_parameters(doc, value)
    if not inspect.isclass(value):
        check_returns(doc, value)
    for item in doc.items("Raises", EXCEPTION) + doc.items("Warns", EXCEPTION):
        check_description(item)
    for names, _, _ in doc.items("See Also", LINKED):
        assert resolves(names[0], value, documented.owner), f"See Also: there is no {names[0]}"
    subpackage = documented.name.partition(".")[0]
    if documented.owner is None and subpackage not in TOOLS:
        assert "See Also" in doc.sections, "no See Also"
    if subpackage == "core":
        assert SOURCED.search(inspect.cleandoc(value.__doc__)), "no equation ($$), no year of a reference, no example"


def check_parameters(doc: Docstring, value: Any) -> None:
    is_named_tuple = inspect.isclass(value) and issubclass(value, tuple)  # griffe finds no constructor of a NamedTuple
    items = doc.items("Attributes" if is_named_tuple else "Parameters", PARAMETERS)
    for item in items:
        check_description(item)
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    parameters = inspect.signature(value).parameters.values()
    expected = [stars.get(p.kind, "") + p.name for p in parameters if p.name not in ("self", "cls")]
    described = [name for item in items for name in item.names]
    assert sorted(described) == sorted(expected), f"described: {described}, arguments: {expected}"


def check_returns(doc: Docstring, value: Any) -> None:
    annotation = inspect.signature(value).return_annotation
    items = doc.items("Yields" if annotation.startswith("Iterator") else "Returns", NAME_AND_TYPE)
    for item in items:
        check_description(item)
    assert len(items) == n_returned(annotation), f"{len(items)} values in Returns, annotation {annotation}"


def n_returned(annotation: str) -> int:
    tree = ast.parse(annotation, mode="eval").body
    if isinstance(tree, ast.Constant) and tree.value is None:
        return 0
    if isinstance(tree, ast.Subscript) and isinstance(tree.value, ast.Name) and tree.value.id == "tuple":
        elements = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
        return 1 if any(isinstance(e, ast.Constant) and e.value is ... for e in elements) else len(elements)
    return 1


def check_description(item: Item) -> None:
    names = ", ".join(item.names)
    assert item.text, f"{names}: no description"
    assert not item.text[0].islower(), f"{names}: starts with a small letter: {item.text!r}"
    assert item.text.endswith("."), f"{names}: ends without a period: {item.text!r}"


def resolves(name: str, value: Any, owner: type | None) -> bool:
    """Test whether a name exists in the class, the module or `ddsp.core`, or is a dotted path of `ddsp`."""
    first, *rest = name.split(".")
    module = sys.modules[value.__module__]
    package = import_module(module.__name__.rpartition(".")[0])
    if first == "ddsp":
        return leads_somewhere(ddsp, rest)
    places = (value, owner, module, package, ddsp.core)
    return any(leads_somewhere(place, [first, *rest]) for place in places if place is not None)


def leads_somewhere(place: Any, path: list[str]) -> bool:
    for part in path:
        if not hasattr(place, part):
            return False
        place = getattr(place, part)
    return True


# Spelling -------------------------------------------------------------------------------------------------------


def prose(source: str) -> list[tuple[int, str]]:
    """Comments and docstrings of a file, with their lines."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    found = [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            found.append((node.body[0].lineno, ast.get_docstring(node)))
    return found


def test_spelling_is_american():
    """Docstrings and comments of the whole package have American spelling."""
    assert BRITISH.search("the centred frame") and BRITISH.search("to synthesise") and not BRITISH.search("analyses")
    root = Path(ddsp.__file__).parents[1]
    files = {path.relative_to(root): path.read_text() for path in sorted(Path(ddsp.__file__).parent.rglob("*.py"))}
    wrong = [
        f"{path}:{line}: {match[0]}"
        for path, source in files.items()
        for line, text in prose(source)
        for match in BRITISH.finditer(text)
    ]
    assert not wrong, "\n".join(wrong)


# Links in the text ----------------------------------------------------------------------------------------------

DOTTED = re.compile(r"`ddsp((?:\.\w+)+)`")
FILE = re.compile(r"`((?:\w+/)*\w+\.py)`")
FRAMEWORKS = ("torch", "jax", "tensorflow")


def test_names_and_files_in_the_text_exist():
    """Names such as `ddsp.core.name` and `tests/file.py` in docstrings and comments exist."""
    root = Path(ddsp.__file__).parents[1]
    missing = []
    for path in sorted((root / "ddsp").rglob("*.py")):
        for line, text in prose(path.read_text()):
            where = f"{path.relative_to(root)}:{line}"
            for match in DOTTED.finditer(text):
                names = match[1].split(".")[1:]
                if names[0] not in FRAMEWORKS and not leads_to_name_or_module(names):
                    missing.append(f"{where}: {match[0]}")
            for match in FILE.finditer(text):
                if not any((place / match[1]).exists() for place in (root, root / "ddsp", *path.parents)):
                    missing.append(f"{where}: {match[0]}")
    assert not missing, "\n".join(missing)


def leads_to_name_or_module(names: list[str]) -> bool:
    if leads_somewhere(ddsp, names):
        return True
    try:
        module = import_module(".".join(["ddsp", *names[:-1]]))
        return hasattr(module, names[-1]) or bool(import_module(".".join(["ddsp", *names])))
    except ModuleNotFoundError:
        return False
