"""Inputs that cases of several topics share. Lengths are odd on purpose.

The seed of an array is its name in quotes: the same name and shape give the same numbers in any file.
"""

from tests.cases import normal, uniform

# Numbers of any kind.
X = normal("x", 3, 7, scale=3.0)
POSITIVE = uniform("positive", 0.01, 4.0, 3, 7)
HZ = uniform("hz", 30.0, 7000.0, 3, 7)

# Controls, [batch, frames, channels].
CONTROLS = normal("controls", 2, 7, 3)
MAGNITUDES = uniform("magnitudes", 0.1, 1.0, 2, 5, 9)

# A harmonic tone: its harmonics cross Nyquist within the signal.
RATE = 4000
F0 = uniform("f0", 90.0, 700.0, 2, 7, 1)
AMPLITUDES = uniform("amplitudes", 0.2, 1.0, 2, 7, 1)
DISTRIBUTION = uniform("distribution", 0.1, 1.0, 2, 7, 6)

# Audio, [batch, time].
SHORT_AUDIO = normal("audio", 2, 97)
AUDIO = normal("signal", 2, 555, scale=0.3)
TARGET = normal("target", 2, 555, scale=0.3)
