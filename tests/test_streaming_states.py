"""States of streams on their way: from one backend to another in the middle of a tone, and into files."""

from __future__ import annotations

import functools
import subprocess
import sys

import numpy as np
import pytest

from conftest import require_backend
from ddsp import effects, processors, streaming, synths
from ddsp.backends._host import map_tree

from .cases import normal
from .streams import layout_of

HOP, FRAMES = 64, 25
ROUTE = ("numpy", "torch", "jax", "tensorflow", "numpy")


def inputs_of(dtype="float32"):
    f0 = 300.0 * 2.0 ** (0.3 * np.sin(np.arange(FRAMES) / 3.0))[None, :, None]
    ir = 0.3 * normal("ir", 1, 700) * np.exp(-np.arange(700) / 200.0)
    inputs = {"level": normal("level", 1, FRAMES, 1), "timbre": normal("timbre", 1, FRAMES, 20), "f0_hz": f0}
    inputs |= {"bands": normal("bands", 1, FRAMES, 17), "ir": ir}
    return {name: x.astype(dtype) for name, x in inputs.items()}


def group():
    return processors.ProcessorGroup(
        dag=[
            (synths.Harmonic(n_samples=FRAMES * HOP), ["level", "timbre", "f0_hz"]),
            (synths.FilteredNoise(n_samples=FRAMES * HOP, window_size=32), ["bands"]),
            (processors.Add(), ["harmonic/signal", "filtered_noise/signal"]),
            (effects.Reverb(), ["add/signal", "ir"]),
        ]
    )


CASES = {
    "Harmonic": (synths.Harmonic(n_samples=FRAMES * HOP), ["level", "timbre", "f0_hz"]),
    "Sinusoidal": (synths.Sinusoidal(n_samples=FRAMES * HOP, freq_scale_fn=None), ["level", "f0_hz"]),
    "Wavetable": (synths.Wavetable(n_samples=FRAMES * HOP, band_limit=True), ["level", "timbre", "f0_hz"]),
    "ProcessorGroup": (group(), None),
}


def pieces(name):
    """The processor, the first arguments, and functions of frames of which the rest consist."""
    processor, names = CASES[name]
    inputs = inputs_of()

    def between(start, stop):
        cut = {key: x if key == "ir" else x[:, start:stop] for key, x in inputs.items()}
        return [cut] if names is None else [cut[key] for key in names]

    like = inputs if names is None else inputs["level"]
    settings = {"key": 7} if names is None else {}
    return processor, between, processor.init_state(1, like=like, hop_size=HOP, **settings)


@pytest.mark.parametrize("name", ["Sinusoidal", "ProcessorGroup"])  # the group has harmonics, noise and a reverb
def test_from_one_backend_to_another(name):
    """Five frames on each backend: what one of them computes, to 1e-6."""
    processor, between, state = pieces(name)
    _, known = processor.step(state, *between(0, 1))
    found = []
    for place, library in enumerate(ROUTE):
        backend = require_backend(library)
        inputs = map_tree(functools.partial(backend.asarray, dtype="float32"), between(5 * place, 5 * place + 5))
        signal, state = processor.step(streaming.move_state(state, backend.asarray(np.zeros(1), "float32")), *inputs)
        assert map_tree(layout_of, streaming.move_state(state, np.zeros(1))) == map_tree(layout_of, known)
        found.append(backend.to_numpy(signal))
    rest, _ = processor.flush(state)
    processor, between, state = pieces(name)
    signal, state = processor.step(state, *between(0, FRAMES))
    expected = np.concatenate([signal, processor.flush(state)[0]], axis=1)
    found = np.concatenate([*found, rest], axis=1)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * max(1.0, np.max(np.abs(expected))))


@pytest.mark.parametrize("name", CASES)
def test_from_a_file_with_the_same_bits(name, tmp_path):
    processor, between, state = pieces(name)
    _, state = processor.step(state, *between(0, 9))
    streaming.save_state(tmp_path / "state.safetensors", state)
    loaded = streaming.load_state(tmp_path / "state.safetensors")
    assert map_tree(layout_of, loaded) == map_tree(layout_of, state)
    signals = [processor.step(x, *between(9, FRAMES))[0] for x in (state, loaded)]
    np.testing.assert_array_equal(*signals)
    assert [x.name for x in tmp_path.iterdir()] == ["state.safetensors"]


#: A process that plays frames, and saves the state after each, until it is killed.
PLAYER = """
import sys
import numpy as np
from ddsp import streaming, synths

def play(n_frames, report=lambda n_frames, state: None):
    synth, zero = synths.Harmonic(), np.zeros((1, 1, 1), "float32")
    state = synth.init_state(like=zero, hop_size=64)
    for i in range(n_frames):
        audio, state = synth.step(state, zero, np.zeros((1, 1, 8), "float32"), zero + np.float32(200 + i % 50))
        report(i + 1, state)
    return audio, state

def report(n_frames, state):
    streaming.save_state(sys.argv[1], {"n_frames": np.full((1, 1), n_frames), "synth": state})
    print(n_frames, flush=True)

if sys.argv[1:]:
    play(10**6, report)
"""


def test_a_killed_process_is_resumed(tmp_path):
    """What it leaves is one whole state, of the last frame that it reported or later, to the bit."""
    path, player = tmp_path / "state.safetensors", {"__name__": "player"}
    (tmp_path / "player.py").write_text(PLAYER)
    exec(PLAYER.replace("sys.argv[1:]", "False"), player)
    for n_frames in (3, 40):
        command = [sys.executable, str(tmp_path / "player.py"), str(path)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        lines = [process.stdout.readline() for _ in range(n_frames)]
        process.kill()
        process.communicate()
        loaded = streaming.load_state(path)
        last = int(loaded["n_frames"][0, 0])
        assert last >= int(lines[-1])
        map_tree(np.testing.assert_array_equal, loaded["synth"], player["play"](last)[1])


def test_files_are_read_in_one_order(tmp_path):
    """Compiled programs depend on the order of the names in a dict."""
    names = [f"part_{i}" for i in range(10, 30)]
    streaming.save_state(tmp_path / "state", {name: np.zeros((1, 2)) for name in reversed(names)})
    assert list(streaming.load_state(tmp_path / "state")) == names


def test_errors(tmp_path):
    with pytest.raises(ValueError, match="^state: got the name 'a/b', expected names without slashes"):
        streaming.save_state(tmp_path / "x", {"a/b": np.zeros(1)})
    (tmp_path / "half").write_bytes(b"abc")
    with pytest.raises(ValueError, match="half: not a whole safetensors file"):
        streaming.load_state(tmp_path / "half")
    with pytest.raises(FileNotFoundError):
        streaming.load_state(tmp_path / "none")
