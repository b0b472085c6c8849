"""Shapes in annotations, such as "batch frames 1": parsing, and comparison with the arrays of a call.

The notation is jaxtyping's, a little stricter. `name` is one axis, with the same size everywhere in a signature;
`#name` may also be 1, which broadcasts; a number is a size; `_` is any axis; `...` is any number of axes; `*name` is
any number of axes, the same everywhere. `*#name` broadcasts like NumPy, but after a named axis it must have the same
number of axes in each argument.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__: list[str] = []

#: Known sizes of a call: axis -> (size, argument that has it, its shape).
Sizes = dict[str, tuple[Any, str, tuple]]


class Layout(NamedTuple):
    """One allowed shape: leading axes, optionally any number of middle axes, and trailing axes; made by `of`.

    A named tuple, because Dynamo accepts one in the closure of a method of an object that is made during tracing.

    Attributes
    ----------
    text
        The axes, such as "#batch *#voices frames 1".
    n_front
        Number of leading axes.
    n_back
        Number of trailing axes.
    middle
        The middle axes: "...", "*name", "*#name", or None if there are none.
    named
        Axes with a name: position, name, and True if a size of 1 broadcasts.
    numbers
        Axes with a fixed size: position and size.
    """

    text: str
    n_front: int
    n_back: int
    middle: str | None
    named: tuple[tuple[int, str, bool], ...]
    numbers: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, text: str) -> Layout:
        """Parse the text of a layout."""
        axes = text.split()
        middles = [i for i, axis in enumerate(axes) if axis == "..." or axis.startswith("*")]
        n_front = middles[0] if middles else len(axes)
        n_back = max(len(axes) - n_front - 1, 0)
        places = [*range(n_front), *range(-n_back, 0)]
        fixed = [axis for i, axis in enumerate(axes) if i not in middles]
        names = [(i, a) for i, a in zip(places, fixed, strict=True) if a != "_" and not a.isdigit()]
        named = [(i, a.lstrip("#"), a[0] == "#") for i, a in names]
        numbers = [(i, int(a)) for i, a in zip(places, fixed, strict=True) if a.isdigit()]
        return cls(text, n_front, n_back, axes[n_front] if middles else None, tuple(named), tuple(numbers))

    def __str__(self) -> str:
        """The layout as in docstrings, [batch, frames, 1], with optional middle axes in parentheses."""
        axes = [axis.replace("#", "") for axis in self.text.split()]
        if self.middle not in (None, "...") and self.n_front:
            axes[self.n_front] = f"({axes[self.n_front][1:]})"
        return f"[{', '.join(axes)}]"

    def fits(self, shape: tuple) -> bool:
        """True if a shape has the right number of axes and the fixed sizes."""
        spare = len(shape) - self.n_front - self.n_back
        if spare < 0 or (spare > 0 and self.middle is None):
            return False
        # Usually there are no numbers, and the loop takes a fifth of the time of `all` with a generator.
        for i, number in self.numbers:  # noqa: SIM110
            if shape[i] is not None and shape[i] != number:
                return False
        return True


def mismatch(name: str, shape: tuple, layout: Layout, sizes: Sizes) -> str | None:
    """Compare the sizes of a shape that fits its layout with known sizes; returns an error message, or None.

    The sizes of the shape are added to `sizes`. Sizes are compared in pairs and never hashed, so that a compiler may
    leave them open; an unknown size (None) is accepted.
    """
    for i, key, broadcasts in layout.named:
        size = shape[i]
        if size is None or (broadcasts and size == 1):
            continue
        if key not in sizes:
            if size == 0 and key != "batch":
                return f"{name}: got shape {shape}, expected at least one element along {key!r}"
            sizes[key] = (size, name, shape)
        elif size != sizes[key][0]:
            return _unequal(name, shape, key, size, broadcasts, *sizes[key])
    if layout.middle is None or layout.middle == "...":
        return None
    return _wrong_middle(name, shape, layout, layout.middle, sizes)


def _unequal(
    name: str, shape: tuple, key: str, size: Any, broadcasts: bool, known: Any, other: str, other_shape: tuple
) -> str:
    what = {"batch": "a batch of", "time": "a length of"}.get(key, f"{key} =")
    hint = "; drop or repeat the last one" if "frames" in key and known - size in (1, -1) else ""
    return (
        f"{name}: got shape {shape} with {what} {size}, expected {known}{' or 1' if broadcasts else ''} "
        f"as in {other} of shape {other_shape}{hint}"
    )


def _wrong_middle(name: str, shape: tuple, layout: Layout, axes: str, sizes: Sizes) -> str | None:
    """`mismatch` for the middle axes."""
    key, broadcasts = axes.replace("#", ""), "#" in axes
    middle = shape[layout.n_front : len(shape) - layout.n_back]
    if layout.n_front and 0 in middle:
        return f"{name}: got shape {shape}, expected at least one element along {key[1:]!r}"
    if key not in sizes:
        sizes[key] = (middle, name, shape)
        return None
    known, other, other_shape = sizes[key]
    if len(middle) != len(known) and not (broadcasts and layout.n_front == 0):
        return f"{name}: got shape {shape}, expected as many axes as {other} of shape {other_shape}"
    n_axes = max(len(middle), len(known))
    mine, theirs = ((1,) * (n_axes - len(x)) + tuple(x) for x in (middle, known))
    merged = []
    for a, b in zip(mine, theirs, strict=True):
        if not (a is None or b is None or a == b or (broadcasts and (a == 1 or b == 1))):
            verb = "broadcast with" if broadcasts else "equal"
            what = f" with {key[1:]} ({', '.join(map(str, middle))})" if len(middle) < len(shape) else ""
            return f"{name}: got shape {shape}{what}, expected to {verb} {other} of shape {other_shape}"
        merged.append(b if a is None or (broadcasts and a == 1) else a)
    sizes[key] = (tuple(merged), name, shape) if len(middle) > len(known) else (tuple(merged), other, other_shape)
    return None


def refusal(name: str, shape: tuple, layouts: tuple[Layout, ...]) -> str:
    """Error message for a shape that fits none of the layouts, with a hint at likely mistakes."""
    expected = " or ".join(map(str, layouts))
    return f"{name}: got shape {shape}, expected {expected}{_hint(name, shape, layouts)}"


def _hint(name: str, shape: tuple, layouts: tuple[Layout, ...]) -> str:
    for i, size in enumerate(shape):
        if size == 1 and any(layout.fits(shape[:i] + shape[i + 1 :]) for layout in layouts):
            return f"; squeeze axis {i}"
    if any(layout.text.endswith(" 1") and layout.fits((*shape, 1)) for layout in layouts):
        return f"; add a last axis: {name}[{':, ' * len(shape)}None]"
    if any(layout.fits((1, *shape)) for layout in layouts):
        return f"; add a batch axis: {name}[None, ...]"
    return ""
