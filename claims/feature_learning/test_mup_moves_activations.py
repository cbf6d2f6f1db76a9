"""That the units of wide residual networks move where the parametrization lets them."""

import pytest

from widthwise.harness import Control, PowerLaw, Source, Widths, claim
from widthwise.models import mup, ntk, rms, train


def moved(width, seeds, model, data, place, rate, parametrization):
    """How far a part of the network moves in two steps, RMS over units and inputs [S]."""
    drawn = data(seeds)
    x = drawn.x_train
    before = model(
        width, seeds, input_dim=drawn.input_dim, depth=1, parametrization=parametrization
    )
    after = train(before, x, before(x) + drawn.y_train, steps=2, rate=rate, tolerance=0.0).final
    return rms(after.features(x)[place] - before.features(x)[place])


@claim(
    provenance="made",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        'the post, on a limit in which "the features computed by intermediate neurons can '
        'change", of "general computation graphs"',
    ),
    references=(
        "Yang & Hu 2021, Theorem 3.8 (multilayer perceptrons)",
        "Yang & Littwin 2023 (general architectures; a fixed number of steps)",
    ),
    prediction=PowerLaw(0, correction=0.1),
    control=Control("In the NTK parametrization units stand still.", parametrization=ntk),
    over=Widths(32, 2048),
)
@pytest.mark.parametrize(
    ("model", "data", "place", "rate"),
    [
        pytest.param("resnet", "odd_digits", "blocks.0", 1e-3, id="residual"),
    ],
    indirect=["model", "data"],
)
def test_mup_moves_activations(width, seeds, model, data, place, rate, parametrization=mup):
    """In μP the units of residual networks move by O(1), however wide they are.

    Statement
        Two steps of gradient descent at a rate that does not depend on the width move the
        residual stream by O(1) after its block, in μP: features learn in the limit of infinite
        width too, of any architecture.
    Setting
        A residual network with a block of erf, an ordinary `torch.nn.Module` made an ensemble in
        μP, on 64 images told odd from even, drawn for every seed, at about 1/λ_max. RMS over units
        and inputs.
    Measure
        Movement of the residual stream, RMS.
    Tolerance
        ±.15, less than a third of the way to the rival −½. Θ's random part, .1 to .2 at N = 64,
        enters a mean over seeds by its square: D = .1.
    Does not show
        More than residual_networks_freeze has for its control, whose mirror this is: it counts
        once. Transformers: a block of two heads moved by N^-.00 … N^-.02, in intervals that leave
        ±.15 open on 32…256 units. What is learned, nor the movement at the end of training.
        Perceptrons are in embeddings_move_where_units_do, which asks for more; channels of
        convolutional networks in the control of channels_freeze.
    """
    return moved(width, seeds, model, data, place, rate, parametrization)
