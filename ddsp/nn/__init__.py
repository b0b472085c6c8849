"""Neural networks over frames, written once for every backend: layers, decoders and encoders."""

from .convolution import causal_convolution
from .decoders import DilatedConvDecoder, RnnFcDecoder
from .encoders import MfccTimeDistributedRnnEncoder
from .initial import convolution_params, dense_params, gru_params, norm_params
from .layers import dense, layer_norm, leaky_relu
from .network import Network
from .presets import PRESETS, make_decoder
from .recurrent import gru
from .scaling import scale_f0_hz, scale_loudness_db

__all__ = [
    "PRESETS",
    "DilatedConvDecoder",
    "MfccTimeDistributedRnnEncoder",
    "Network",
    "RnnFcDecoder",
    "causal_convolution",
    "convolution_params",
    "dense",
    "dense_params",
    "gru",
    "gru_params",
    "layer_norm",
    "leaky_relu",
    "make_decoder",
    "norm_params",
    "scale_f0_hz",
    "scale_loudness_db",
]
