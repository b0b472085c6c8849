"""Decoders as chains of layers, with all trainable values among the inputs of a case."""

import numpy as np

from tests.cases import Case, normal, uniform
from tests.draws import Call, drawn
from tests.oracles import oracle

from .convolution import causal_convolution
from .layers import dense, layer_norm, leaky_relu
from .recurrent import gru

# Oracles ------------------------------------------------------------------------------------------------------------


def named(prefix, values):
    """Values whose names begin with a prefix, by the rest of the name."""
    return {name.removeprefix(f"{prefix}_"): x for name, x in values.items() if name.startswith(f"{prefix}_")}


def affine(x, layer):
    return dense(x, layer["weight"], layer["bias"])


def normalized(x, layer):
    return leaky_relu(layer_norm(x, layer["scale"], layer["offset"]))


def split(x, output_splits):
    ends = np.cumsum([size for _, size in output_splits])
    return dict(zip([name for name, _ in output_splits], np.split(x, ends[:-1], axis=2), strict=True))


@oracle("nn.DilatedConvDecoder.__call__")
def dilated_conv_decoder(init, f0_scaled, loudness_scaled, z=None, **values):
    inputs = [x for x in (f0_scaled, loudness_scaled, z) if x is not None]
    x = affine(np.concatenate(inputs, axis=2), named("input", values))
    for i in range(init["stacks"] * init["layers_per_stack"]):
        layer = named(f"layer_{i}", values)
        dilation = 2 ** (i % init["layers_per_stack"])
        x = x + causal_convolution(normalized(x, layer), layer["weight"], layer["bias"], None, dilation)[0]
    last = named("output", values)
    return split(affine(normalized(x, last), last), init["output_splits"])


@oracle("nn.RnnFcDecoder.__call__")
def rnn_fc_decoder(init, f0_scaled, loudness_scaled, z=None, **values):
    def stack(x, name):
        for i in range(init["layers_per_stack"]):
            layer = named(f"{name}_{i}", values)
            x = normalized(affine(x, layer), layer)
        return x

    inputs = [x for x in (f0_scaled, loudness_scaled, z) if x is not None]
    stacked = np.concatenate([stack(x, f"input_{i}") for i, x in enumerate(inputs)], axis=2)
    recurrent, _ = gru(stacked, **named("rnn", values))
    x = stack(np.concatenate([stacked, recurrent], axis=2), "last")
    return split(affine(x, named("output", values)), init["output_splits"])


# Cases --------------------------------------------------------------------------------------------------------------


def layer(draw, kind, *sizes):
    """Values of a layer; `draw(name, *shape)` gives those of a name and shape."""
    shapes = {
        "dense": lambda inputs, outputs: {"weight": (inputs, outputs), "bias": (outputs,)},
        "norm": lambda channels: {"scale": (channels,), "offset": (channels,)},
        "convolution": lambda taps, inputs, outputs: {"weight": (taps, inputs, outputs), "bias": (outputs,)},
        "gru": lambda inputs, units: {
            "weight": (inputs, 3 * units), "recurrent_weight": (units, 3 * units),
            "bias": (3 * units,), "recurrent_bias": (3 * units,),
        },
    }[kind](*sizes)  # fmt: skip
    return {name: draw(name, *shape) for name, shape in shapes.items()}


def prefixed(prefix, layer):
    return {f"{prefix}_{name}": x for name, x in layer.items()}


def dilated_values(draw, n_inputs, n_outputs, channels, layers_per_stack, stacks, kernel_size):
    found = prefixed("input", layer(draw, "dense", n_inputs, channels))
    for i in range(stacks * layers_per_stack):
        found |= prefixed(f"layer_{i}", layer(draw, "norm", channels))
        found |= prefixed(f"layer_{i}", layer(draw, "convolution", kernel_size, channels, channels))
    return found | prefixed("output", layer(draw, "norm", channels) | layer(draw, "dense", channels, n_outputs))


def rnn_values(draw, input_sizes, n_outputs, channels, rnn_channels, layers_per_stack):
    found = {}

    def stack(name, size):
        for i in range(layers_per_stack):
            found.update(prefixed(f"{name}_{i}", layer(draw, "dense", size, channels) | layer(draw, "norm", channels)))
            size = channels
        return size

    stacked = sum(stack(f"input_{i}", size) for i, size in enumerate(input_sizes))
    found.update(prefixed("rnn", layer(draw, "gru", stacked, rnn_channels)))
    joined = stack("last", stacked + rnn_channels)
    return found | prefixed("output", layer(draw, "dense", joined, n_outputs))


SPLITS = (("amplitudes", 1), ("harmonic_distribution", 3))
INPUTS = {"f0_scaled": uniform("f0", 0.3, 0.7, 2, 4, 1), "loudness_scaled": uniform("loudness", 0.2, 1.0, 2, 4, 1)}
Z = {"z": normal("z", 2, 4, 2)}
DILATED = {"channels": 3, "layers_per_stack": 2, "stacks": 1, "kernel_size": 2}
RNN = {"channels": 3, "rnn_channels": 2, "layers_per_stack": 1}

CASES = [
    Case(
        "DilatedConvDecoder",
        "nn.DilatedConvDecoder.__call__",
        INPUTS | Z | dilated_values(normal, 4, 4, **DILATED),
        init={"output_splits": SPLITS, "z_channels": 2, **DILATED},
        compiled=False,
    ),
    Case(
        "RnnFcDecoder",
        "nn.RnnFcDecoder.__call__",
        INPUTS | rnn_values(normal, (1, 1), 4, **RNN),
        init={"output_splits": SPLITS, **RNN},
        compiled=False,
    ),
]


# Drawn arguments ----------------------------------------------------------------------------------------------------


def drawn_inputs(d):
    inputs = {name: d.uniform(0.0, 1.0, d.batch, d.frames, 1) for name in ("f0_scaled", "loudness_scaled")}
    z_channels = d.choose(0, 2)
    return inputs | ({"z": d.normal(d.batch, d.frames, 2)} if z_channels else {}), z_channels


@drawn("nn.DilatedConvDecoder.__call__")
def _(d):
    inputs, z_channels = drawn_inputs(d)
    sizes = {"channels": d.integer(2, 4), "layers_per_stack": d.integer(1, 3), "stacks": d.integer(1, 2)}
    sizes |= {"kernel_size": d.integer(1, 3)}
    values = dilated_values(lambda name, *shape: d.normal(*shape, scale=0.5), 2 + z_channels, 4, **sizes)
    return Call(inputs | values, init={"output_splits": SPLITS, "z_channels": z_channels, **sizes}, rtol32=1e-3)


@drawn("nn.RnnFcDecoder.__call__")
def _(d):
    inputs, z_channels = drawn_inputs(d)
    sizes = {"channels": d.integer(2, 4), "rnn_channels": d.integer(1, 3), "layers_per_stack": d.integer(0, 2)}
    values = rnn_values(
        lambda name, *shape: d.normal(*shape, scale=0.5), (1, 1, z_channels)[: 2 + bool(z_channels)], 4, **sizes
    )
    return Call(inputs | values, init={"output_splits": SPLITS, "z_channels": z_channels, **sizes}, rtol32=1e-3)
