"""Channels of convolutional networks stand still as units of dense ones do."""

import functools

import pytest

from widthwise.harness import Control, PowerLaw, Source, Widths, claim
from widthwise.models import (
    drawn,
    erf,
    layerwise_activation_movement,
    mup,
    ntk,
    odd_digits,
    one_shot,
)

from .runs import asked_to_change, convergence, networks


def fixed(n, device):
    """N + n images of handwritten digits at 4×4 pixels, +1 odd, −1 even, the same for all seeds."""

    def same(*, seed):  # noqa: ARG001 - every seed gets them
        return odd_digits(n_train=n, n_test=n)

    return functools.partial(drawn, same, device=device)


@pytest.fixture(scope="session")
def sixteen_digits(device):
    """16 + 16 images, in the form of data that are drawn for every seed."""
    return fixed(16, device)


@pytest.fixture(scope="session")
def sixty_four_digits(device):
    """64 + 64 images, in that form."""
    return fixed(64, device)


def channels(width, seeds, cnn, data, solve, parametrization):
    """The movement of the channels of each of two hidden layers [S, 2], and what is left."""
    images = data(seeds)
    before = networks(width, seeds, cnn, images, erf, 2, parametrization)
    after = solve(before, *asked_to_change(before, images))
    return {"layers": layerwise_activation_movement(before, after, images.x)}


@claim(
    provenance="implied",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        'the reply on "a lengthy proof that this holds for all architectures"',
    ),
    references=(
        "Yang 2020 (Tensor Programs II); Yang & Littwin 2021 (Tensor Programs IIb): smooth "
        "activations, a fixed number of steps",
    ),
    prediction=PowerLaw(-1 / 2, correction=0.2),
    control=Control("In μP every channel moves by O(1).", parametrization=mup),
    over=Widths(32, 1024),
)
@pytest.mark.parametrize("layer", [1, 2], ids="layer{}".format)
@pytest.mark.parametrize(
    ("data", "solve"),
    [
        pytest.param("sixteen_digits", convergence, id="16-images-convergence"),
        pytest.param("sixty_four_digits", one_shot, id="64-images-one_shot"),
    ],
    indirect=["data"],
)
def test_channels_freeze(width, seeds, shared, cnn, data, solve, layer, parametrization=ntk):
    """The channels of a convolutional network stand still while its output learns.

    Statement
        While training moves the output by O(1), every channel of each layer moves by O(N^-1/2)
        at every position, N being the number of channels: what is said of units
        (activations_freeze) is not about dense layers.
    Setting
        Two layers of 3×3 filters with erf, σ_w = 2, on images of 4×4 pixels, then a dense readout
        of all positions. Gradient descent with momentum, as there, on 16 images until less than 1%
        of the residual is left, or the solution of the linearised problem of 64, which a linear map
        does not solve. The images are the same for all seeds: how far they make a network move
        depends on whether two of different label are nearly alike. RMS over channels, positions and
        as many images again.
    Tolerance
        ±.15, less than a third of the way to the rival, 0. A channel reads nine times as many
        numbers as a unit does: corrections are smaller than in activations_freeze, and
        D = .2 at 64 channels allows for twice as much at 32.
    Does not show
        The same of networks that average over positions, at whose widths the exponent still
        rises; nor of residual networks and transformers.
    """
    run = shared(
        channels,
        width=width,
        seeds=seeds,
        cnn=cnn,
        data=data,
        solve=solve,
        parametrization=parametrization,
    )
    return run["layers"][:, layer - 1]
