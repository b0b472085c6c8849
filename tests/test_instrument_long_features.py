"""Features of audio in blocks: those of the whole, for blocks of any length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddsp import instruments
from ddsp.instruments import long_features
from ddsp.instruments.features import hop_and_count


def local_features(audio, sample_rate, hop_size, model_capacity="tiny", progress=None):
    """Frames that see 20 samples to either side, as a stand-in for CREPE."""
    _, n_frames = hop_and_count(audio.shape[1], sample_rate, hop_size)
    padded = np.pad(audio[0], (20, hop_size + 20))
    sums = np.asarray([padded[k * hop_size : k * hop_size + 40].sum() for k in range(n_frames)])[None, :, None]
    progress(1.0)
    return {"f0_hz": sums, "confidence": 2.0 * sums, "loudness_db": 3.0 * sums}


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 900), min_size=1, max_size=12), st.sampled_from([(8000, 32), (16000, None), (44100, 7)]))
def test_any_blocks_give_the_whole(lengths, rates):
    sample_rate, hop_size = rates
    n_samples = sum(lengths)
    audio, told = np.random.default_rng(n_samples).standard_normal(n_samples).astype(np.float32), []
    blocks = np.split(audio, np.cumsum(lengths)[:-1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_features, "compute_features", local_features)
        patch.setattr(long_features, "PIECE", 300 / sample_rate)
        patch.setattr(long_features, "CONTEXT", 100 / sample_rate)
        if not n_samples:
            with pytest.raises(ValueError, match="no samples"):
                instruments.compute_long_features(blocks, sample_rate, hop_size)
            return
        found = instruments.compute_long_features(blocks, sample_rate, hop_size, progress=told.append)
    hop, n_frames = hop_and_count(n_samples, sample_rate, hop_size)
    whole = local_features(audio[None], sample_rate, hop, progress=told.append)
    assert told[:-1] == sorted(told[:-1]) and told[-2] == n_samples
    for name, x in whole.items():
        assert found[name].shape == (n_frames,)
        np.testing.assert_allclose(found[name], x[0, :, 0], rtol=1e-5, atol=1e-5)


def test_pitch_of_pieces_is_that_of_the_whole(monkeypatch):
    """Measured: 2e-4 Hz, where there is a pitch."""
    n = np.arange(32000)
    audio = (0.3 * np.sin(2 * np.pi * np.cumsum(300.0 + 60.0 * np.sin(n / 3000.0)) / 16000)).astype(np.float32)
    audio[14000:17000] = 0.0
    whole = instruments.compute_features(audio[None])
    monkeypatch.setattr(long_features, "PIECE", 0.7)
    monkeypatch.setattr(long_features, "CONTEXT", 0.4)
    found = instruments.compute_long_features(np.split(audio, [5000, 30001]))
    sounding = whole["confidence"][0, :, 0] > 0.3
    assert sounding.mean() > 0.8
    np.testing.assert_allclose(found["f0_hz"][sounding], whole["f0_hz"][0, sounding, 0], atol=1e-3)
    for name in ("confidence", "loudness_db"):
        np.testing.assert_allclose(found[name], whole[name][0, :, 0], atol=1e-4)
