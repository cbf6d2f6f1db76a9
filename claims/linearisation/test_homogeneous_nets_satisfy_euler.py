"""Euler's theorem for networks of ReLU."""

import pytest
import torch

from widthwise.harness import Control, Identity, Source, WidthList, claim
from widthwise.models import erf, relu, taylor_terms


@claim(
    provenance="background",
    source=Source(
        "Neural Tangent Kernel Distillation",
        "the comments, where ∇f·θ_0 is said to vanish with the width",
    ),
    references=("Lyu & Li 2020",),
    prediction=Identity(tolerance=1),
    control=Control("A network of erf is not homogeneous.", activation=erf),
    over=WidthList((16, 64, 256)),
)
@pytest.mark.parametrize("depth", [1, 2, 3], ids=["depth_1", "depth_2", "depth_3"])
def test_homogeneous_nets_satisfy_euler(width, seeds, mlp, sphere, depth, activation=relu):
    """For a ReLU network without biases ∇f·θ_0 is the number of weight layers times f_0.

    Statement
        f is homogeneous in the weights, of degree L + 1 for L hidden layers, so that
        ∇f(x, θ_0)·θ_0 = (L + 1) f(x, θ_0) by Euler's theorem. Since f_0 does not vanish with the
        width (output_at_initialisation_is_the_nngp), neither does ∇f·θ_0.
    Setting
        float64; ∇f·θ_0 is the derivative of the output along the weights themselves.
    Measure
        The largest error of the identity, in units of what rounding allows.
    Tolerance
        An identity, in units of what rounding may do: inner products of N terms in L + 1 layers,
        on either side, relatively (L + 1)·N·eps each (Higham 2002, section 3.1), of an output
        the size of the largest of 32.
    Does not show
        The same of smooth activations, for which ∇f·θ_0 is no multiple of f_0.
    """
    x = sphere.x.double()
    network = mlp(
        width, seeds, input_dim=sphere.input_dim, depth=depth, activation=activation, dtype=x.dtype
    )
    outputs, along_weights, _ = taylor_terms(network, x, network.parameters)
    expected = (depth + 1) * outputs
    rounding = 2 * (depth + 1) * width * torch.finfo(x.dtype).eps * expected.abs().amax(1)
    return (along_weights - expected).abs().amax(1) / rounding
