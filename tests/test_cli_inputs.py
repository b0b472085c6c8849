"""Inputs of the command: unusual, truncated and unfinished files, pipes, parts and channels; folders of results."""

from __future__ import annotations

import io
import os
import struct
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ddsp.cli import decoding
from ddsp.cli.errors import UserError
from ddsp.cli.headers import claim_of
from ddsp.cli.inputs import read_recording
from ddsp.cli.naming import folders_of
from tests.command import tone, write

RATE = 16000
#: Formats with a length or an end mark.
LENGTHS = [
    ("WAV", "PCM_16"), ("WAV", "GSM610"), ("WAV", "IMA_ADPCM"), ("WAVEX", "PCM_24"), ("RF64", "PCM_16"),
    ("W64", "FLOAT"), ("AIFF", "PCM_16"), ("AU", "PCM_16"), ("CAF", "PCM_16"), ("CAF", "ULAW"), ("SVX", "PCM_16"),
    ("VOC", "PCM_16"), ("VOC", "PCM_U8"), ("NIST", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS"),
    ("MP3", "MPEG_LAYER_III"),
]  # fmt: skip


@pytest.fixture(scope="module")
def sound():
    """3 s of audio that no codec can compress much."""
    return 0.3 * tone(RATE, 3.0) + 0.1 * np.random.default_rng(0).standard_normal(3 * RATE)


@pytest.mark.parametrize(("kind", "subtype"), LENGTHS)
def test_what_is_cut_off_is_taken_with_a_word(tmp_path, sound, kind, subtype, capfd):
    """All samples that decode are read. The MP3 header promises twice as many, and FLAC ends in an error."""
    path = write(tmp_path / "in", sound, RATE, format=kind, subtype=subtype)
    whole = read_recording(path)
    assert abs(len(whole.audio) - len(sound)) < 0.1 * RATE and whole.warnings == []
    data = path.read_bytes()
    path.write_bytes(data[: int(0.6 * len(data))])
    part = read_recording(path)
    n = len(part.audio)
    assert 0.2 * len(sound) < n < 0.7 * len(sound)
    assert len(part.warnings) == 1 and "truncated" in part.warnings[0]
    if kind != "OGG":  # Ogg has no length in its header
        seconds = "2.98" if subtype == "PCM_U8" else "3.0"  # the rate of an 8-bit VOC file is 10^6 / n
        assert f"of the {seconds}" in part.warnings[0]
    np.testing.assert_allclose(part.audio[: n - 4096], whole.audio[: n - 4096], atol=2e-3)
    assert capfd.readouterr() == ("", "")  # without messages of libmpg123
    asked = read_recording(path, start=0.1, duration=0.5)
    assert len(asked.audio) == part.sample_rate // 2 and asked.warnings == []  # the requested part is complete


def test_packets_that_are_cut_are_no_audio(tmp_path, sound):
    """libsndfile would decode data after the end of a CAF file with ALAC, if the header counted them."""
    path = write(tmp_path / "in", sound, RATE, format="CAF", subtype="ALAC_16")
    whole = path.read_bytes()
    assert read_recording(path).warnings == []
    path.write_bytes(whole[: int(0.6 * len(whole))])
    with pytest.raises(UserError, match="malformed"):
        read_recording(path)


def test_headers_of_nothing_else(sound):
    """Headers without data or with unusual values."""
    for data in (
        b"caff",
        b"caff" + bytes(8),
        b"Creative Voice File\x1a" + bytes(9),
        b"NIST_1A\n   what",
        b"NIST_1A\n   1024",
    ):
        assert claim_of(io.BytesIO(data), len(data)) is None or claim_of(io.BytesIO(data), len(data)).promised is None


def test_an_ogg_file_without_its_last_page(tmp_path, sound):
    path = write(tmp_path / "in.ogg", sound, RATE)
    data = path.read_bytes()
    path.write_bytes(data[: data.rfind(b"OggS")])
    assert "its end-of-stream marker is missing" in read_recording(path).warnings[0]


def resized(data, kind, share):
    """A file whose header counts only a share of its data."""
    claim = claim_of(io.BytesIO(data), len(data))
    told = int(claim.promised * share)
    data = bytearray(data)
    if kind == "W64":
        data[claim.start - 8 : claim.start] = struct.pack("<Q", told + 24)
    elif kind == "RF64":
        at = data.index(b"ds64") + 16
        data[at : at + 8] = struct.pack("<Q", told)
    elif kind == "AIFF":
        data[claim.start - 12 : claim.start - 8] = struct.pack(">I", told + 8)
        at = data.index(b"COMM") + 10
        data[at : at + 4] = struct.pack(">I", told // 2)
    else:
        layout, at = (">I", 8) if kind == "AU" else ("<I", claim.start - 4)
        data[at : at + 4] = struct.pack(layout, told)
    return bytes(data)


@pytest.mark.parametrize("kind", ["WAV", "RF64", "W64", "AIFF", "AU"])
def test_headers_that_were_never_finished(tmp_path, sound, kind):
    """Without a size, all data are read; with half of the size, the promised data. Both cause a warning."""
    path = write(tmp_path / "in", sound, RATE, format=kind, subtype="PCM_16")
    data, whole = path.read_bytes(), read_recording(path).audio
    path.write_bytes(resized(data, kind, 0.0))
    found = read_recording(path)
    np.testing.assert_array_equal(found.audio, whole)
    assert "says that there are no samples" in found.warnings[0]
    path.write_bytes(resized(data, kind, 0.5))
    found = read_recording(path)
    if kind == "W64":  # libsndfile reads all data
        assert len(found.audio) == len(whole)
    else:
        assert len(found.audio) == len(whole) // 2 and "the data after that (1.50 s)" in found.warnings[0]


def test_chunks_after_the_samples_are_no_samples(tmp_path, sound):
    path = write(tmp_path / "in.wav", sound, RATE)
    whole = path.read_bytes()
    for more in (b"LIST" + struct.pack("<I", 4000) + bytes(4000), b"TAG" + bytes(125)):
        path.write_bytes(whole + more)
        assert read_recording(path).warnings == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
@pytest.mark.parametrize("kind", ["WAV", "FLAC"])
def test_pipes(tmp_path, sound, kind):
    data = write(tmp_path / "in", sound, RATE, format=kind).read_bytes()
    os.mkfifo(pipe := tmp_path / "pipe")
    feeder = threading.Thread(target=pipe.write_bytes, args=(data,))
    feeder.start()
    found = read_recording(pipe)
    feeder.join()
    np.testing.assert_array_equal(found.audio, read_recording(tmp_path / "in").audio)
    assert found.warnings == []


def test_an_endless_pipe_ends(monkeypatch):
    monkeypatch.setattr(decoding, "LARGEST_PIPE", 10000)
    if Path("/dev/zero").exists():
        with pytest.raises(UserError, match="more than 10000 bytes"):
            read_recording("/dev/zero")


@pytest.mark.parametrize(("kind", "subtype"), [("WAV", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III")])
def test_a_part(tmp_path, sound, kind, subtype, monkeypatch):
    """Samples agree whether the file is seeked or decoded from the beginning, over several blocks."""
    path = write(tmp_path / "in", sound, RATE, format=kind, subtype=subtype)
    whole = read_recording(path).audio
    monkeypatch.setattr(decoding, "BLOCK", 7000)
    for start, duration in ((0.0, 1.5), (0.25, None), (1.0, 1.0), (2.9, 5.0)):
        part = read_recording(path, start, duration)
        first = round(start * RATE)
        last = len(whole) if duration is None else min(first + round(duration * RATE), len(whole))
        assert part.start == first / RATE
        np.testing.assert_allclose(part.audio, whole[first:last], atol=1e-6)


def test_channels(tmp_path):
    x = tone()
    path = write(tmp_path / "in.wav", np.stack([x, 0.5 * x, 0.0 * x], axis=1), subtype="FLOAT")
    found = read_recording(path, keep_channels=True)
    assert found.n_channels == 3 and found.channels.shape == (3, len(x)) and found.warnings == []
    np.testing.assert_allclose(found.audio, 0.5 * x, atol=1e-6)
    np.testing.assert_allclose(found.channels[1], 0.5 * x, atol=1e-6)


@pytest.mark.parametrize("keep", [False, True])
def test_opposite_channels(tmp_path, keep):
    """The loudest channel is used. Different channels do not cancel, nor does one of many."""
    x, noise = tone(), np.random.default_rng(0).standard_normal((2, 8000))
    found = read_recording(write(tmp_path / "a.wav", np.stack([x, -0.95 * x], axis=1), subtype="FLOAT"), 0, None, keep)
    np.testing.assert_allclose(found.audio, x, atol=1e-6)
    assert "channels cancel" in found.warnings[0] and "channel 1" in found.warnings[0]
    for channels in (noise * 0.1, np.stack([x, *np.zeros((7, len(x)))])):
        assert read_recording(write(tmp_path / "b.wav", channels.T, subtype="FLOAT"), 0, None, keep).warnings == []


def test_formats_that_are_not_known_have_a_hint(tmp_path):
    (tmp_path / "in.m4a").write_bytes(b"\x00\x00\x00\x20ftypM4A " + bytes(100))
    with pytest.raises(UserError, match=r"not recognised; expected WAV, .* convert other formats with ffmpeg"):
        read_recording(tmp_path / "in.m4a")


def test_where_results_go():
    assert folders_of(["a/x.wav"], "out") == [Path("out")]
    assert folders_of(["a/x.wav"], None) == [Path("resynth-x")]
    assert folders_of(["-"], None) == [Path("resynth-stdin")]
    assert folders_of(["x.wav", "y.mp3"], None) == [Path("resynth-x"), Path("resynth-y")]
    names = [f.name for f in folders_of(["x.wav", "x.mp3", "a/y.wav", "b/Y.wav", "z.wav"], "out")]
    assert names == ["x.wav", "x.mp3", "y", "Y-2", "z"]
    long = folders_of(["é" * 120 + "1.wav", "é" * 120 + "2.wav"], None)
    assert len(set(long)) == 2 and all(len(os.fsencode(f)) < 255 for f in long)


def test_a_result_never_takes_the_place_of_its_input(run, tmp_path):
    path = write(tmp_path / "resynth.wav", tone())
    before = path.read_bytes()
    code, _, err = run("resynth", path, "-o", tmp_path)
    assert code == 2 and "would be overwritten" in err and path.read_bytes() == before
    assert soundfile.info(path).frames == 8000
