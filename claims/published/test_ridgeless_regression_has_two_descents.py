"""Least squares of least norm with fewer features than data, and with more."""

import pytest
import torch
from torch.nn.functional import normalize

from widthwise.harness import (
    Bounded,
    Control,
    Correction,
    Limit,
    LowestAt,
    Over,
    PowerLaw,
    Source,
    claim,
)
from widthwise.models.networks.randomness import generator_of

HASTIE = "Hastie, Montanari, Rosset & Tibshirani 2022 (arXiv 1903.08560)"
BELKIN = "Belkin, Hsu & Xu 2020 (arXiv 1903.07571)"
SEEN_FEW, ALL_FEATURES, DRAWS, NOISE = 16, 64, 1024, 0.5
CHOSEN = Over("features", (4, 8, 24, 48))
SEEN, FEWER_DRAWS, DIRECTIONS = 64, 48, 16
BEYOND = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Features per sample, less one."""


def gaussian(*shape, generator):
    """Independent N(0, 1) numbers."""
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def signs(*shape, generator):
    """Independent ±1."""
    return 2.0 * torch.randint(0, 2, shape, generator=generator, dtype=torch.float64) - 1


def least_norm(x, y):
    """The shortest of the least squares' solutions [..., p], by the smaller Gram matrix."""
    n, p = x.shape[-2:]
    if p <= n:
        return torch.linalg.solve(x.mT @ x, (x.mT @ y[..., None]))[..., 0]
    return (x.mT @ torch.linalg.solve(x @ x.mT, y[..., None]))[..., 0]


def of_finite_samples(chosen, left, n, p):
    """Risk by ‖β_T‖², and ‖β_C‖² + σ², of p chosen features; exact for Gaussian ones."""
    if p < n:
        return left * (1 + p / (n - p - 1))
    return chosen * (1 - n / p) + left * (1 + n / (p - n - 1))


def of_many_samples(chosen, left, n, p):
    """The limit of it, at a fixed number of features per sample."""
    return left * n / (n - p) if p < n else beyond(chosen, left, p / n)


def beyond(chosen, left, ratio):
    """The limit with more features than samples."""
    return chosen * (1 - 1 / ratio) + left * (1 + 1 / (ratio - 1))


def risks(seeds):
    """Means of ‖β_T‖², of ‖β_C‖² + σ² and of the risk, over draws of 16 samples [S, rungs, 3]."""
    return {"means": torch.stack([_risks_of(seed) for seed in seeds])}


def _risks_of(seed):
    generator = generator_of(seed)
    x = gaussian(DRAWS, SEEN_FEW, ALL_FEATURES, generator=generator)
    beta = gaussian(DRAWS, ALL_FEATURES, generator=generator) / ALL_FEATURES**0.5
    y = (x @ beta[..., None])[..., 0] + NOISE * gaussian(DRAWS, SEEN_FEW, generator=generator)
    found = []
    for features in CHOSEN.rungs:
        chosen = beta[:, :features]
        left = beta[:, features:].square().sum(1) + NOISE**2
        off = (least_norm(x[..., :features], y) - chosen).square().sum(1)
        found.append(torch.stack((chosen.square().sum(1), left, off + left), 1).mean(0))
    return torch.stack(found)


@claim(
    provenance="background",
    source=Source(
        BELKIN, "the theorem on the Gaussian model, as Lafon & Thomas 2021, part 3, restate it"
    ),
    references=("Lafon & Thomas 2021 (Deep double descent explained, part 3)",),
    prediction=Bounded(0.97, 1.03),
    control=Control("The limit of many samples is not what 16 have.", formula=of_many_samples),
    over=CHOSEN,
    seeds_of="regressions on few samples",
)
def test_risk_of_few_samples_is_exact(features, seeds, shared, formula=of_finite_samples):
    """Least squares on few Gaussian samples has a risk that is a fraction of their numbers.

    Statement
        Let s = ‖β_C‖² + σ² be what the features that are not chosen, and the noise, add. Least
        squares of least norm on p features T has the risk s(1 + p/(n − p − 1)) for p ≤ n − 2, and
        ‖β_T‖²(1 − n/p) + s(1 + n/(p − n − 1)) for p ≥ n + 2.
    Setting
        16 samples of 64 independent Gaussian features, 4 to 48 of them chosen, σ = ½; coefficients,
        samples and noise are drawn anew, 1024 times for every seed.
    Measure
        The mean risk over the mean of the formula.
    Tolerance
        ±.03 at every p. The rival, the limit of many samples, is 7% less at p = 8 and 9% less at
        p = 24.
    Does not show
        Other features than Gaussian ones; p within 2 of n, where the mean risk is infinite.
    """
    run = shared(risks, seeds=seeds)
    chosen, left, measured = run["means"][:, CHOSEN.rungs.index(features)].T
    return measured / formula(chosen, left, SEEN_FEW, features)


def out_of_sample(ratio):
    """Excess risk over σ² = ‖β‖² = 1 by features per sample, on new inputs."""
    return ratio / (1 - ratio) if ratio < 1 else (1 - 1 / ratio) + 1 / (ratio - 1)


def in_sample(ratio):
    """The same on the inputs that were seen."""
    return min(ratio, 1.0)


@claim(
    provenance="background",
    source=Source(HASTIE, "the theorem on isotropic features, as lecture notes restate it"),
    references=(BELKIN,),
    prediction=Limit(1, tolerance=0.1, rate=1, correction=0.05),
    control=Control("On the inputs that were seen the risk is another.", formula=in_sample),
    over=Over("samples", (32, 64, 128, 256), quick=3),
    seeds_of="ridgeless regressions",
)
@pytest.mark.parametrize("draw", [gaussian, signs], ids=["gaussian", "signs"])
@pytest.mark.parametrize("ratio", [0.5, 2.0])
def test_ridgeless_risk_is_known_on_both_sides(samples, seeds, draw, ratio, formula=out_of_sample):
    """Ridgeless regression has one risk with fewer features than data, another with more.

    Statement
        With γ = p/n features per sample, independent and of any law with four moments, the excess
        risk tends to σ²γ/(1 − γ) for γ < 1, and to r²(1 − 1/γ) + σ²/(γ − 1) for γ > 1, r = ‖β‖.
    Setting
        γ = ½ and 2, σ = r = 1, features Gaussian or ±1, coefficients in a random direction, all
        drawn for every seed, 4096/n times.
    Measure
        Excess risk over the formula.
    Tolerance
        ±.1, after the 1/n of finite samples: n/(p − n − 1) for 1/(γ − 1). The rivals are the risk
        on the inputs that were seen, σ²γ and σ², half and two thirds of it.
    Does not show
        Correlated features.
    """
    found = []
    for seed in seeds:
        generator, features = generator_of(seed), round(ratio * samples)
        times = 4096 // samples
        x = draw(times, samples, features, generator=generator)
        beta = normalize(gaussian(times, features, generator=generator), dim=1)
        y = (x @ beta[..., None])[..., 0] + gaussian(times, samples, generator=generator)
        found.append((least_norm(x, y) - beta).square().sum(1).mean() / formula(ratio))
    return torch.stack(found)


def bias_and_variance(seeds):
    """What is missed of β over ‖β‖², and what noise adds over σ², beyond the threshold [S, grid].

    The latter is the mean over noise, the sum of the inverse eigenvalues of the Gram matrix.
    """
    bias, variance = [], []
    for seed in seeds:
        generator = generator_of(seed)
        most = round((1 + BEYOND[-1]) * SEEN)
        x = gaussian(FEWER_DRAWS, SEEN, most, generator=generator)
        beta = gaussian(FEWER_DRAWS, DIRECTIONS, most, generator=generator)
        parts = [_parts(x, beta, round((1 + more) * SEEN)) for more in BEYOND]
        bias.append(torch.stack([part[0] for part in parts]))
        variance.append(torch.stack([part[1] for part in parts]))
    return {"bias": torch.stack(bias), "variance": torch.stack(variance)}


def _parts(x, beta, features):
    x = x[..., :features]
    beta = normalize(beta[..., :features], dim=2)
    inverse = torch.linalg.inv(x @ x.mT)
    seen = beta @ x.mT
    missed = 1 - (seen @ inverse * seen).sum(2)
    return missed.mean(), inverse.diagonal(dim1=1, dim2=2).sum(1).mean()


def squared(root):
    """The signal-to-noise ratio of its root."""
    return root**2


def itself(root):
    """The root taken for the ratio."""
    return root


@claim(
    provenance="background",
    source=Source(
        HASTIE,
        "the discussion of the limiting risk, its minimum at γ = √SNR/(√SNR − 1), as lecture notes "
        "restate it",
    ),
    references=(BELKIN,),
    prediction=PowerLaw(
        -1, tolerance=0.06, correction=Correction(1, (0.006, 0.0095)), statistic=LowestAt(BEYOND)
    ),
    control=Control("The root of the signal-to-noise ratio is not the ratio.", ratio=itself),
    over=Over("excess", (4.0, 2.0, 1.0, 0.5), reference=0.5),
    seeds_of="ridgeless regressions beyond the threshold",
)
def test_best_number_of_features_follows_the_noise(excess, seeds, shared, ratio=squared):
    """Beyond the threshold, ridgeless regression is best at a number of features that noise sets.

    Statement
        With ρ = r/σ > 1, the root of the signal-to-noise ratio, the risk at more features than
        samples has its minimum at γ = ρ/(ρ − 1) features per sample: at γ − 1 = ε^−1 for
        ρ = 1 + ε.
    Setting
        64 samples, 72 to 576 Gaussian features; features drawn 48 times for every seed, 16
        directions of coefficients each, the risk averaged over the noise. ρ from 1.5 to 5.
    Measure
        γ − 1 at the lowest point of the mean risk.
    Tolerance
        ±.06, a third of the way to the rival −.82, which ρ² taken for ρ gives here. The best number
        of features is (n + 1)ρ/(ρ − 1), so that γ − 1 is 1/ε times 1 + ε/(n + 1) beside a
        constant: d = .0077 at ε = ½, known to a quarter.
    Does not show
        That it is better than a ridge.
    """
    run = shared(bias_and_variance, seeds=seeds)
    return ratio(1 + excess) * run["bias"] + run["variance"]
