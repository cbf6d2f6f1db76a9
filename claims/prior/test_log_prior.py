"""The log prior of a set of labels, as printed and as it is, and the labels it likes best."""

import math

import pytest
import torch
from torch.distributions import MultivariateNormal

from widthwise.harness import Bounded, Control, Identity, Source, Verdict, WidthList, claim
from widthwise.models import erf, kernel_regression, tangent_kernel

POST = "Neural Tangent Kernel Distillation"
EIGENMODES = Source(
    POST, "the section on kernel eigenmodes and its footnote with the full derivation"
)
MULTIVARIATE = "Rasmussen & Williams 2006, equation (2.30): the Gaussian's density"
POINTS, NEW = 16, 8
EPS = torch.finfo(torch.float64).eps

ON = pytest.mark.parametrize("data", ["random_labels", "odd_digits"], indirect=True)


def kernel_and_labels(width, seeds, mlp, data):
    """Kernels of networks on training inputs and then new ones [S, n + m, n + m], and labels."""
    drawn = data(seeds).to(dtype=torch.float64)
    x = torch.cat((drawn.x_train[:, :POINTS], drawn.x_test[:, :NEW]), 1)
    y = torch.cat((drawn.y_train[:, :POINTS], drawn.y_test[:, :NEW]), 1)
    network = mlp(
        width, seeds, input_dim=drawn.input_dim, activation=erf, sigma_w=2.0, dtype=x.dtype
    )
    return tangent_kernel(network, x), y


def as_it_is(kernel, y):
    """−½ Σ (v_i·Y)²/λ_i − ½ Σ log λ_i − n/2 log 2π."""
    return of_modes(kernel, y, power=-1, dimensions=y.shape[1])


def with_eigenvalues_for_inverses(kernel, y):
    """−½ Σ (v_i·Y)² λ_i, as printed, and the right constant."""
    return of_modes(kernel, y, power=1, dimensions=y.shape[1])


def with_one_dimension_of_volume(kernel, y):
    """1/λ_i, and log √(2π det H) for the constant, as printed."""
    return of_modes(kernel, y, power=-1, dimensions=1)


def of_modes(kernel, y, power, dimensions):
    """A log prior from the eigenvectors and eigenvalues of H [S]."""
    values, vectors = torch.linalg.eigh(kernel)
    along = (y[:, None] @ vectors)[:, 0]
    constant = values.log().sum(1) + dimensions * math.log(2 * math.pi)
    return -0.5 * ((along.square() * values**power).sum(1) + constant)


def of_the_gaussian(kernel, y):
    """Log of the density of N(0, H) at Y, by a library [S]."""
    return MultivariateNormal(torch.zeros_like(y), kernel).log_prob(y)


def rounding_of_log_prior(kernel, y):
    """What rounding does to a log density: a solve, and the logarithms of n eigenvalues [S]."""
    condition = torch.linalg.cond(kernel)
    quadratic = (y[:, None] @ torch.linalg.solve(kernel, y[:, :, None]))[:, 0, 0]
    return 4 * EPS * condition * (quadratic + y.shape[1])


def error(width, seeds, mlp, data, form):
    """How far a form is from the Gaussian's density, in units of rounding."""
    kernel, y = kernel_and_labels(width, seeds, mlp, data)
    return (form(kernel, y) - of_the_gaussian(kernel, y)).abs() / rounding_of_log_prior(kernel, y)


@claim(
    provenance="made",
    source=EIGENMODES,
    references=(MULTIVARIATE,),
    prediction=Identity(tolerance=1),
    expect=Verdict.REFUTED,
    control=Control("With 1/λ_i it is the density.", form=as_it_is),
    over=WidthList((64, 256)),
)
@ON
def test_log_prior_as_printed(width, seeds, mlp, data, form=with_eigenvalues_for_inverses):
    """The log prior of labels is −½ Σ (v_i·Y)² λ_i − log C.

    Statement
        The log density of Y ~ N(0, H) is −½ Σ (v_i·Y)² λ_i less a constant, with eigenvectors v_i
        and eigenvalues λ_i of the kernel matrix H, as the post and its footnote print it.
    Correction
        The footnote has D⁻¹, and loses the −1 when it writes entries: it is (v_i·Y)²/λ_i, as in
        log_prior_divides_by_the_eigenvalues. As printed, the prior likes labels along the last
        modes best, noise rather than smooth functions (printed_prior_likes_the_opposite).
    Setting
        float64; the tangent kernels of two hidden layers of erf with σ_w = 2, on 24 points drawn
        for every seed, with random labels or images with the parity of their digit; against a
        library's multivariate normal density. The constant is the right one.
    Measure
        Error of the formula, in units of what rounding allows.
    Tolerance
        An identity: the error is stated in units of 4·eps·κ·(YᵀH⁻¹Y + n), κ the condition number.
    Does not show
        That the post's words are wrong: it says that large eigenvalues are preferred.
    """
    return error(width, seeds, mlp, data, form)


@claim(
    provenance="made",
    source=Source(POST, "the section on the prior over data, its constant C"),
    references=(MULTIVARIATE,),
    prediction=Identity(tolerance=1),
    expect=Verdict.REFUTED,
    control=Control("With (2π)^n it is the density.", form=as_it_is),
    over=WidthList((64, 256)),
)
@ON
def test_log_prior_constant_as_printed(width, seeds, mlp, data, form=with_one_dimension_of_volume):
    """The prior over labels is divided by √(2π det H).

    Statement
        Read to the letter, the density of n labels has the constant √(2π det H).
    Correction
        √((2π)^n det H), as in log_prior_divides_by_the_eigenvalues; the same if the printed
        formula is read as det 2πH under the root. It is the same for all labels, and changes no
        comparison of labels for the same inputs.
    Setting
        As in log_prior_as_printed, with 1/λ_i in its place.
    Measure
        Error of the formula, in units of what rounding allows.
    Tolerance
        An identity, as there; the printed constant is off by (n − 1)/2 · log 2π = 21.
    Does not show
        That anything in the post depends on it.
    """
    return error(width, seeds, mlp, data, form)


@claim(
    provenance="implied",
    source=EIGENMODES,
    references=(MULTIVARIATE,),
    prediction=Identity(tolerance=1),
    control=Control("λ_i, as printed.", form=with_eigenvalues_for_inverses),
    over=WidthList((64, 256)),
)
@ON
def test_log_prior_divides_by_the_eigenvalues(width, seeds, mlp, data, form=as_it_is):
    """The log prior of labels is −½ Σ (v_i·Y)²/λ_i − ½ Σ log λ_i − n/2 · log 2π.

    Statement
        Labels cost what they have along each eigenvector over its eigenvalue: the prior
        likes modes of large eigenvalues.
    Setting
        As in log_prior_as_printed.
    Measure
        Error of the formula, in units of what rounding allows.
    Tolerance
        An identity, as there.
    Does not show
        That trained networks are draws from this prior's posterior: they are not
        (ensembles_have_a_law_of_their_own).
    """
    return error(width, seeds, mlp, data, form)


def of_the_prior(kernel, y):
    """The labels of the new points that the density of all labels is largest at [S, m]."""
    precision = torch.linalg.inv(kernel)
    n = kernel.shape[1] - NEW
    right = precision[:, n:, :n] @ y[:, :n, None]
    return -torch.linalg.solve(precision[:, n:, n:], right)[:, :, 0]


def of_the_printed_prior(kernel, y):
    """The same with λ_i for 1/λ_i, so that H stands where its inverse does [S, m]."""
    n = kernel.shape[1] - NEW
    return -torch.linalg.solve(kernel[:, n:, n:], kernel[:, n:, :n] @ y[:, :n, None])[:, :, 0]


def regression(kernel, y):
    """Θ(x, X) Θ(X, X)⁻¹ Y on the new points [S, m]."""
    n = kernel.shape[1] - NEW
    return kernel_regression(kernel[:, :n, :n], kernel[:, n:, :n], y[:, :n])


@claim(
    provenance="made",
    source=Source(
        POST, "the section on kernel eigenmodes, on the test labels of the highest prior"
    ),
    references=("Rasmussen & Williams 2006, appendix A.2: conditioning a Gaussian",),
    prediction=Identity(tolerance=1),
    control=Control("With λ_i as printed, other labels are likeliest.", best=of_the_printed_prior),
    over=WidthList((64, 256)),
)
@ON
def test_highest_prior_labels_are_kernel_regression(width, seeds, mlp, data, best=of_the_prior):
    """The test labels of highest prior, given the training labels, are kernel regression.

    Statement
        Of all labels of the test inputs, those that maximise log p of training and test labels
        together are Θ(x, X) Θ(X, X)⁻¹ Y: where training the linearised network from 0 ends.
    Setting
        As in log_prior_as_printed: 16 labels are given and 8 sought, jointly. One side solves with
        the inverse of the whole kernel, the other with the kernel of the training inputs.
    Measure
        The largest distance of the two, in units of what rounding allows.
    Tolerance
        An identity: in units of 4·n·eps·κ·‖Y‖, κ the condition number of the whole kernel.
    Does not show
        That a network started at f_0 ≠ 0 generalises so (linearised_training_is_kernel_regression
        has f_0).
    """
    kernel, y = kernel_and_labels(width, seeds, mlp, data)
    allowed = 4 * POINTS * EPS * torch.linalg.cond(kernel) * y.norm(dim=1)
    return (best(kernel, y) - regression(kernel, y)).abs().amax(1) / allowed


def agreement(width, seeds, mlp, data, best):
    """Cosine, over new points each added alone, of the likeliest label and the regression's."""
    kernel, y = kernel_and_labels(width, seeds, mlp, data)
    answers = []
    for new in range(NEW):
        chosen = [*range(POINTS), POINTS + new]
        one = kernel[:, chosen][:, :, chosen]
        answers.append((best(one, y), regression_of_one(one, y)))
    found, right = (torch.stack(answer, 1) for answer in zip(*answers, strict=True))
    return torch.nn.functional.cosine_similarity(found, right, dim=1)


def regression_of_one(kernel, y):
    """Kernel regression at a point that comes last [S]."""
    return kernel_regression(
        kernel[:, :POINTS, :POINTS], kernel[:, POINTS:, :POINTS], y[:, :POINTS]
    )[:, 0]


def printed_peak(kernel, y):
    """The likeliest label of one new point with λ_i for 1/λ_i: −Θ(x, X)Y/Θ(x, x) [S]."""
    weighted = (kernel[:, POINTS, :POINTS] * y[:, :POINTS]).sum(1)
    return -weighted / kernel[:, POINTS, POINTS]


@claim(
    provenance="implied",
    source=EIGENMODES,
    references=(MULTIVARIATE,),
    prediction=Bounded(high=-0.3),
    control=Control("With 1/λ_i they are the regression's.", best=regression_of_one),
    over=WidthList((64, 256)),
)
@pytest.mark.parametrize("data", ["random_labels"], indirect=True)
def test_printed_prior_likes_the_opposite(width, seeds, mlp, data, best=printed_peak):
    """With λ_i for 1/λ_i, the likeliest labels of new points are opposite to the regression's.

    Statement
        −½ Σ (v_i·Y)² λ_i is −½ YᵀΘY, which is largest, for one new point, at
        −Θ(x, X)Y/Θ(x, x): over random labels this is anticorrelated with Θ(x, X)Θ(X, X)⁻¹Y
        at every point, as −hᵀΘ⁻¹h < 0 with h = Θ(X, x).
    Setting
        As in log_prior_as_printed, on random labels; the cosine, over 8 new points each added
        alone, of the likeliest labels and those of kernel regression.
    Measure
        Cosine of the likeliest labels by the printed formula and of those of kernel regression.
    Tolerance
        At most −.3; the rival, formulas that have nothing to do with each other, has 0. Over
        labels the cosine at one point is −hᵀΘ⁻¹h/(‖h‖·‖Θ⁻¹h‖), at most −2√κ/(κ + 1) by
        Kantorovich's inequality: −.38 where the condition number κ is 25.
    Does not show
        That the authors' notebook computed this: only the printed formula is known.
    """
    return agreement(width, seeds, mlp, data, best)
