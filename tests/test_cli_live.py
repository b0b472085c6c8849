"""`ddsp live`: simulations equal offline computation, devices and ports that are not there, options, MIDI files."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import threading
import time
from types import SimpleNamespace

import mido
import numpy as np
import pytest
import soundfile

from ddsp import instruments, nn
from ddsp.cli import live_meters, live_players, live_run
from ddsp.cli.live_players import note_name
from ddsp.effects import Reverb
from ddsp.streaming import AudioLoop, LoopFigures, Notes, Resampler
from tests.command import tone, write
from tests.test_instrument_matching import FLUTE

RATE, BLOCK = 48000, 128

PATCHES = """
import numpy as np
from ddsp import ProcessorGroup, effects, processors, synths

RESPONSE = np.zeros((1, 100), np.float32)
RESPONSE[0, 99] = 0.5
echo = ProcessorGroup([(effects.Reverb(), ["audio", "ir"])]), {"ir": RESPONSE}
low = synths.Harmonic(sample_rate=16000, scale_fn=None, name="low")  # tells its sample rate


def organ(sample_rate, voices):
    return ProcessorGroup([(synths.Harmonic(sample_rate=sample_rate, scale_fn=None), ["gate", "velocity", "f0_hz"])])


def slow():
    times = {name: np.full((1, 1), 0.1, np.float32) for name in ("attack", "decay", "sustain", "release")}
    envelope = synths.ADSR(frame_rate=125.0, scale_fn=None)
    harmonic = synths.Harmonic(sample_rate=16000, scale_fn=None)
    dag = [(envelope, [*times, "gate"]), (harmonic, ["adsr/signal", "velocity", "f0_hz"])]
    return ProcessorGroup(dag), times


def broken():
    raise RuntimeError("no idea")


number = 5
bands = ProcessorGroup([(synths.FilteredNoise(), ["f0_hz"])])  # one band
other = ProcessorGroup([(processors.Add(), ["one", "two"])])
uneven = ProcessorGroup([(synths.ADSR(frame_rate=7.3), ["attack", "decay", "sustain", "release", "gate"])])
"""


@pytest.fixture
def patches(tmp_path):
    (path := tmp_path / "patches.py").write_text(PATCHES)
    return path


@pytest.fixture
def song(tmp_path):
    """A MIDI file: three notes that overlap, with a bend, and one of percussion, which is left out."""
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("set_tempo", tempo=250000))
    track.append(mido.Message("note_on", channel=9, note=40, velocity=100))
    for note in (60, 64, 67):
        track.append(mido.Message("note_on", note=note, velocity=100, time=24))
    track.append(mido.Message("pitchwheel", pitch=4000, time=10))
    for note in (60, 64, 67):
        track.append(mido.Message("note_off", note=note, time=12))
    file = mido.MidiFile()
    file.tracks.append(track)
    file.save(tmp_path / "song.mid")
    return tmp_path / "song.mid"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(live_run, "WARM_UP", 0.0)
    monkeypatch.setattr(live_meters, "LINE_INTERVAL", 0.05)


@pytest.fixture
def simulate(run, tmp_path):
    """simulate(*options) -> sound and report."""

    def call(*arguments):
        code, out, err = run("live", *arguments, "--simulate", "--output", tmp_path / "out.wav")
        assert (code, err) == (0, ""), err
        assert "would have missed their time" in out and str(tmp_path / "out.wav") in out
        sound, rate = soundfile.read(tmp_path / "out.wav", dtype="float32")
        report = json.loads((tmp_path / "out.json").read_text())
        assert rate == report["sample_rate"] and report["dropouts"] == 0 < report["mean_load"] <= report["worst_load"]
        assert report["total_latency_ms"] == pytest.approx(sum(report["latency_ms"].values()))
        return sound, report

    return call


def frames_of(song, n_frames, voices, sample_rate, hop_size):
    notes, seconds = Notes(voices, sample_rate, hop_size), 0.0
    for message in mido.MidiFile(song):
        seconds += message.time
        if not message.is_meta and message.channel != 9:
            notes.handle(message, seconds)
    return {name: x.astype(np.float32) for name, x in notes.controls(n_frames).items()}


def converted(audio, *rates):
    converter = Resampler(*rates, live_players.WIDTH)
    return np.concatenate([converter.process(audio), converter.flush()])


# Simulations --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", [128, 100])
def test_notes_on_the_synthesizer(simulate, song, block):
    """As the group plays the joined frames. Measured: 2e-7."""
    sound, report = simulate("--midi", song, "--voices", 3, "--block", block, "--seconds", 0.3)
    late = 2 * block + 64  # two blocks, and a hop of the synthesizer
    assert report["latency_samples"] == late and len(sound) == 14400 + late
    assert report["latency_ms"] == pytest.approx({"blocks": 2e3 * block / RATE, "synth": 64e3 / RATE})
    patch = instruments.make_synth(RATE, 3)
    frames = frames_of(song, 14400 // 64 + 1, 3, RATE, 64)
    state = patch.group.init_state(like=frames | patch.inputs, hop_size=64)
    expected = patch.group.step(state, frames | patch.inputs)[0][0, 64:]
    assert np.abs(expected).max() > 0.05 and not np.any(sound[:late])
    np.testing.assert_allclose(sound[late:], expected[:14400], atol=1e-6)


def test_notes_at_another_rate(simulate, song, patches):
    """A group at 16 kHz with a hop of 128, which its envelopes ask for. Measured: 4e-7."""
    sound, report = simulate("--midi", song, "--voices", 1, "--instrument", f"{patches}:slow")
    assert report["latency_samples"] == 2 * BLOCK + 3 * 128
    n = len(sound) - 2 * BLOCK
    frames = frames_of(song, 400, 1, 16000, 128)
    from_file: dict = {}
    exec(PATCHES, from_file)
    group, times = from_file["slow"]()
    state = group.init_state(like=frames | times, hop_size=128)
    expected = converted(group.step(state, frames | times)[0][0], 16000, RATE)
    assert np.abs(expected).max() > 0.01 and n == len(sound) - 2 * BLOCK
    np.testing.assert_allclose(sound[2 * BLOCK :], expected[:n], atol=2e-6)


def test_sound_through_a_group(simulate, patches, tmp_path):
    """The same as the effect of the whole file, after the latency."""
    audio = tone(RATE, 0.05)[:2000].astype(np.float32)
    path = write(tmp_path / "in.wav", audio, RATE, subtype="FLOAT")
    response = np.zeros((1, 100), np.float32)
    response[0, 99] = 0.5
    expected = Reverb()(audio[None], response)[0]
    for block, late in ((128, 2 * 128), (64, 2 * 64), (100, 2 * 100 + 64 - 4), (1, 2 + 63), (4096, 8192)):
        sound, report = simulate("--input", path, "--instrument", f"{patches}:echo", "--block", block)
        assert report["latency_samples"] == late and len(sound) == 2000 + late
        np.testing.assert_allclose(sound[late:], expected, atol=1e-6)
        assert not np.any(sound[:late])


@pytest.fixture(scope="module")
def instrument(tmp_path_factory):
    """Folder of an instrument that has not been trained."""
    path = tmp_path_factory.mktemp("instruments") / "small"
    made = instruments.Instrument(nn.make_decoder("least"), reverb=None)
    instruments.save_instrument(path, made, made.initial_params(), FLUTE)
    return path


@pytest.mark.parametrize("tracker", ["yin", "crepe"])
def test_sound_on_an_instrument(simulate, instrument, tmp_path, tracker):
    """As the instrument plays the whole sound. Measured: 1e-6."""
    audio = tone(RATE, 0.15).astype(np.float32)
    path = write(tmp_path / "in.wav", audio, RATE, subtype="FLOAT")
    options = ("--instrument", instrument, "--tracker", tracker, "--octave", 1, "--seed", 3)
    sound, report = simulate("--input", path, *options, "--block", 256)
    live = instruments.load_instrument(instrument).live(tracker=tracker, octave=1)
    parts = {"blocks": 512 / 48, "resampling": 4.0, "rebuffer": 63 / 16,
             "tracker": live.listener.latency_samples() / 16,
             "synth": live.instrument.latency_samples() / 16}  # fmt: skip
    assert report["latency_ms"] == pytest.approx(parts) and report["latency_samples"] == 48 * sum(parts.values())
    heard = converted(np.pad(audio, (0, 4800)), RATE, 16000)[None]
    expected = converted(live(heard, key=3)[0], 16000, RATE)
    late = round(report["latency_samples"])
    assert np.abs(expected[: len(audio)]).max() > 1e-3
    np.testing.assert_allclose(sound[late:], expected[: len(sound) - late], atol=4e-6)


def test_the_pitch_of_the_microphone(run, device, instrument):
    """The meter shows the note that the tracker hears."""
    device.recorded = tone(RATE, 1.0, 440.0)
    code, out, err = run("live", "--instrument", instrument, "--seconds", 0.3, "--block", 480)
    assert code == 0 and err == "" and "pitch A4" in out, out


def test_other_files_and_lengths(run, patches, tmp_path, simulate):
    path = write(tmp_path / "in.flac", np.stack([tone(44100, 0.1)] * 2, axis=1), 44100)
    sound, report = simulate("--input", path, "--instrument", f"{patches}:echo", "--ahead", 1, "--rate", 32000)
    assert len(sound) == 3200 + 128 and report["latency_samples"] == 128
    sound, _ = simulate("--input", path, "--instrument", f"{patches}:echo", "--seconds", 0.01)
    assert len(sound) == 480 + 2 * BLOCK
    code, _, err = run("live", "--input", path, "--instrument", f"{patches}:echo", "--simulate", "--output",
                       tmp_path / "new" / "x.flac")  # fmt: skip
    assert code == 0 and soundfile.info(tmp_path / "new" / "x.flac").subtype == "PCM_24", err


def test_blocks_that_would_be_late_are_counted(simulate, patches, tmp_path, monkeypatch):
    clock = iter(range(10**6))
    monkeypatch.setattr("ddsp.streaming.audio_loop.time.perf_counter", lambda: 0.01 * next(clock))
    path = write(tmp_path / "in.wav", tone(RATE, 0.02), RATE)
    _, report = simulate("--input", path, "--instrument", f"{patches}:echo")
    assert report["late_blocks"] == report["n_blocks"] > 5  # 10 ms for a block of 2.7 ms
    assert report["mean_load"] == pytest.approx(0.01 * RATE / BLOCK)


def test_another_backend_plays_the_same(simulate, song, backend):
    """Measured: 3e-7."""
    if backend.name != "torch":
        pytest.skip("one backend tests the option")
    arguments = ("--midi", song, "--voices", 2, "--seconds", 0.1)
    expected, _ = simulate(*arguments)
    sound, report = simulate(*arguments, "--backend", "torch")
    assert report["backend"] == "torch"
    np.testing.assert_allclose(sound, expected, atol=2e-6)


# Devices ------------------------------------------------------------------------------------------------------------


class Device:
    """The part of sounddevice that the command uses. A stream calls back as soon as the last block is computed."""

    class PortAudioError(Exception):
        pass

    default = SimpleNamespace(device=[0, 1])
    recorded = None
    devices = (
        {"name": "Mic [1]", "index": 0, "hostapi": 0, "max_input_channels": 1, "max_output_channels": 0},
        {"name": "Speaker", "index": 1, "hostapi": 0, "max_input_channels": 0, "max_output_channels": 2},
    )

    def __init__(self, n_blocks=10**6):
        self.n_blocks, self.played, self.opened, self.at_block = n_blocks, [], [], {}

    def query_hostapis(self):
        return [{"name": "ALSA"}]

    def query_devices(self, device=None, kind=None):
        if kind is None:
            return self.devices
        found = [x for x in self.devices if device in (None, x["index"]) or str(device) in x["name"]]
        found = [x for x in found if x[f"max_{kind}_channels"]]
        if not found:
            raise ValueError(f"No {kind} device matching {device!r}")
        return found[0]

    def Stream(self, *, device, channels, callback, **settings):
        return self.opened_stream(callback, channels, (0.01, 0.02), settings)

    def InputStream(self, *, device, channels, callback, **settings):
        return self.opened_stream(lambda x, y, *more: callback(x, *more), (channels, 0), 0.01, settings)

    def OutputStream(self, *, device, channels, callback, **settings):
        return self.opened_stream(lambda x, y, *more: callback(y, *more), (0, channels), 0.02, settings)

    def opened_stream(self, callback, channels, latency, settings):
        if settings["samplerate"] == 22050:
            raise self.PortAudioError("Invalid sample rate [PaErrorCode -9997]")
        self.opened.append(channels)
        stream = SimpleNamespace(active=True, latency=latency, stopped=False)
        size = settings["blocksize"]

        def play():
            for number in range(self.n_blocks):
                if stream.stopped:
                    return
                recorded = np.full((size, channels[0]), 0.001 * (number + 1), np.float32)
                if self.recorded is not None:
                    recorded[:, 0] = self.recorded[number * size : (number + 1) * size]
                played = np.zeros((size, channels[1]), np.float32)
                callback(recorded, played, size, None, None)
                self.played.append(played)
                self.at_block.get(number, int)()
                while self.loop._computed <= number and not stream.stopped:  # so that there are no drop-outs
                    time.sleep(0.0002)
            stream.active = False

        thread = threading.Thread(target=play, daemon=True)
        stream.start = thread.start

        def abort():
            stream.stopped = True
            thread.join()

        stream.abort, stream.close = abort, lambda: None
        return stream


@pytest.fixture
def device(monkeypatch):
    found = Device()
    monkeypatch.setitem(sys.modules, "sounddevice", found)

    class Loop(AudioLoop):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            found.loop = self

    monkeypatch.setattr(live_run, "AudioLoop", Loop)
    return found


def test_microphone_to_loudspeaker(run, device, patches):
    code, out, err = run("live", "--instrument", f"{patches}:echo", "--seconds", 0.2, "--device-out", "Speak")
    assert code == 0 and err == "" and device.opened == [(1, 2)]
    assert "drop-outs" in out and "devices 30.0" in out and "in " in out
    sound = np.concatenate(device.played)
    assert np.array_equal(sound[:, 0], sound[:, 1])
    # Two blocks late; the echo comes 99 samples later.
    np.testing.assert_allclose(sound[2 * BLOCK : 2 * BLOCK + 99, 0], 0.001, atol=1e-6)
    np.testing.assert_allclose(sound[2 * BLOCK + 99 : 3 * BLOCK, 0], 0.0015, atol=1e-6)
    assert np.abs(sound[-1]).max() == 0.0 and len(sound) >= 0.2 * RATE + 1440  # faded out


def test_microphone_to_file(run, device, patches, tmp_path):
    code, out, err = run("live", "--instrument", f"{patches}:echo", "--seconds", 0.1, "--output", tmp_path / "x.wav")
    assert code == 0 and err == "" and device.opened == [(1, 0)]
    sound = soundfile.read(tmp_path / "x.wav")[0]
    assert len(sound) >= 4800 and sorted(p.name for p in tmp_path.glob("x*")) == ["x.json", "x.wav"]
    np.testing.assert_allclose(sound[:99], 0.001, atol=1e-6)  # blocks as they are computed
    assert "x.json" in out and sound[-1] == 0.0


def test_files_to_loudspeaker(run, device, patches, song, tmp_path):
    path = write(tmp_path / "in.wav", 0.5 * np.ones(4800), RATE, subtype="FLOAT")
    code, _, err = run("live", "--input", path, "--instrument", f"{patches}:echo")
    assert code == 0 and err == "" and device.opened == [(0, 2)]
    sound = np.concatenate(device.played)[2 * BLOCK :, 0]
    np.testing.assert_allclose(sound[:4800], 0.5 + 0.25 * (np.arange(4800) >= 99), atol=1e-6)
    np.testing.assert_allclose(sound[4800 + 99 :], 0.0, atol=1e-6)
    code, _, err = run("live", "--midi", song, "--instrument", f"{patches}:organ", "--voices", 2, "--seconds", 0.3)
    assert code == 0 and err == "" and np.abs(np.concatenate(device.played)).max() > 0.1


def test_a_keyboard(run, device, patches, monkeypatch):
    """Messages sound as they come; a part of the name of the port is enough."""
    waiting = [mido.Message("note_on", note=69, velocity=127)]
    port = SimpleNamespace(iter_pending=lambda: [waiting.pop()] if waiting else [], closed=[])
    port.close = lambda: port.closed.append(True)
    monkeypatch.setattr(mido, "get_input_names", lambda: ["Keys 1", "Pads", "Keys 1"])
    monkeypatch.setattr(mido, "open_input", lambda name: {"Keys 1": port}[name])
    monkeypatch.setitem(sys.modules, "rtmidi", SimpleNamespace())
    monkeypatch.setattr(live_run.Session, "__post_init__", lambda self: None)
    arguments = ("live", "--instrument", f"{patches}:organ", "--voices", 1, "--seconds", 0.05)
    code, _, err = run(*arguments, "--midi", "keys")
    assert code == 0 and err == "" and port.closed
    sound = np.concatenate(device.played)[:, 0]
    n = np.arange(512)
    np.testing.assert_allclose(
        sound[1024:1536], np.sin(2 * np.pi * 440.0 * (n + 1 + 1024 - 256 - 64) / RATE), atol=1e-3
    )
    code, _, err = run(*arguments, "--midi", "Organ")
    assert code == 2 and "got 'Organ', which is neither a file nor a MIDI port" in err and "'Keys 1', 'Pads'" in err
    code, out, _ = run("live", "--list-devices")
    assert code == 0 and "Pads" in out and "0  Mic [1] (ALSA, 1 in, 0 out, default input)" in out


def test_names_of_notes():
    assert [note_name(f) for f in (440.0, 261.63, 466.0, 8.1758)] == ["A4", "C4", "Bb4 -1", "C-1"]


def test_meters_on_a_terminal(monkeypatch):
    """Bars from -60 to 0 dB, redrawn in place."""
    out = io.StringIO()
    out.isatty = lambda: True
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("TERM", "xterm")
    clock = iter(range(100))
    monkeypatch.setattr(live_meters.time, "monotonic", lambda: 0.05 * next(clock))
    with live_meters.meters() as shown:
        for peak in (0.5, 0.001, 1e-9):  # the second comes too early, and its peak is not the largest
            shown.show(LoopFigures(10, 2, 0, 0.25, 1.5, peak, 0.5 * peak), "A4 +3")
    text = out.getvalue()
    assert "######################.. " in text and "  -6.0 dB" in text and " -12.0 dB" in text
    assert "A4 +3" in text and "load  25 %, at most 150 %, drop-outs 2" in text
    assert "-60.0 dB" in text and " -66.0 dB" in text


@pytest.mark.usefixtures("sigint")
@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_signals_end_the_sound(run, device, patches, tmp_path, number, expected):
    """It is faded out and written; Ctrl-C is the usual end."""
    device.at_block[20] = lambda: os.kill(os.getpid(), number)
    code, out, err = run("live", "--instrument", f"{patches}:echo", "--output", tmp_path / "x.wav")
    assert code == expected and err == "" and "drop-outs" in out
    sound = soundfile.read(tmp_path / "x.wav")[0]
    assert np.abs(sound).max() > 0.0 and sound[-1] == 0.0


def test_devices_that_fail(run, device, patches):
    arguments = ("live", "--instrument", f"{patches}:echo", "--seconds", 5)
    device.n_blocks = 5
    code, _, err = run(*arguments)
    assert code == 2 and err == "ddsp: the audio device has stopped\n"
    code, _, err = run(*arguments, "--rate", 22050)
    assert code == 2 and "got 22050 Hz, 128 samples: cannot open the device: Invalid sample rate" in err
    code, _, err = run(*arguments, "--device-in", "7")
    assert code == 2 and "--device-in: got '7', expected one of ddsp live --list-devices" in err
    device.devices = device.devices[:1]
    code, _, err = run(*arguments)
    assert code == 2 and "--device-out: got no default device" in err


def test_missing_packages(run, song, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    for arguments in (["--list-devices"], ["--midi", song]):
        code, out, err = run("live", *arguments)
        assert code == 2 and out == "" and err.count("\n") == 1 and 'pip install "ddsp-array[live]"' in err
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    monkeypatch.delitem(sys.modules, "sounddevice")
    monkeypatch.syspath_prepend(tmp_path)
    code, _, err = run("live", "--midi", song)
    assert code == 2 and err.count("\n") == 1 and "apt install libportaudio2" in err
    monkeypatch.setitem(sys.modules, "mido", None)
    code, _, err = run("live", "--midi", song, "--simulate", "--output", tmp_path / "x.wav")
    assert code == 2 and "MIDI needs mido, which is not installed" in err


# Bad input ----------------------------------------------------------------------------------------------------------

SIMULATED = ("--simulate", "--output", "out.wav")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--block", 0], "--block: got 0, expected 1 to 8192"),
        (["--rate", 5], "--rate: got 5, expected 8000 to 192000"),
        (["--ahead", 0], "--ahead: got 0"),
        (["--voices", 99], "--voices: got 99"),
        (["--bend-range", "nan"], "--bend-range: got nan"),
        (["--seconds", 0], "--seconds: got 0, expected a number above 0"),
        (["--tracker", "fft"], "--tracker: got 'fft', expected one of yin, crepe"),
        (["--octave", "9"], "--octave: got '9'"),
        (["--backend", "x"], "--backend: got 'x'"),
        (["--simulate"], "--input: got 'mic' with --simulate, expected a file"),
        (["--simulate", "--midi", "SONG"], "--output: got 'speaker' with --simulate, expected a file"),
        (["--midi", "SONG", "--output", "x.wav"], "no device has part in it, expected --simulate"),
        (["--midi", "SONG", "--input", "mic"], "--midi: got it together with --input 'mic'"),
        (["--output", "x.mp3"], "--output: got 'x.mp3', expected speaker, or a file that ends with .wav or .flac"),
        (["--input", ""], "--input: got '', expected a name"),
        (["--input", "none.wav", *SIMULATED], "no such file: 'none.wav'"),
        (["--midi", "none.mid", *SIMULATED], "--midi: 'none.mid': No such file"),
        (["--midi", "PATCH", *SIMULATED], "is not a MIDI file or is truncated"),
        (["--input", "SONG", *SIMULATED], "cannot read"),
        (["--device-in", "1", "--midi", "SONG", *SIMULATED], "--device-in: got '1', but no device is used there"),
        (["--instrument", "synth"], "got 'synth', which plays notes, expected --midi"),
        (["--instrument", "nothing", "--midi", "SONG", *SIMULATED], "--instrument: "),
        (["--instrument", "", "--midi", "SONG", *SIMULATED], "--instrument: "),
        (["--instrument", "none.py:x"], "no such file: 'none.py'"),
        (["--instrument", "PATCH:none"], "has no 'none', expected a ProcessorGroup"),
        (["--instrument", "PATCH:number"], "has 'number' of type int, expected a ProcessorGroup"),
        (["--instrument", "PATCH:broken"], "line 24: RuntimeError: no idea"),
        (["--instrument", "PATCH:bands", "--midi", "SONG", *SIMULATED], "PATCH:bands': "),
        (["--instrument", "PATCH:other"], "has the inputs ['one', 'two'], expected 'f0_hz'"),
        (["--instrument", "PATCH:uneven", "--midi", "SONG", *SIMULATED], "an envelope of 7.3 frames per second"),
        (["--instrument", "PATCH:organ"], "plays notes, expected --midi with it"),
        (["--instrument", "PATCH:echo", "--midi", "SONG", *SIMULATED], "has the input 'audio', expected a group with"),
    ],
)
def test_bad_options(run, patches, song, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    arguments, message = ([str(x).replace("SONG", str(song)).replace("PATCH", str(patches)) for x in given]
                          for given in (arguments, [message]))  # fmt: skip
    code, out, err = run("live", *arguments)
    assert code == 2 and out == "" and err.count("\n") == 1 and message[0] in err, err
    assert not (tmp_path / "out.wav").exists()


def test_an_input_is_not_overwritten(run, patches, tmp_path):
    path = write(tmp_path / "in.wav", tone(RATE, 0.01), RATE)
    code, _, err = run("live", "--input", path, "--instrument", f"{patches}:echo", "--simulate", "--output", path)
    assert code == 2 and "--output: " in err and "is an input and would be overwritten" in err


def test_damaged_midi_files(run, song, patches, tmp_path):
    """Cut anywhere, and with bytes changed: sound, or one line."""
    data, codes, rng = song.read_bytes(), [], np.random.default_rng(0)
    cut = [data[:n] for n in range(0, len(data), 6)]
    changed = [bytearray(data) for _ in range(60)]
    for x in changed:
        x[rng.integers(len(x))] = rng.integers(256)
    for content in (*cut, *map(bytes, changed), b"", b"MThd", data * 2):
        (path := tmp_path / "damaged.mid").write_bytes(content)
        code, _, err = run("live", "--midi", path, "--instrument", f"{patches}:organ", "--voices", 1, "--seconds", 0.01,
                           "--simulate", "--output", tmp_path / "x.wav")  # fmt: skip
        lines = [line for line in err.splitlines() if not line.startswith("ddsp: warning: ")]
        assert code in (0, 2) and len(lines) == (code == 2), (content, err)
        assert "EOFError" not in err
        codes.append(code)
    assert 20 < codes.count(0) < 70


ODD = ["", "x", "-1", "1e99", "nan", "0", "\0", "[bold]", "no\nline"]
OPTIONS = {
    "--instrument": ["PATCH:echo", "PATCH:organ", "synth", "PATCH:number", "flute2", *ODD],
    "--input": ["FILE", "FILE", "mic", "none.wav", *ODD],
    "--midi": ["SONG", "SONG", "none.mid", *ODD],
    "--output": ["out.wav", "out.flac", "out/x.wav", "speaker", "out.mp3", *ODD],
    "--block": ["128", "64", "1000", "1", "8192", "1.5", *ODD],
    "--ahead": ["1", "2", "5", "65", *ODD],
    "--rate": ["48000", "16000", "44100", "7999", "1.5", *ODD],
    "--seconds": ["0.01", "0.02", "0.001", "1e-9", "86401", *ODD],
    "--voices": ["1", "2", "8", "65", *ODD],
    "--bend-range": ["2", "12", "0", "97", *ODD],
    "--octave": ["auto", "0", "-1", "6", *ODD],
    "--tracker": ["yin", "crepe", *ODD],
    "--backend": ["numpy", "none", *ODD],
    "--seed": ["0", "4294967295", "4294967296", *ODD],
    "--device-in": ["0", *ODD],
    "--device-out": ["1", *ODD],
    "--simulate": [None, None],
    "--unknown": ["1"],
}


def test_random_options_never_fail_with_a_traceback(run, song, patches, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    path, rng, codes = write(tmp_path / "in.wav", tone(RATE, 0.01), RATE), np.random.default_rng(0), []
    for _ in range(300):
        usual = rng.random() < 0.8
        through = "PATCH:echo", "--input", "FILE"
        start = [through, ("PATCH:organ", "--midi", "SONG"), ("synth", "--midi", "SONG")][rng.integers(3)]
        arguments = ["--instrument", *start, "--simulate", "--output", "out.wav", "--seconds", "0.01"] if usual else []
        for name in rng.permutation(list(OPTIONS)[3 * usual :])[: rng.integers(0, 4)]:
            values = OPTIONS[name]
            value = values[rng.integers(min(2 if usual else 99, len(values)))]
            arguments += [x for x in (name, value) if x is not None]
        given = [
            x.replace("FILE", str(path)).replace("SONG", str(song)).replace("PATCH", str(patches)) for x in arguments
        ]
        code, _, err = run("live", *given)
        lines = [line for line in err.splitlines() if not line.startswith("ddsp: warning: ")]
        assert code in (0, 2) and len(lines) == (code == 2), (arguments, err)
        codes.append(code)
    assert 50 < codes.count(0) < 250
