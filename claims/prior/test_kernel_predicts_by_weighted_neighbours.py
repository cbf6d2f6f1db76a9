"""The kernel's prediction as a sum over the training labels, and whether that is an average."""

import pytest
import torch

from widthwise.harness import Bounded, Control, Limit, Source, Verdict, WidthList, claim
from widthwise.models import erf, tangent_kernel

HERE = Source(
    "Neural Tangent Kernel Distillation",
    "the section on kernel methods, the first of three intuitive ways to think about them",
)
REFERENCES = ("Rasmussen & Williams 2006, section 2.6: smoothers and their weight functions",)
NEW, NEXT_TO_IT = 8, 0.99

everywhere = pytest.mark.parametrize("data", ["random_labels", "odd_digits"], indirect=True)


def kernels(width, seeds, mlp, data, share=0.0):
    """A network's kernel on its training inputs, and between new ones and those, in float64.

    Of a new input so large a share is a training input.
    """
    drawn = data(seeds).to(dtype=torch.float64)
    network = mlp(
        width, seeds, input_dim=drawn.input_dim, activation=erf, sigma_w=2.0, dtype=torch.float64
    )
    x = drawn.x_train
    new = share * x[:, :NEW] + (1 - share) * drawn.x_test[:, :NEW]
    return tangent_kernel(network, x), tangent_kernel(network, new, x)


def weights(theta, similarity):
    """Θ(x, X) Θ(X, X)⁻¹ [S, m, n]: what each training label counts for in a prediction."""
    return torch.linalg.solve(theta, similarity.mT).mT


@claim(
    provenance="made",
    source=HERE,
    references=REFERENCES,
    prediction=Limit(1, tolerance=0.1),
    expect=Verdict.REFUTED,
    control=Control("Next to a training input its label alone counts.", share=NEXT_TO_IT),
    over=WidthList((64, 256)),
)
@everywhere
def test_kernels_predict_by_a_weighted_average(width, seeds, mlp, data, share=0.0):
    """A kernel predicts by a weighted average of the labels of points that are similar.

    Statement
        Read to the letter: the prediction Σ w_i Y_i has weights as an average has, of one sign
        and with the sum 1, hence Σ |w_i| = 1.
    Correction
        It is a weighted sum, w = Θ(x, X)Θ(X, X)⁻¹, in which similar points count for more
        (kernel_weights_go_with_similarity). Weights of both signs correct for points that are
        similar to each other; they sum to no fixed number.
    Setting
        float64; the tangent kernels of two hidden layers of erf with σ_w = 2, on inputs drawn for
        every seed; the mean of Σ |w_i| over 8 new inputs.
    Measure
        Σ |w_i|, mean over new inputs.
    Tolerance
        ±.1. Σ |w_i| ≥ |Σ w_i|, and is 1 for an average only if no weight is negative.
    Does not show
        That the picture is of no use: it is what kernel smoothers do.
    """
    return weights(*kernels(width, seeds, mlp, data, share)).abs().sum(2).mean(1)


def similarity_to_it(similarity):
    """Θ(x, X) for each new x."""
    return similarity


def similarity_to_another(similarity):
    """Θ(x′, X) of the next new x′."""
    return similarity.roll(1, 1)


def correlation(one, other):
    """Pearson's, along the last dimension."""
    centred = [part - part.mean(-1, keepdim=True) for part in (one, other)]
    return torch.nn.functional.cosine_similarity(*centred, dim=-1)


@claim(
    provenance="made",
    source=HERE,
    references=REFERENCES,
    prediction=Bounded(low=0.5),
    control=Control("Similarity to another new point.", similar=similarity_to_another),
    over=WidthList((64, 256)),
)
@everywhere
def test_kernel_weights_go_with_similarity(width, seeds, mlp, data, similar=similarity_to_it):
    """A kernel weighs the labels of similar points more.

    Statement
        Read charitably: the weights Θ(x, X)Θ(X, X)⁻¹ of the training labels go with the
        similarities Θ(x, X), with a correlation of .5 and more.
    Setting
        As in kernels_predict_by_a_weighted_average; the correlation over the training points,
        averaged over 8 new inputs.
    Measure
        Correlation of weights and similarities, mean over new inputs.
    Tolerance
        At least .5, half of what proportion would give; similarities to another new point have
        what two inputs share.
    Does not show
        That the most similar point decides.
    """
    theta, similarity = kernels(width, seeds, mlp, data)
    return correlation(weights(theta, similarity), similar(similarity)).mean(1)
