"""The theory of learning curves against regression itself."""

import pytest
import torch

from widthwise.models import kernel_regression
from widthwise.models.kernels.learning_curve import learning_curve

VALUES = torch.tensor([1.0, 0.3, 0.1, 0.02], dtype=torch.float64)
MANY = torch.tensor([1, 4, 10, 200], dtype=torch.float64)
TARGET = torch.tensor([0.2, 0.4, 0.3, 0.1], dtype=torch.float64)


def regression_on_gaussian_features(n, ridge, draws=300):
    """Squared errors by group of modes that are independent Gaussian numbers, by regression."""
    generator = torch.Generator().manual_seed(0)
    groups = torch.arange(4).repeat_interleave(MANY.long())
    values = VALUES[groups]
    features = torch.randn(draws, n, len(groups), generator=generator, dtype=torch.float64)
    v = torch.randn(draws, len(groups), generator=generator, dtype=torch.float64)
    v = v * (TARGET / MANY)[groups].sqrt()
    kernel = features * values @ features.mT
    modes = values * features
    answers = kernel_regression(kernel, modes.mT, (features @ v[:, :, None])[..., 0], ridge=ridge)
    squares = (answers - v).square().mean(0)
    return torch.stack([squares[groups == group].sum() for group in range(4)])


@pytest.mark.parametrize(("n", "ridge"), [(10, 0.0), (40, 0.0), (40, 1.0)])
def test_it_is_what_regression_on_gaussian_modes_does(n, ridge):
    curve = learning_curve(VALUES, MANY, TARGET, n, ridge=ridge)
    measured = regression_on_gaussian_features(n, ridge)
    torch.testing.assert_close(curve.modes, measured, rtol=0.12, atol=2e-3)
    assert curve.total == pytest.approx(float(curve.modes.sum()))


def test_the_threshold_solves_its_equation():
    curve = learning_curve(VALUES, MANY, TARGET, 20, ridge=0.5)
    learned = (MANY * VALUES / (VALUES + curve.threshold)).sum()
    assert float(learned) + 0.5 / curve.threshold == pytest.approx(20)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="one number per group"):
        learning_curve(VALUES, MANY[:2], TARGET, 4, ridge=0)
    with pytest.raises(ValueError, match="negative"):
        learning_curve(-VALUES, MANY, TARGET, 4, ridge=0)
    with pytest.raises(ValueError, match="more than 300 modes"):
        learning_curve(VALUES, MANY, TARGET, 300, ridge=0)
