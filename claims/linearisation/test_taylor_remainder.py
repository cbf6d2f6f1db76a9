"""What the first-order expansion of a network leaves out."""

import pytest
import torch

from widthwise.harness import (
    AtLeast,
    Control,
    PowerLaw,
    Source,
    Vanishing,
    Verdict,
    Widths,
    claim,
)
from widthwise.models import erf, mup, ntk, one_shot, rms, taylor_terms

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the error of the Taylor expansion, tangent-kernel section",
)


def towards_the_solution(network, data):
    """The displacement with which the linearised networks fit the data."""
    solved = one_shot(network, data.x_train, network(data.x_train) + data.y_train)
    return solved.parameters.minus(network.parameters)


def remainder(delta, seeds, mlp, data, order):
    """RMS over the inputs of f(θ_0 + δu) minus its Taylor polynomial of some order."""
    drawn = data(seeds).to(dtype=torch.float64)
    network = mlp(
        128,
        seeds,
        input_dim=drawn.input_dim,
        activation=erf,
        sigma_w=2.0,
        dtype=torch.float64,
    )
    direction = towards_the_solution(network, drawn)
    value, slope, curvature = taylor_terms(network, drawn.x, direction)
    polynomial = value + delta * slope + (delta**2 / 2 * curvature if order == 2 else 0)
    return rms(network.displaced(direction, delta)(drawn.x) - polynomial)


@claim(
    provenance="made",
    source=HERE,
    references=("Lee et al. 2019, appendix E",),
    prediction=AtLeast(3, tolerance=1 / 3),
    expect=Verdict.REFUTED,
    control=Control("The remainder of the second-order expansion is o(δ²).", order=2),
    over=Vanishing("delta", 0.3, 0.001, rungs=6),
)
@pytest.mark.parametrize("data", ["random_labels"], indirect=True)
def test_taylor_remainder_is_little_o_of_square(delta, seeds, mlp, data, order=1):
    """The remainder of the first-order expansion is o(δ²), as the post prints it.

    Statement
        f(θ_0 + δu) = f(θ_0) + δ ∇f·u + o(δ²), as it is printed. For a smooth network a remainder
        that is o(δ²) is O(δ³), so its exponent in δ would be at least 3.
    Correction
        A slip of notation: little o for big O. The remainder is Θ(δ²)
        (taylor_remainder_is_quadratic), and what the post concludes, that the expansion is the
        better the less the parameters move, holds all the same. What vanishes with the width is
        the coefficient (taylor_coefficient_falls_as_inverse_width).
    Setting
        float64, two hidden layers of erf with σ_w = 2, width 128, 32 points with random labels
        drawn for every seed; u is the displacement with which the linearised network fits the
        labels, so that δ = 1 is the whole of training.
    Measure
        Size of what the first-order expansion leaves out, RMS over inputs.
    Tolerance
        1/3, a third of the way to the rival, the exponent 2.
    Does not show
        That the expansion is poor: at this width the remainder is small throughout training.
    """
    return remainder(delta, seeds, mlp, data, order)


@claim(
    provenance="background",
    source=HERE,
    references=("Lee et al. 2019, appendix E",),
    prediction=PowerLaw(2),
    control=Control("Of the second-order expansion the remainder is cubic.", order=2),
    over=Vanishing("delta", 0.3, 0.001, rungs=6),
)
@pytest.mark.parametrize("data", ["random_labels"], indirect=True)
def test_taylor_remainder_is_quadratic(delta, seeds, mlp, data, order=1):
    """The remainder of the first-order expansion is Θ(δ²).

    Statement
        f(θ_0 + δu) − f(θ_0) − δ ∇f·u is of the order δ², no less: the corrected form of the
        statement that it is o(δ²).
    Setting
        As in taylor_remainder_is_little_o_of_square.
    Measure
        Size of what the first-order expansion leaves out, RMS over inputs.
    Tolerance
        ±.15, far less than a third of the way to the rivals 1 and 3. The next order is δ³,
        relatively below .3 at δ = .3.
    Does not show
        The same along directions in which the second derivative happens to vanish.
    """
    return remainder(delta, seeds, mlp, data, order)


@claim(
    provenance="background",
    source=HERE,
    references=("Dyer & Gur-Ari 2020, section 3",),
    prediction=PowerLaw(-1),
    control=Control("In μP the second-order term keeps its size.", parametrization=mup),
    over=Widths(64, 8192),
    noise=0.2,
)
@pytest.mark.parametrize("data", ["random_labels"], indirect=True)
def test_taylor_coefficient_falls_as_inverse_width(width, seeds, mlp, data, parametrization=ntk):
    """The second-order term of the expansion along training falls as 1/N.

    Statement
        What makes wide networks follow their linearisation is not the order of the remainder in
        δ but its coefficient: ½ ∂²f/∂δ² along the displacement that fits the labels is O(1/N).
        It is a sum over N units of odd moments of the output weights, each O(N^-3/2).
    Setting
        Two hidden layers of erf with σ_w = 2; 32 points and as many others drawn for every seed,
        RMS over all. The term is computed, not
        measured as a difference, so that float32 suffices.
    Measure
        Size of the coefficient of δ², RMS over inputs.
    Tolerance
        ±.15, less than a third of the way to the rival −1/2. The next order is relatively
        N^-1/2 with a coefficient below .3 at N = 64.
    Does not show
        Anything about random directions, along which the term is smaller still.
    """
    drawn = data(seeds)
    network = mlp(
        width,
        seeds,
        input_dim=drawn.input_dim,
        activation=erf,
        sigma_w=2.0,
        parametrization=parametrization,
    )
    _, _, curvature = taylor_terms(network, drawn.x, towards_the_solution(network, drawn))
    return rms(curvature) / 2
