"""Samples as audio."""

from tests.cases import Case
from tests.draws import Call, drawn
from tests.oracles import oracle

from ..inputs import AUDIO

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("synths.TensorToAudio.__call__")
def tensor_to_audio(samples):
    return samples[..., 0]


# Cases --------------------------------------------------------------------------------------------------------------

CASES = [
    Case("TensorToAudio", "synths.TensorToAudio.__call__", {"samples": AUDIO[:, :, None]}),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("synths.TensorToAudio.__call__")
def _(d):
    return Call({"samples": d.normal(d.batch, d.samples, 1)})
