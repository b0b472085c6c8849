"""Inputs that cases of several topics share. Lengths are odd on purpose."""

from tests.cases import normal, uniform

X = normal("x", 3, 7, scale=3.0)
POSITIVE = uniform("positive", 0.01, 4.0, 3, 7)
HZ = uniform("hz", 30.0, 7000.0, 3, 7)
CONTROLS = normal("controls", 2, 7, 3)
RATE = 4000
F0 = uniform("f0", 90.0, 700.0, 2, 7, 1)  # harmonics cross Nyquist within the signal
AMPLITUDES = uniform("amplitudes", 0.2, 1.0, 2, 7, 1)
DISTRIBUTION = uniform("distribution", 0.1, 1.0, 2, 7, 6)
SHORT_AUDIO = normal("audio", 2, 97)
MAGNITUDES = uniform("magnitudes", 0.1, 1.0, 2, 5, 9)
AUDIO = normal("signal", 2, 555, scale=0.3)
TARGET = normal("target", 2, 555, scale=0.3)
