"""What is learned of two sets of labels together, and of each by itself."""

import pytest
import torch

from widthwise.harness import AtMost, Control, Source, Widths, claim
from widthwise.models import erf, mup, ntk, rms

from ..lazy_training.runs import convergence

HERE = Source(
    "Parsing Chris Mingard on Neural Networks",
    "the comments, on SGD-trained nets that learn functions non-linearly, which NTK and GP can "
    "only do linearly",
)


def left_over(width, seeds, mlp, data, parametrization):
    """RMS, on new inputs, of what Y₁ + Y₂ teach beyond Y₁ and Y₂, over what they teach [S]."""
    drawn = data(seeds)
    x = drawn.x_train
    before = mlp(
        width,
        seeds,
        input_dim=drawn.input_dim,
        depth=1,
        activation=erf,
        sigma_w=2.0,
        parametrization=parametrization,
    )
    start = before(x)

    def taught(y):
        after = convergence(before, x, start + y, share=0.003)
        return after(drawn.x_test) - before(drawn.x_test)

    one, half = drawn.y_train, x.shape[1] // 2
    another = torch.cat((one[:, :half], -one[:, half:]), 1)
    together = taught(one + another)
    return rms(together - taught(one) - taught(another)) / rms(together)


@claim(
    provenance="made",
    source=HERE,
    references=("Lee et al. 2019, equation (11): f_0 + ΘΘ⁻¹(Y − f_0), affine in Y",),
    prediction=AtMost(-1 / 2, correction=0.4),
    control=Control("In μP the labels change the kernel that learns them.", parametrization=mup),
    over=Widths(128, 2048, factor=4),
)
@pytest.mark.parametrize("data", ["random_labels", "odd_digits"], indirect=True)
def test_training_is_affine_in_the_labels(width, seeds, mlp, data, parametrization=ntk):
    """In the kernel regime, what is learned of the sum of two sets of labels is the sum.

    Statement
        From one initialisation, let g[Y] be what training to f_0 + Y changes the outputs by. In
        the kernel regime g[Y₁ + Y₂] − g[Y₁] − g[Y₂] is O(N^-1/2) of g[Y₁ + Y₂] off the training
        inputs; where features are learned it is of its size.
    Setting
        One hidden layer of erf, σ_w = 2; for every seed 32 points in 8 dimensions with labels ±1
        at random, or 64 images of 16 pixels labelled by parity. Y₂ has the labels of Y₁ on half
        of the inputs, and the opposite ones on the others. Each is trained until .3% of it is
        left; RMS on as many new inputs.
    Measure
        What the sum of labels teaches beyond its parts, RMS, over what it teaches.
    Tolerance
        An exponent of at most −.35: the rival, labels that shape the kernel, has 0. D is .4: the
        next order is relatively n/N, with a factor below 1.
    Does not show
        That what is learned is linear in the inputs: kernels are not.
    """
    return left_over(width, seeds, mlp, data, parametrization)
