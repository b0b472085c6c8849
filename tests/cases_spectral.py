"""Cases of spectral features."""

from __future__ import annotations

from .cases import Case, normal

AUDIO = normal("signal", 2, 555, scale=0.3)
TARGET = normal("target", 2, 555, scale=0.3)

CASES = [
    Case("stft", "spectral_ops.stft", {"audio": AUDIO}, {"frame_size": 64}),
    Case("stft 1d", "spectral_ops.stft", {"audio": AUDIO[0]}, {"frame_size": 128, "pad_end": False}),
    Case("stft odd frame", "spectral_ops.stft", {"audio": AUDIO}, {"frame_size": 75, "overlap": 0.5}),
    Case("stft short", "spectral_ops.stft", {"audio": AUDIO[:, :9]}, {"frame_size": 64}),
    Case("stft one sample", "spectral_ops.stft", {"audio": AUDIO[:, :1]}, {"frame_size": 64}),
    Case("compute_mag", "spectral_ops.compute_mag", {"audio": AUDIO}, {"size": 128}),
    Case("compute_logmag", "spectral_ops.compute_logmag", {"audio": AUDIO}, {"size": 64}, rtol32=1e-5),
    Case("compute_mel", "spectral_ops.compute_mel", {"audio": AUDIO}, {"fft_size": 256, "bins": 20}),
    Case("compute_logmel", "spectral_ops.compute_logmel", {"audio": AUDIO}, {"fft_size": 512, "bins": 20}, rtol32=1e-5),
    Case("compute_mfcc", "spectral_ops.compute_mfcc", {"audio": AUDIO}, {"fft_size": 512, "mel_bins": 20}, rtol32=4e-6),
    Case(
        "compute_mfcc 48 kHz",
        "spectral_ops.compute_mfcc",
        {"audio": AUDIO[0]},
        {"fft_size": 256, "mel_bins": 9, "mfcc_bins": 9, "hi_hz": 24000.0, "sample_rate": 48000, "pad_end": False},
        rtol32=4e-6,
    ),
    Case(
        "compute_mfcc one sample",
        "spectral_ops.compute_mfcc",
        {"audio": 40.0 + AUDIO[:, :1]},
        {"mel_bins": 40},
        rtol32=4e-6,
    ),
    *(
        Case(
            f"get_framed_lengths {padding} {n}",
            "spectral_ops.get_framed_lengths",
            {},
            {"input_length": n, "frame_size": 100, "hop_size": 33, "padding": padding},
        )
        for padding in ("center", "same", "valid")
        for n in (1000, 1001, 60)
    ),
    *(
        Case(
            f"pad {padding}", "spectral_ops.pad", {"x": AUDIO}, {"frame_size": 100, "hop_size": 30, "padding": padding}
        )
        for padding in ("center", "same", "valid")
    ),
    *(
        Case(f"compute_rms_energy {padding}", "spectral_ops.compute_rms_energy", {"audio": AUDIO}, {"padding": padding})
        for padding in ("center", "same", "valid")
    ),
    Case(
        "compute_rms_energy 100",
        "spectral_ops.compute_rms_energy",
        {"audio": AUDIO[0]},
        {"frame_rate": 100, "frame_size": 255},
    ),
    Case(
        "compute_rms_energy 44.1 kHz",
        "spectral_ops.compute_rms_energy",
        {"audio": AUDIO},
        {"sample_rate": 44100, "frame_rate": 300, "frame_size": 99, "padding": "same"},
    ),
    Case("compute_power", "spectral_ops.compute_power", {"audio": AUDIO}, {"ref_db": 20.7}),
    Case("compute_loudness", "spectral_ops.compute_loudness", {"audio": AUDIO}, rtol32=1e-5),
    Case(
        "compute_loudness 100",
        "spectral_ops.compute_loudness",
        {"audio": AUDIO},
        {"n_fft": 100, "padding": "valid"},
        rtol32=1e-5,
    ),
    Case(
        "compute_loudness rate",
        "spectral_ops.compute_loudness",
        {"audio": AUDIO[0]},
        {"sample_rate": 48000, "frame_rate": 1000, "n_fft": 128, "padding": "same"},
        rtol32=1e-5,
    ),
    Case(
        "compute_loudness 59.94",
        "spectral_ops.compute_loudness",
        {"audio": AUDIO},
        {"sample_rate": 8000, "frame_rate": 59.94, "n_fft": 99, "normalize": True},
        rtol32=1e-5,
    ),
    *(
        Case(
            f"pad_or_trim_to_expected_length {n}",
            "spectral_ops.pad_or_trim_to_expected_length",
            {"vector": AUDIO[:, :101]},
            {"expected_len": n, "pad_value": -1.0},
        )
        for n in (115, 101, 95)
    ),
]
