"""Scales of hearing: Bark, mel, ERB."""

import numpy as np

from tests.cases import Case, uniform
from tests.draws import drawn_elementwise
from tests.oracles import oracle

from ..inputs import HZ

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("core.hz_to_bark")
def hz_to_bark(hz):
    """Traunmueller's formula in a form without division by zero at 0 Hz."""
    return 26.81 * hz / (hz + 1960.0) - 0.53


@oracle("core.bark_to_hz")
def bark_to_hz(bark):
    return 1960.0 * (bark + 0.53) / (26.28 - bark)


@oracle("core.hz_to_mel")
def hz_to_mel(hz):
    return 2595.0 * np.log10(1.0 + hz / 700.0)


@oracle("core.mel_to_hz")
def mel_to_hz(mel):
    return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)


@oracle("core.hz_to_erb")
def hz_to_erb(hz):
    return 0.108 * hz + 24.7


@oracle("core.erb_to_hz")
def erb_to_hz(erb):
    return (erb - 24.7) / 0.108


# Cases --------------------------------------------------------------------------------------------------------------

CASES = [
    Case("hz_to_bark", "core.hz_to_bark", {"hz": HZ}),
    Case("bark_to_hz", "core.bark_to_hz", {"bark": uniform("bark", 0.0, 20.0, 3, 7)}),
    Case("hz_to_mel", "core.hz_to_mel", {"hz": HZ}),
    Case("mel_to_hz", "core.mel_to_hz", {"mel": uniform("mel", 10.0, 2500.0, 3, 7)}),
    Case("hz_to_erb", "core.hz_to_erb", {"hz": HZ}),
    Case("erb_to_hz", "core.erb_to_hz", {"erb": uniform("erb", 25.0, 700.0, 3, 7)}),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------

drawn_elementwise("hz", 8.0, 2e4, "core.hz_to_bark", "core.hz_to_mel", "core.hz_to_erb")
drawn_elementwise("bark", 0.0, 20.0, "core.bark_to_hz")
drawn_elementwise("mel", 0.0, 3000.0, "core.mel_to_hz")
drawn_elementwise("erb", 25.0, 700.0, "core.erb_to_hz")
