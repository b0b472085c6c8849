"""Other libraries that compute the same, where they are installed.

auraloss is imported beside this library. The original DDSP is called `ddsp` as well, and needs an old TensorFlow, so it
runs in an environment of its own: `--original /its/bin/python`, and `original.py` is the script that runs there.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from .modes import Mode
from .workloads import Size, Workload

__all__ = ["PEERS", "installed_peers"]


def _auraloss(workload: Workload, size: Size, gradient: bool) -> tuple[Callable[[], Any], Mode]:
    """W4 as auraloss has it: L1 of log magnitudes and L1 of magnitudes."""
    from auraloss.freq import MultiResolutionSTFTLoss

    sizes = (2048, 1024, 512, 256, 128, 64)
    loss = MultiResolutionSTFTLoss(
        fft_sizes=sizes, hop_sizes=[n // 4 for n in sizes], win_lengths=sizes, w_sc=0.0, w_log_mag=1.0, w_lin_mag=1.0
    )
    mode = Mode("torch")

    def compute(key: Any, target: Any, audio: Any) -> Any:
        return loss(audio[:, None, :], target[:, None, :])

    return mode.function(compute, workload.inputs(size), workload.trained if gradient else ()), mode


#: Name -> (the workloads it has, what builds a function of a workload).
PEERS = {"auraloss": (("W4",), _auraloss)}


def installed_peers() -> list[str]:
    """Those whose package is there."""
    return [name for name in PEERS if find_spec(name)]
