"""Interpolation of functions on a circle from evenly spaced points, exactly, by Fourier series.

A kernel of the angle alone has the waves as its eigenfunctions, and n even points mix those waves
only whose numbers differ by a multiple of n. So n small problems of one unknown each are left, and
no matrix is inverted, however ill-conditioned it would be.
"""

import math

import torch

from widthwise.models.kernels.spectrum import zonal_kernels
from widthwise.models.networks.randomness import uniform

WAVES = 6144
"""Of a series, positive and negative: 48 times as many as the most points of networks."""

HIDDEN = 16
"""Units in the last place of the largest eigenvalue below which one is taken for rounding."""


def numbers():
    """The numbers of the waves, in the order of the fast Fourier transform [waves]."""
    return torch.fft.fftfreq(WAVES, 1 / WAVES, dtype=torch.float64)


def network_modes(architecture):
    """Eigenvalues of Θ_∞ on the circle [waves], 0 where rounding hides them."""
    angles = 2 * math.pi * torch.arange(WAVES, dtype=torch.float64) / WAVES
    kernel = zonal_kernels(architecture, torch.minimum(angles, 2 * math.pi - angles)).tangent
    modes = torch.fft.fft(kernel).real / WAVES
    return modes.where(modes > HIDDEN * torch.finfo(modes.dtype).eps * modes.max(), 0)


def odd_series(power, at):
    """Σ over odd k of |k|^−power e^(ik(θ − at)): a zigzag for 2, steps' mirror image for 1."""
    k = numbers()
    size = torch.where(k.remainder(2) == 1, k.abs().clamp_min(1) ** -power, torch.zeros_like(k))
    return size * torch.exp(-1j * k * at)


def zigzag(at):
    """|θ| − π/2 continued periodically, its kinks at `at` and opposite, up to its size [waves]."""
    return odd_series(2, at)


def jumps(at):
    """A step up and a step down, up to its size [waves]."""
    return torch.sign(numbers()) * odd_series(1, at)


def between_points(seed, points):
    """A place between two of n even points, not within a fifth of their distance, by the seed."""
    return 2 * math.pi / points * (0.2 + 0.6 * float(uniform(seed, 1)))


def interpolate(modes, function, points):
    """The interpolant's series [waves], and its squared norm in the kernel's space.

    Waves that the kernel does not have are left out, as least squares does.
    """
    seen = function.reshape(-1, points).sum(0)
    own = modes.reshape(-1, points).sum(0)
    inverse = torch.where(own > 0, 1 / own.where(own > 0, 1), 0)
    series = modes * (seen * inverse).repeat(WAVES // points)
    return series, (seen.abs().square() * inverse).sum()


def relative_error(series, function):
    """RMS of the error over RMS of the function."""
    return (series - function).norm() / function.norm()
