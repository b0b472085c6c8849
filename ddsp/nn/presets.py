"""Decoders by name, from the paper's to one for a microcontroller."""

from __future__ import annotations

from dataclasses import replace

from ..extend import checked, one_of
from .decoders import OUTPUT_SPLITS, DilatedConvDecoder, RnnFcDecoder
from .network import Network

__all__ = ["PRESETS", "make_decoder"]

#: Decoders by the name of the preset, with the default outputs.
PRESETS: dict[str, RnnFcDecoder | DilatedConvDecoder] = {
    "original": RnnFcDecoder(),
    "original-tiny": RnnFcDecoder(rnn_channels=256, layers_per_stack=0),
    "dilated": DilatedConvDecoder(),
    "small": DilatedConvDecoder(channels=16, stacks=1),
    "least": DilatedConvDecoder(channels=8, stacks=1),
}


@checked
def make_decoder(
    preset: str = "dilated", output_splits: tuple[tuple[str, int], ...] = OUTPUT_SPLITS, z_channels: int = 0
) -> Network:
    """Make the decoder of a preset.

    | preset | network | values |
    |---|---|---|
    | `original` | `RnnFcDecoder` of the paper's solo instruments | 4,801,150 |
    | `original-tiny` | `RnnFcDecoder` of the original's tiny configuration | 232,314 |
    | `dilated` | `DilatedConvDecoder`, 64 channels, 10 layers | 133,310 |
    | `small` | `DilatedConvDecoder`, 16 channels, 5 layers | 6,302 |
    | `least` | `DilatedConvDecoder`, 8 channels, 5 layers | 2,254 |

    Parameters
    ----------
    preset
        Name of the preset.
    output_splits
        Names and numbers of channels of the outputs.
    z_channels
        Number of channels of the latent input; 0 for none.

    Returns
    -------
    decoder : Network
        The decoder.

    Raises
    ------
    ValueError
        Unknown preset.

    See Also
    --------
    DilatedConvDecoder : The network of the smaller presets.
    RnnFcDecoder : The network of the paper.

    Examples
    --------
    >>> make_decoder("least").channels
    8
    """
    one_of("preset", preset, tuple(PRESETS))
    return replace(PRESETS[preset], output_splits=output_splits, z_channels=z_channels)
