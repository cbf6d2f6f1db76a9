import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from widthwise.models import Dataset, digits, mnist, sphere
from widthwise.models.data.images import at_half_resolution


@settings(deadline=None)
@given(n=st.integers(1, 20), dim=st.integers(1, 30), seed=st.integers(0, 2**32))
def test_sphere_has_radius_root_d_and_labels_of_sign(n, dim, seed):
    data = sphere(n, 3, dim, seed=seed)
    assert data.x.shape == (n + 3, dim)
    torch.testing.assert_close(data.x.norm(dim=1), torch.full((n + 3,), dim**0.5))
    assert set(data.y_train.tolist()) <= {-1.0, 1.0}
    again = sphere(n, 3, dim, seed=seed)
    assert torch.equal(data.x, again.x)
    assert torch.equal(data.y_test, again.y_test)


def test_sphere_is_uniform_and_its_labels_are_balanced():
    data = sphere(4000, 1, 3, seed=5)
    assert bool((data.x_train.mean(0).abs() < 5 / 4000**0.5).all())
    moments = data.x_train.T @ data.x_train / 4000
    assert bool((moments - torch.eye(3)).abs().max() < 5 / 4000**0.5)
    assert abs(float(data.y_train.mean())) < 5 / 4000**0.5
    assert not torch.equal(data.x_train, sphere(4000, 1, 3, seed=6).x_train)


def test_a_sphere_of_another_radius():
    torch.testing.assert_close(sphere(4, 1, 9, radius=1.0).x.norm(dim=1), torch.ones(5))


def test_two_digits():
    data = digits((3, 8), n_train=50, n_test=30)
    assert (data.input_dim, data.output_dim) == (64, 1)
    torch.testing.assert_close(data.x.norm(dim=1), torch.full((80,), 8.0))
    assert float(data.y_train.sum()) == 0
    assert float(data.y_test.sum()) == 0
    assert set(data.y_train.tolist()) == {-1.0, 1.0}
    again = digits((3, 8), n_train=50, n_test=30)
    assert torch.equal(data.x, again.x)
    assert not torch.equal(data.x, digits((3, 8), n_train=50, n_test=30, seed=1).x)


def test_ten_digits_are_centred_one_hot_and_stratified():
    data = digits(range(10), n_train=200, n_test=100)
    assert data.output_dim == 10
    torch.testing.assert_close(data.y_train.sum(0), torch.zeros(10), atol=1e-5, rtol=0)
    torch.testing.assert_close(data.y_train.sum(1), torch.zeros(200), atol=1e-6, rtol=0)
    assert set(data.y_train.argmax(1).bincount().tolist()) == {20}
    assert set(data.y_test.argmax(1).bincount().tolist()) == {10}


def test_digits_are_learnable_and_never_overlap():
    data = digits((0, 1), n_train=100, n_test=100)
    distance = torch.cdist(data.x_test, data.x_train)
    assert float(distance.min()) > 1e-3
    nearest = data.y_train[distance.argmin(1)]
    assert float((nearest == data.y_test).float().mean()) > 0.97


def test_mnist_is_scaled_centred_and_learnable():
    data = mnist((3, 5), n_train=400, n_test=200)
    assert (data.input_dim, data.output_dim) == (784, 1)
    torch.testing.assert_close(data.x.norm(dim=1), torch.full((600,), 28.0))
    assert float(data.y_test.sum()) == 0
    nearest = data.y_train[torch.cdist(data.x_test, data.x_train).argmin(1)]
    assert float((nearest == data.y_test).float().mean()) > 0.9


def test_more_training_points_extend_fewer_and_keep_the_test_points():
    few, many = digits(n_train=20, n_test=40), digits(n_train=60, n_test=40)
    assert torch.equal(many.x_train[:20], few.x_train)
    assert torch.equal(many.x_test, few.x_test)


def test_at_half_resolution_a_pixel_is_the_mean_of_four():
    data = digits((0, 1), n_train=3, n_test=2)
    small = at_half_resolution(data)
    for image, halved in zip(data.x, small.x, strict=True):
        pixels = image.view(8, 8)
        means = torch.stack(
            [
                pixels[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].mean()
                for i in range(4)
                for j in range(4)
            ]
        )
        torch.testing.assert_close(halved, 4 * means / means.norm())
    assert torch.equal(small.y_train, data.y_train)
    assert torch.equal(small.y_test, data.y_test)


def test_to_converts_everything():
    data = sphere().to(dtype=torch.float64)
    assert {t.dtype for t in (data.x, data.y_train, data.y_test)} == {torch.float64}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sphere(0), "n_train must be at least 1, not 0"),
        (lambda: sphere(dim=0), "dim must be at least 1, not 0"),
        (lambda: sphere(radius=-1.0), "radius must be positive, not -1.0"),
        (lambda: digits((1,)), "two different digits"),
        (lambda: digits((1, 1)), "two different digits"),
        (lambda: digits((1, 10)), "two different digits"),
        (lambda: at_half_resolution(sphere(dim=15)), "square images .*, not 15 inputs of sphere"),
        (lambda: at_half_resolution(sphere(dim=9)), "even number of pixels, not 9 inputs"),
        (lambda: digits(n_train=300, n_test=100), "356 images in balance, not .* = 400"),
        (
            lambda: Dataset(
                torch.zeros(3, 2), torch.zeros(4), torch.zeros(1, 2), torch.zeros(1), "odd"
            ),
            r"train inputs \[3, 2\] and targets \[4\] of odd do not fit",
        ),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
