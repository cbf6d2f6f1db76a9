"""Networks of any width are lazy if their output is scaled up."""

import pytest

from widthwise.harness import Control, PowerLaw, Source, Vanishing, claim
from widthwise.models import erf, fit, relative_movement, tangent_kernel

FORGOTTEN, KEPT = 0.0, 1.0


def movements(inverse_scale, seeds, mlp, data, units, start):
    """How far units and kernel move, relative to their size, in a network of scaled output.

    With output α(f − f_0) and loss ½Σ(output − y)²/α² the gradient is ∂f·(f − f_0 − y/α): that of
    f itself, asked to change by y/α. With output αf it is asked for y/α, whatever it started at.
    """
    drawn = data(seeds)
    x = drawn.x_train
    before = mlp(units, seeds, input_dim=x.shape[-1], activation=erf, sigma_w=2.0)
    targets = start * before(x) + inverse_scale * drawn.y_train
    after = fit(before, x, targets)
    layers = zip(before.activations(drawn.x), after.activations(drawn.x), strict=True)
    *_, (last, moved) = layers
    return {
        "units": relative_movement(last, moved),
        "kernel": relative_movement(tangent_kernel(before, x), tangent_kernel(after, x)),
    }


@claim(
    provenance="background",
    source=Source(
        "NTK/GP models of neural nets can't learn features",
        "the dispute as a whole, in which the width alone makes training lazy",
    ),
    references=(
        "Chizat, Oyallon & Bach 2019, section 2 (differentiable models with a Lipschitz "
        "derivative, output 0 at the start)",
    ),
    prediction=PowerLaw(1, tolerance=0.1, correction=0.2),
    control=Control("With αf, f_0 left in, the start has to be unlearned.", start=FORGOTTEN),
    over=Vanishing("inverse_scale", 1 / 2, 1 / 128, rungs=4),
    seeds_of="networks of scaled output",
)
@pytest.mark.parametrize("moving", ["units", "kernel"])
@pytest.mark.parametrize(
    ("data", "units"),
    [
        pytest.param("random_labels", 64, id="random_labels-64"),
        pytest.param("random_labels", 512, id="random_labels-512"),
        pytest.param("odd_digits", 64, id="odd_digits-64"),
    ],
    indirect=["data"],
)
def test_laziness_is_scale_not_width(
    inverse_scale, seeds, mlp, data, units, moving, shared, start=KEPT
):
    """At any fixed width a network is lazy in proportion to the scale of its output.

    Statement
        Train α(f − f_0) on the loss divided by α². Units and tangent kernel move by O(1/α) of
        their size, at 64 units as at 512: the network then changes by 1/α, and so does what it
        is made of. Width is one way to have a large α, √N in the NTK parametrization.
    Setting
        Two hidden layers of erf, σ_w = 2, each network with its own data at n = 4d, α = 2, 8, 32
        and 128, full-batch gradient descent until the output has moved by the labels, to 1%.
        Units of the last hidden layer over training and test inputs, Θ at the training points.
        The control trains αf: its start f_0 = O(1) is far from y/α, and all moves by O(1).
    Measure
        Movement of units, or of the kernel, relative to their size.
    Tolerance
        The exponent of 1/α is 1 ± .1, a tenth of the way to the rival, 0. The next order is
        1/α times the movement at α = 1, .17 of the kernel at N = 64; at α = 2, D = .2 is ample.
    Does not show
        The same of ReLU, whose derivative is not Lipschitz: single units flip their signs, a
        number of them ∝ 1/α, and its kernel should move by the root of that (not measured).
    """
    run = shared(
        movements,
        inverse_scale=inverse_scale,
        seeds=seeds,
        mlp=mlp,
        data=data,
        units=units,
        start=start,
    )
    return run[moving]
