"""Spectral loss in its plain form."""

from tests.cases import Case
from tests.draws import Call, drawn
from tests.oracles import oracle

from .spectral import SIZES, SOUNDS, spectral_loss

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("losses.plain_spectral_loss")
def plain_spectral_loss(target_audio, audio, fft_sizes=(2048, 1024, 512, 256, 128, 64)):
    return spectral_loss({"fft_sizes": fft_sizes}, target_audio, audio)


# Cases --------------------------------------------------------------------------------------------------------------

CASES = [
    Case(
        "plain_spectral_loss",
        "losses.plain_spectral_loss",
        SOUNDS,
        SIZES,
        wrt=("audio",),
        rtol32=4e-6,
        step=3e-7,
        directions=1,
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("losses.plain_spectral_loss")
def _(d):
    shape = (d.batch + 1, d.samples)
    return Call({"target_audio": d.normal(*shape), "audio": d.normal(*shape)}, {"fft_sizes": (64, 16)}, rtol32=1e-4)
