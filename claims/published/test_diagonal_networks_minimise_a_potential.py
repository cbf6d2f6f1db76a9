"""A network of two layers without mixing, β = u² − v²: what gradient descent chooses."""

import torch

from widthwise.harness import Bounded, Control, Over, Source, claim
from widthwise.models.networks.randomness import generator_of

SEEN, FEATURES, RELEVANT = 16, 32, 4
RATE, STEPS, FITTED = 0.01, 5000, 1e-2


def sparse_regression(seeds):
    """Inputs [S, n, d] and targets of four of the features [S, n], float64."""
    x, y = [], []
    for seed in seeds:
        generator = generator_of(seed)
        own = torch.randn(SEEN, FEATURES, generator=generator, dtype=torch.float64) / SEEN**0.5
        beta = torch.randn(RELEVANT, generator=generator, dtype=torch.float64)
        x.append(own)
        y.append(own[:, :RELEVANT] @ beta)
    return torch.stack(x), torch.stack(y)


def learned(x, y, scale):
    """β = u² − v² after gradient descent on ½‖Xβ − y‖² from u = v = α [S, d].

    Raises:
        RuntimeError: the targets are not fitted.
    """
    u = torch.full((len(x), FEATURES), scale, dtype=x.dtype)
    v = u.clone()
    for _ in range(STEPS):
        along = (x.mT @ ((x @ (u.square() - v.square())[..., None])[..., 0] - y)[..., None])[..., 0]
        u, v = u * (1 - 2 * RATE * along), v * (1 + 2 * RATE * along)
    beta = u.square() - v.square()
    left = ((x @ beta[..., None])[..., 0] - y).norm(dim=1) / y.norm(dim=1)
    if not bool((left < FITTED).all()):
        raise RuntimeError(f"after {STEPS} steps {float(left.max()):.1e} of the targets are left")
    return beta


def of_the_start(scale):
    """The scale itself."""
    return scale


def twice_the_start(scale):
    """Twice the scale."""
    return 2 * scale


@claim(
    provenance="background",
    source=Source(
        "Woodworth et al. 2020 (Kernel and rich regimes in overparametrized models)",
        "the theorem on the depth-2 model, as lecture notes restate it: Q_α with "
        "q(z) = 2 − √(4 + z²) + z arcsinh(z/2)",
    ),
    references=("the optimality conditions of a convex problem under linear constraints",),
    prediction=Bounded(high=0.02),
    control=Control("The potential of twice the scale is another.", potential_of=twice_the_start),
    over=Over("scale", (1.0, 0.5, 0.25)),
    seeds_of="sparse regressions",
)
def test_diagonal_networks_minimise_a_potential(scale, seeds, potential_of=of_the_start):
    """β = u² − v² trained from u = v = α is the fit of the least Q_α, between an L2 and an L1 norm.

    Statement
        Gradient flow from u = v = α ends at the interpolant with the least
        Q_α(β) = α² Σ q(β_i/α²), q(z) = 2 − √(4 + z²) + z arcsinh(z/2): at large α that of least L2
        norm, at small α that of least L1 norm.
    Setting
        16 samples of 32 features, four of which make the targets; inputs and coefficients drawn for
        every seed, float64. Gradient descent at small steps from α = 1, ½ and ¼ until 1% of the
        targets is left, asserted. Q is convex, so that β is its minimum exactly where its gradient,
        ½ arcsinh(β/2α²), is a combination of the inputs; no other minimisation is needed.
    Measure
        The share of the gradient of Q_α that is no combination of the inputs.
    Tolerance
        At most .02 at each α. Steps of .01 leave .1% to .5%; the rival, Q of twice the scale, 8% at
        α = ½ and more below; the L2 norm 9% and the L1 norm a half.
    Does not show
        Deeper networks, whose potential is another, or units that mix the features.
    """
    x, y = sparse_regression(seeds)
    gradient = (learned(x, y, scale) / (2 * potential_of(scale) ** 2)).asinh()
    along = (torch.linalg.pinv(x) @ (x @ gradient[..., None]))[..., 0]
    return (gradient - along).norm(dim=1) / gradient.norm(dim=1)
