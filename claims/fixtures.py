"""Fixtures that supply models and data sets to every claim, in any repository.

Registered as a pytest plugin, so a claim file needs no conftest. What is heavy is
imported when a fixture is first used, because pytest loads this module always.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from torch import Tensor

    from widthwise.harness.engines.engine import Devices
    from widthwise.harness.measuring.progress import Costs
    from widthwise.models import CNN, MLP, Dataset, Network


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where to measure."""
    parser.getgroup("widthwise", "claims about wide networks").addoption(
        "--device",
        default="auto",
        metavar="auto|cpu|cuda:N",
        help="where to measure (default: auto, a GPU where there is one)",
    )
    from .coordinates import options  # light: torch comes in with the first network

    options.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a device that is not there before anything is collected."""
    if config.getoption("--device") not in ("auto", "cpu"):
        _device(config)


def pytest_widthwise_device(config: pytest.Config) -> str:
    """The kind of device the models run on."""
    from widthwise.models.networks.device import device_kind

    return device_kind(_device(config))


def pytest_widthwise_devices(config: pytest.Config) -> Devices:
    """The GPUs that workers share out, or the CPU."""
    from widthwise.harness.engines.engine import Devices
    from widthwise.models.networks.device import device_kind, visible_gpus

    device = _device(config)
    if device == "cpu":
        return Devices(kind=functools.partial(device_kind, device))
    if device != "cuda:0":
        raise pytest.UsageError(
            f"--device {device}: with an engine each worker sees one GPU, as cuda:0; pass "
            "--device auto and choose among GPUs by CUDA_VISIBLE_DEVICES"
        )
    return Devices(visible_gpus(), functools.partial(device_kind, device))


def pytest_widthwise_costs() -> Costs:
    """What the claims of this package cost where they were measured last, at quick effort."""
    from widthwise.harness.measuring.costs import FILE, read_costs

    return read_costs(Path(__file__).parent / FILE)


def _device(config: pytest.Config) -> str:
    from widthwise.models.networks.device import resolve_device

    try:
        return resolve_device(str(config.getoption("--device")))
    except ValueError as error:
        raise pytest.UsageError(f"--device: {error}") from None


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest) -> str:
    """The device that `--device` chose, e.g. "cpu" or "cuda:0"."""
    import torch

    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    torch.set_num_threads(max(1, torch.get_num_threads() // workers))
    torch.backends.cudnn.allow_tf32 = False  # convolutions round to float32, as products do
    return _device(request.config)


@pytest.fixture(scope="session")
def mlp(device: str) -> Callable[..., MLP]:
    """Makes networks on the chosen device; takes what `MLP.initialise` takes."""
    from widthwise.models import MLP

    return functools.partial(MLP.initialise, device=device)


@pytest.fixture(scope="session")
def resnet(device: str) -> Callable[..., Network]:
    """Makes residual networks; takes what `residual_networks` takes."""
    from widthwise.models import residual_networks

    return functools.partial(residual_networks, device=device)


@pytest.fixture(scope="session")
def transformer(device: str) -> Callable[..., Network]:
    """Makes transformers; takes what `transformers` takes."""
    from widthwise.models import transformers

    return functools.partial(transformers, device=device)


@pytest.fixture(scope="session")
def ensemble(device: str) -> Callable[..., Network]:
    """Makes networks of anybody's own `torch.nn.Module`; takes what `models.ensemble` takes."""
    from widthwise.models import ensemble

    return functools.partial(ensemble, device=device)


@pytest.fixture(scope="session")
def wide_mlp(device: str) -> Callable[..., Network]:
    """Makes networks whose hidden matrices are never drawn, or an `MLP` where that is cheaper.

    The law is the same; takes what `MLP.initialise` takes.
    """
    from widthwise.models import AnyWidth

    return AnyWidth(device)


@pytest.fixture(scope="session")
def cnn(device: str) -> Callable[..., CNN]:
    """Makes convolutional networks on the chosen device; takes what `CNN.initialise` takes."""
    from widthwise.models import CNN

    return functools.partial(CNN.initialise, device=device)


@pytest.fixture(scope="session")
def model(request: pytest.FixtureRequest) -> Any:
    """The networks a claim names with `parametrize("model", ["mlp", "cnn"], indirect=True)`."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def sphere(device: str) -> Dataset:
    """16 + 16 points on the sphere of radius √16 with random ±1 labels."""
    from widthwise.models import sphere

    return sphere().to(device=device)


@pytest.fixture(scope="session")
def digits(device: str) -> Dataset:
    """16 + 16 images of handwritten zeros and ones, 8×8, labelled ±1, at radius √64."""
    from widthwise.models import digits

    return digits(classes=(0, 1), n_train=16, n_test=16).to(device=device)


@pytest.fixture(scope="session")
def small_digits(device: str) -> Dataset:
    """4 + 4 of the images of `digits` at half their resolution, 4×4, at radius √16."""
    from widthwise.models import digits
    from widthwise.models.data.images import at_half_resolution

    return at_half_resolution(digits(classes=(0, 1), n_train=4, n_test=4)).to(device=device)


@pytest.fixture(scope="session")
def ten_digits(device: str) -> Dataset:
    """50 + 50 images of all ten handwritten digits, targets one-hot minus 1/10, radius √64."""
    from widthwise.models import digits

    return digits(classes=range(10), n_train=50, n_test=50).to(device=device)


@pytest.fixture(scope="session")
def mnist(device: str) -> Dataset:
    """50 + 50 of MNIST's 28×28 images of all ten digits, one-hot minus 1/10, radius √784."""
    from widthwise.models import mnist

    return mnist(classes=range(10), n_train=50, n_test=50).to(device=device)


@pytest.fixture(scope="session")
def parity(device: str) -> Dataset:
    """32 + 32 points of {±1}^16, labelled by the product of their first two coordinates."""
    from widthwise.models import parity

    return parity(16, 2, 32, 32).to(device=device)


@pytest.fixture(scope="session")
def single_index(device: str) -> Dataset:
    """32 + 32 points in 16 dimensions with the target He_2(u)/√2 of one hidden direction u."""
    from widthwise.models import hidden_directions, index_model

    def link(u: Tensor) -> Tensor:
        return (u[:, 0].square() - 1) / 2**0.5

    return index_model(link, hidden_directions(16, 1), 32, 32).to(device=device)


@pytest.fixture(scope="session")
def multi_index(device: str) -> Dataset:
    """32 + 32 points in 16 dimensions with the target u·v of two hidden directions."""
    from widthwise.models import hidden_directions, index_model

    def link(u: Tensor) -> Tensor:
        return u[:, 0] * u[:, 1]

    return index_model(link, hidden_directions(16, 2), 32, 32).to(device=device)


@pytest.fixture(scope="session")
def planted_mixture(device: str) -> Dataset:
    """32 + 32 points of {±1}^16, half labelled by a coordinate, half by a parity of two."""
    from widthwise.models import planted_mixture

    return planted_mixture(16, 32, 32).to(device=device)


@pytest.fixture(scope="session")
def circle(device: str) -> Tensor:
    """32 equally spaced inputs on the circle of radius √2."""
    from widthwise.models import circle

    return circle(32).to(device)


@pytest.fixture(scope="session")
def grid(device: str) -> Tensor:
    """The 9×9 inputs of a regular grid over [−1, 1]²."""
    from widthwise.models import grid

    return grid(9, 2).to(device)


@pytest.fixture(scope="session")
def boolean_cube(device: str) -> Tensor:
    """All 64 inputs of {±1}^6."""
    from widthwise.models import boolean_cube

    return boolean_cube(6).to(device)


@pytest.fixture(scope="session")
def data(request: pytest.FixtureRequest) -> Any:
    """The data set that a claim names with `parametrize("data", ["sphere"], indirect=True)`."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def random_labels(device: str) -> Callable[..., Dataset]:
    """Draws, per seed, 32 + 32 points on the sphere of radius √8 in R^8 with random ±1 labels.

    Four points per dimension: a linear map leaves seven tenths of the labels' variance.
    """
    from widthwise.models import drawn, sphere

    return functools.partial(drawn, functools.partial(sphere, 32, 32, 8), device=device)


@pytest.fixture(scope="session")
def hidden_direction(device: str) -> Callable[..., Dataset]:
    """Draws, per seed, 32 + 32 points in R^8 and the target He_2(u·x)/√2 of a hidden direction."""
    from widthwise.models import drawn, single_index

    return functools.partial(drawn, functools.partial(single_index, 8, 32, 32), device=device)


@pytest.fixture(scope="session")
def odd_digits(device: str) -> Callable[..., Dataset]:
    """Draws, per seed, 64 + 64 images of handwritten digits at 4×4 pixels, +1 odd, −1 even.

    Four images per pixel: a linear map leaves a third of the variance of the labels that it is
    fitted to, and more than half of the others'.
    """
    from widthwise.models import drawn, odd_digits

    return functools.partial(drawn, odd_digits, device=device)
