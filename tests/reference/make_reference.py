"""Make neural_tangents.json: kernels computed by an independent implementation.

neural-tangents needs an old jax, so this runs in an environment of its own (`tox run -e
reference`). The file it writes lies beside the claim that reads it; the tests read it there, too.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)

import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from neural_tangents import stax  # noqa: E402

ACTIVATIONS = {
    "relu": stax.Relu(),
    "leaky_relu": stax.LeakyRelu(0.2),
    "abs": stax.Abs(),
    "linear": stax.Identity(),
    "erf": stax.Erf(),
    "sin": stax.Sin(),
    "cos": stax.Cos(),
    "gelu": stax.Gelu(approximate=False),
    # By quadrature; 400 nodes in each direction leave less than 1e-11 at these variances.
    "tanh": stax.ElementwiseNumerical(jnp.tanh, deg=400),
}

ARCHITECTURES = [
    {"activation": "relu", "depth": 1, "sigma_w": 2**0.5, "sigma_b": 0.0},
    {"activation": "relu", "depth": 2, "sigma_w": 2**0.5, "sigma_b": 0.1},
    {"activation": "relu", "depth": 5, "sigma_w": 1.3, "sigma_b": 0.5},
    {"activation": "leaky_relu", "depth": 3, "sigma_w": 1.4, "sigma_b": 0.2},
    {"activation": "abs", "depth": 2, "sigma_w": 1.0, "sigma_b": 0.0},
    {"activation": "linear", "depth": 4, "sigma_w": 1.1, "sigma_b": 0.3},
    {"activation": "erf", "depth": 1, "sigma_w": 1.0, "sigma_b": 0.0},
    {"activation": "erf", "depth": 3, "sigma_w": 1.5, "sigma_b": 0.1},
    {"activation": "erf", "depth": 6, "sigma_w": 2.0, "sigma_b": 0.7},
    {"activation": "sin", "depth": 2, "sigma_w": 1.2, "sigma_b": 0.4},
    {"activation": "cos", "depth": 2, "sigma_w": 1.2, "sigma_b": 0.4},
    {"activation": "gelu", "depth": 1, "sigma_w": 1.0, "sigma_b": 0.0},
    {"activation": "gelu", "depth": 3, "sigma_w": 1.5, "sigma_b": 0.2},
    {"activation": "tanh", "depth": 1, "sigma_w": 1.0, "sigma_b": 0.0},
    {"activation": "tanh", "depth": 2, "sigma_w": 1.0, "sigma_b": 0.3},
    {"activation": "relu", "depth": 3, "sigma_w": 1.0, "sigma_b": 0.0, "standard": True},
    {"activation": "erf", "depth": 2, "sigma_w": 1.0, "sigma_b": 0.0, "standard": True},
]

CONVOLUTIONAL = [
    {"activation": "relu", "depth": 1, "readout": "flatten", "sigma_w": 1.4, "sigma_b": 0.0},
    {"activation": "relu", "depth": 3, "readout": "flatten", "sigma_w": 1.4, "sigma_b": 0.2},
    {"activation": "erf", "depth": 2, "readout": "flatten", "sigma_w": 1.5, "sigma_b": 0.1},
    {"activation": "relu", "depth": 1, "readout": "average", "sigma_w": 1.4, "sigma_b": 0.0},
    {"activation": "relu", "depth": 2, "readout": "average", "sigma_w": 1.4, "sigma_b": 0.2},
    {"activation": "erf", "depth": 3, "readout": "average", "sigma_w": 1.5, "sigma_b": 0.1},
]


def network(architecture: dict, width: int):
    """The kernel function of a multilayer perceptron."""
    settings = {
        "W_std": architecture["sigma_w"],
        "b_std": architecture["sigma_b"] or None,
        "parameterization": "standard" if architecture.get("standard") else "ntk",
    }
    layers = []
    for _ in range(architecture["depth"]):
        layers += [stax.Dense(width, **settings), ACTIVATIONS[architecture["activation"]]]
    return stax.serial(*layers, stax.Dense(1, **settings))[2]


def kernels(architecture: dict, x: np.ndarray, x2: np.ndarray | None) -> dict:
    """NNGP and tangent kernels between x and x2.

    In the standard parametrization neural-tangents' Θ is a polynomial of first degree in the
    width. Its slope is what remains of Θ, per unit of width, in wide networks.
    """
    nngp, tangent = network(architecture, 1)(x, x2, ("nngp", "ntk"))
    if architecture.get("standard"):
        _, twice = network(architecture, 2)(x, x2, ("nngp", "ntk"))
        tangent = twice - tangent
    return {"nngp": np.asarray(nngp).tolist(), "tangent": np.asarray(tangent).tolist()}


def convolutional_kernels(architecture: dict, x: np.ndarray, x2: np.ndarray | None) -> dict:
    """NNGP and tangent kernels between images x and x2, [n, channels, height, width]."""
    settings = {"W_std": architecture["sigma_w"], "b_std": architecture["sigma_b"] or None}
    layers = []
    for _ in range(architecture["depth"]):
        convolution = stax.Conv(1, (3, 3), padding="SAME", **settings)
        layers += [convolution, ACTIVATIONS[architecture["activation"]]]
    readout = stax.Flatten() if architecture["readout"] == "flatten" else stax.GlobalAvgPool()
    kernel = stax.serial(*layers, readout, stax.Dense(1, **settings))[2]
    last = (0, 2, 3, 1)
    nngp, tangent = kernel(
        x.transpose(last), None if x2 is None else x2.transpose(last), ("nngp", "ntk")
    )
    return {"nngp": np.asarray(nngp).tolist(), "tangent": np.asarray(tangent).tolist()}


def main() -> None:
    """Write the reference beside the claim."""
    generator = np.random.default_rng(20230101)
    x = generator.standard_normal((6, 5))
    x[4] = 2.5 * x[0]  # parallel
    x[5] = -x[1]  # opposite
    x2 = np.concatenate((x[:1], generator.standard_normal((3, 5))))
    images = generator.standard_normal((3, 2, 4, 3))
    images2 = np.concatenate((images[:1], generator.standard_normal((1, 2, 4, 3))))
    reference = {
        "made_by": {name: version(name) for name in ("neural-tangents", "jax", "jaxlib")},
        "x": x.tolist(),
        "x2": x2.tolist(),
        "architectures": [
            {**case, "x_x": kernels(case, x, None), "x_x2": kernels(case, x, x2)}
            for case in ARCHITECTURES
        ],
        "images": images.tolist(),
        "images2": images2.tolist(),
        "convolutional": [
            {
                **case,
                "x_x": convolutional_kernels(case, images, None),
                "x_x2": convolutional_kernels(case, images, images2),
            }
            for case in CONVOLUTIONAL
        ],
    }
    path = Path(__file__).parents[2] / "claims" / "infinite_width" / "neural_tangents.json"
    path.write_text(
        json.dumps(reference, indent=None).replace('}, {"activation"', '},\n{"activation"') + "\n"
    )


if __name__ == "__main__":
    main()
