"""Encoders as chains of layers."""

from tests.cases import Case, normal
from tests.draws import Call, drawn
from tests.oracles import oracle

from .decoders import affine, layer, named, prefixed
from .layers import layer_norm
from .recurrent import gru

# Oracles ------------------------------------------------------------------------------------------------------------


@oracle("nn.MfccTimeDistributedRnnEncoder.__call__")
def mfcc_encoder(init, mfcc, **values):
    x, _ = gru(
        layer_norm(mfcc, **{"scale": values["input_scale"], "offset": values["input_offset"]}), **named("rnn", values)
    )
    return {"z": affine(x, named("output", values))}


# Cases --------------------------------------------------------------------------------------------------------------


def encoder_values(draw, mfcc_channels, rnn_channels, z_channels):
    return {
        **prefixed("input", layer(draw, "norm", mfcc_channels)),
        **prefixed("rnn", layer(draw, "gru", mfcc_channels, rnn_channels)),
        **prefixed("output", layer(draw, "dense", rnn_channels, z_channels)),
    }


SIZES = {"mfcc_channels": 4, "rnn_channels": 3, "z_channels": 2}

CASES = [
    Case(
        "MfccTimeDistributedRnnEncoder",
        "nn.MfccTimeDistributedRnnEncoder.__call__",
        {"mfcc": normal("mfcc", 2, 3, 4)} | encoder_values(normal, **SIZES),
        init=SIZES,
        compiled=False,
    )
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


@drawn("nn.MfccTimeDistributedRnnEncoder.__call__")
def _(d):
    sizes = {"mfcc_channels": d.integer(2, 5), "rnn_channels": d.integer(1, 3), "z_channels": d.integer(1, 3)}
    values = encoder_values(lambda name, *shape: d.normal(*shape, scale=0.5), **sizes)
    return Call({"mfcc": d.normal(d.batch, d.frames, sizes["mfcc_channels"])} | values, init=sizes, rtol32=1e-3)
