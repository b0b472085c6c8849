"""Vocode one sound with another's controls: the pitch and loudness of one recording, the timbre of another.

python examples/vocode.py [--melody A.wav] [--timbre B.wav] [--seconds N]    writes vocoded.wav
"""

import argparse
from importlib.resources import files

import numpy as np
import soundfile

import ddsp

parser = argparse.ArgumentParser()
parser.add_argument("--melody", default=files("ddsp") / "data" / "flute_phrase.wav")
parser.add_argument("--timbre", help="default: a voice that moves between two vowels")
parser.add_argument("--seconds", type=int, default=60, help="at most, of each")
options = parser.parse_args()


def read(path):
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return ddsp.core.resample_audio(samples[: options.seconds * rate].mean(axis=1)[None], rate, 16000)


def voice():
    f0_hz, move = np.full((1, 1000, 1), 220.0), 0.5 + 0.5 * np.sin(np.linspace(0, 12, 1000))[None, :, None]
    hz = f0_hz * np.arange(1, 30)
    ah, ee = (sum(np.exp(-np.abs(hz - f) / 200.0) for f in vowel) for vowel in ((700, 1200), (300, 2300)))
    return ddsp.core.harmonic_synthesis(f0_hz, 0.1 * (1.0 + move), None, ah + move * (ee - ah)).astype(np.float32)


melody = ddsp.analysis.analyze_recording(read(options.melody))
other = ddsp.analysis.analyze_recording(read(options.timbre) if options.timbre else voice())
frames = np.arange(melody["f0_hz"].shape[1]) % other["f0_hz"].shape[1]  # again and again, if it is shorter
controls = {**melody, "harmonic_distribution": other["harmonic_distribution"][:, frames, :]}
audio = ddsp.analysis.render_controls(controls, key=0)
soundfile.write("vocoded.wav", audio[0], 16000)
cents = 1200 * np.log2(ddsp.analysis.track_pitch(audio)[0] / melody["f0_hz"])
print(f"pitch: {np.median(np.abs(cents)):.1f} cents from the melody (median); wrote vocoded.wav")
