"""Small processors."""

from tests.cases import Case
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..inputs import AUDIO, TARGET

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("processors.Add.__call__")
def add(signal_one, signal_two):
    return signal_one + signal_two


@oracle("processors.Crop.__call__")
def crop(audio, frame_size, crop_location="back"):
    """Remove the padding of two halves of a frame, at the place of `crop_location`."""
    half = frame_size // 2
    front = {"front": 2 * half, "center": half, "back": 0}[crop_location]
    return audio[:, front : front + audio.shape[1] - 2 * half]


# Cases --------------------------------------------------------------------------------------------------------------

CASES = [
    Case("Add", "processors.Add.__call__", {"signal_one": AUDIO, "signal_two": TARGET}),
    *(
        Case(
            f"Crop {where} {n}",
            "processors.Crop.__call__",
            {"audio": AUDIO},
            init={"frame_size": n, "crop_location": where},
        )
        for where in ("back", "center", "front")
        for n in (1, 8, 33)
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("processors.Add.__call__")
def _(d):
    return Call({"signal_one": d.normal(d.batch, d.samples), "signal_two": d.normal(d.batch, d.samples)})


@drawn("processors.Crop.__call__")
def _(d):
    init = {"frame_size": d.integer(1, d.samples), "crop_location": d.choose("front", "center", "back")}
    return Call({"audio": d.normal(d.batch, d.samples + 1)}, init=init)
