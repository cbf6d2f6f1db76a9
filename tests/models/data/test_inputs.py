import pytest
import torch

from widthwise.models import boolean_cube, circle, grid


def test_rotating_a_circle_permutes_it():
    points = circle(12, dtype=torch.float64)
    torch.testing.assert_close(points.norm(dim=1), torch.full((12,), 2**0.5, dtype=torch.float64))
    gram = points @ points.T
    torch.testing.assert_close(gram, gram.roll((1, 1), (0, 1)), rtol=0, atol=4e-15)
    assert len(torch.unique(gram[0].round(decimals=9))) == 7


def test_grid_is_regular():
    points = grid(3, 2, low=0.0, high=2.0)
    assert points.tolist() == [[float(i), float(j)] for i in range(3) for j in range(3)]
    assert grid(5).shape == (5, 1)


def test_the_cube_has_every_point_once():
    points = boolean_cube(4)
    assert points.shape == (16, 4)
    assert len(torch.unique(points, dim=0)) == 16
    assert points[0].tolist() == [1, 1, 1, 1]
    assert points[1].tolist() == [1, 1, 1, -1]
    assert set(points.flatten().tolist()) == {-1.0, 1.0}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: circle(0), "n must be at least 1, not 0"),
        (lambda: grid(1), "at least 2 points per side, not 1"),
        (lambda: grid(3, low=1.0, high=1.0), "low 1.0 must be below high 1.0"),
        (lambda: boolean_cube(21), "1 … 20, not 21"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
