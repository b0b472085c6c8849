"""The notation of shapes in the annotations, "batch frames 1", read and compared with the arrays that come in.

It is jaxtyping's, a little stricter: `name` is one axis, of one size wherever the name stands in a signature; `#name`
may be 1 as well, which broadcasts; a number is that size; `_` is any axis; `...` any axes; `*name` any axes, the same
everywhere; `*#name` broadcasts them as NumPy does, but behind a named axis there must be as many in each argument.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["Layout", "Sizes", "mismatch", "refusal"]

#: What is known so far of a call: axis -> (size, argument that has it, its shape).
Sizes = dict[str, tuple[Any, str, tuple]]


class Layout(NamedTuple):
    """One allowed shape: axes in front, perhaps any number in the middle, axes at the back; made by `of`.

    A named tuple, which Dynamo takes from the closure of a method of an object that is made while it traces.

    Parameters
    ----------
    text : the axes, such as "#batch *#voices frames 1".
    middle : the axes between those of fixed number: "...", "*name", "*#name", or None for none.
    named : axes with a name: where, what name, and whether a size of 1 broadcasts.
    numbers : axes of one size: where, and which.
    """

    text: str
    n_front: int
    n_back: int
    middle: str | None
    named: tuple[tuple[int, str, bool], ...]
    numbers: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, text: str) -> Layout:
        """The layout that a text says."""
        axes = text.split()
        middles = [i for i, axis in enumerate(axes) if axis == "..." or axis.startswith("*")]
        n_front = middles[0] if middles else len(axes)
        n_back = max(len(axes) - n_front - 1, 0)
        places = [*range(n_front), *range(-n_back, 0)]
        fixed = [axis for i, axis in enumerate(axes) if i not in middles]
        named = [(i, a.lstrip("#"), a[0] == "#") for i, a in zip(places, fixed, strict=True) if _is_name(a)]
        numbers = [(i, int(a)) for i, a in zip(places, fixed, strict=True) if a.isdigit()]
        return cls(text, n_front, n_back, axes[n_front] if middles else None, tuple(named), tuple(numbers))

    def __str__(self) -> str:
        """As the docstrings write it: [batch, frames, 1]; a middle between others may be missing."""
        axes = [axis.replace("#", "") for axis in self.text.split()]
        if self.middle not in (None, "...") and self.n_front:
            axes[self.n_front] = f"({axes[self.n_front][1:]})"
        return f"[{', '.join(axes)}]"

    def fits(self, shape: tuple) -> bool:
        """Whether a shape has as many axes, and the sizes that are numbers."""
        spare = len(shape) - self.n_front - self.n_back
        if spare < 0 or (spare > 0 and self.middle is None):
            return False
        # A loop over no numbers, as mostly, takes a fifth of the time of `all` with a generator.
        for i, number in self.numbers:  # noqa: SIM110
            if shape[i] is not None and shape[i] != number:
                return False
        return True


def _is_name(axis: str) -> bool:
    return axis != "_" and not axis.isdigit()


def mismatch(name: str, shape: tuple, layout: Layout, sizes: Sizes) -> str | None:
    """What is wrong with the sizes of a shape that fits its layout, beside those known; None where nothing is.

    What the shape tells is added to `sizes`. Sizes are compared two by two and never hashed, so that a compiler may
    leave them open; an unknown size (None) passes.
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
    """`mismatch` of the axes in the middle."""
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
    """The message for a shape that fits none of the layouts, with a hint where a slip is likely."""
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
