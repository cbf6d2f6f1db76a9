"""Ensembles of wide networks: S independent networks as one object.

Shapes follow one rule. The seeds are the leading dimension, then the inputs, then units. A
network with one output is a scalar function, so its outputs are [S, n] and its tangent kernel
[S, n, n]; with k > 1 outputs they are [S, n, k] and [S, n, k, n, k]. Of networks
`with_output_axis` they are that for k = 1, too, wherever they come from. Inputs are always
[n, d]; a convolutional network sees them as images and computes its units at P positions of each,
which its hidden layers list as n·P rows (P = 1 for a multilayer perceptron).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, Self

import torch
from torch import Tensor

from .activations import Activation, relu
from .architecture import Architecture
from .connectivity import Convolution
from .factors import Factors
from .memory import available_bytes, check_fits
from .parameters import Parameters
from .parametrization import Parametrization, ntk
from .randomness import check_seeds, normal_
from .tensor_checks import check_numbers

# What a block of networks works on (parameters, activations and what comes back) should stay in
# the cache: larger blocks wait for memory, smaller ones for the interpreter.
_BLOCK_BYTES = 3 * 2**20


class Derivatives(Protocol):
    """What differentiates the outputs of networks whose layers are not known."""

    def on(self, n: int) -> Derivatives:
        """The same on the first n inputs only."""
        ...

    def pull_back(self, signal: Tensor) -> Parameters:
        """The gradient Σ signal·f, the signal [S, n, k]."""
        ...

    def push_forward(self, direction: Parameters) -> Tensor:
        """The derivative of the outputs along a direction [S, n, k]."""
        ...

    def push_forward_twice(self, direction: Parameters) -> tuple[Tensor, Tensor]:
        """The first derivative along a direction, and the second."""
        ...


@dataclass(frozen=True)
class Pass:
    """What a forward pass leaves behind.

    Attributes:
        activations: z^0 = x [S, n, d], then z^1, …, z^L, each [S, n·P, N]: what is below every
            layer.
        preactivations: h^1, …, h^L, each [S, n·P, N].
        outputs: h^(L+1), always [S, n, k].
        derivatives: What differentiates the outputs of a network that is not made of layers.
    """

    activations: tuple[Tensor, ...]
    preactivations: tuple[Tensor, ...]
    outputs: Tensor
    derivatives: Derivatives | None = None

    def on(self, n: int) -> Pass:
        """The pass on the first n inputs only."""
        whole = self.outputs.shape[1]
        if n == whole:
            return self

        def first(rows: Tensor) -> Tensor:
            return rows[:, : rows.shape[1] // whole * n]

        return Pass(
            tuple(first(z) for z in self.activations),
            tuple(first(h) for h in self.preactivations),
            self.outputs[:, :n],
            self.derivatives and self.derivatives.on(n),
        )


@dataclass(frozen=True)
class Network:
    """S independent networks of one architecture; `MLP` and `CNN` say how they are made.

    Never changed in place: training and displacing return a new object.

    Attributes:
        architecture: What the networks have in common.
        parameters: Their trainable tensors: weights [S, fan_in, fan_out], biases [S, fan_out].
        seeds: One per network.
    """

    architecture: Architecture
    parameters: Parameters = field(repr=False)
    seeds: tuple[int, ...] = field(repr=False)

    @classmethod
    def draw(
        cls,
        architecture: Architecture,
        seeds: Sequence[int],
        *,
        dtype: torch.dtype,
        device: torch.device | str,
    ) -> Self:
        """Draw one network per seed.

        A network depends on its own seed only, never on the seeds beside it. The same seed
        gives other numbers in another dtype or on another kind of device.

        Raises:
            ValueError: Seeds that are empty, repeated or outside 63 bits.
            TypeError: A dtype that is not floating point.
            MemoryError: Parameters that do not fit in memory; says what would.
        """
        seeds = check_seeds(seeds)
        if not dtype.is_floating_point:
            raise TypeError(f"dtype must be a floating-point type, not {dtype}")
        check_fits(architecture, len(seeds), dtype, device)
        parameters = Parameters.empty(
            architecture.fans, len(seeds), architecture.sigma_b > 0, dtype=dtype, device=device
        )
        normal_(parameters.tensors, seeds)
        for tensor, scale in zip(parameters.tensors, architecture.scales, strict=True):
            if scale.deviation != 1:
                tensor.mul_(scale.deviation)
        return cls(architecture, parameters, seeds)

    @property
    def weights(self) -> tuple[Tensor, ...]:
        """Trainable weights [S, fan_in, fan_out], from input to output."""
        return self.parameters.weights

    @property
    def biases(self) -> tuple[Tensor, ...]:
        """Trainable biases [S, fan_out], from input to output; empty without biases."""
        return self.parameters.biases

    @property
    def width(self) -> int:
        """Units (channels) per hidden layer."""
        return self.architecture.width

    @property
    def dtype(self) -> torch.dtype:
        """Floating-point type of the parameters."""
        return self.weights[0].dtype

    @property
    def device(self) -> torch.device:
        """Where the parameters lie."""
        return self.weights[0].device

    def __len__(self) -> int:
        """Number of networks."""
        return len(self.seeds)

    def __getitem__(self, networks: slice) -> Self:
        """Some of the networks, sharing memory with these."""
        return replace(self, parameters=self.parameters[networks], seeds=self.seeds[networks])

    def __call__(self, x: Tensor) -> Tensor:
        """Outputs on inputs x [n, d], or [S, n, d] for inputs of each network's own.

        Returns:
            [S, n] for one output, [S, n, k] for k > 1 and for networks `with_output_axis`.

        Raises:
            ValueError: x has another shape, is not finite, or requires grad.
            TypeError: x has another dtype or lies on another device than the network.
        """
        x = self.check_inputs(x)
        outputs = [forward(self[block], x[block]).outputs for block in self.blocks(x.shape[1])]
        return self.drop_single_output(torch.cat(outputs))

    def preactivations(self, x: Tensor) -> tuple[Tensor, ...]:
        """h^1, …, h^L on inputs x, each [S, n·P, N]."""
        return forward(self, self.check_inputs(x)).preactivations

    def activations(self, x: Tensor) -> tuple[Tensor, ...]:
        """z^1 = φ(h^1), …, z^L on inputs x, each [S, n·P, N]."""
        return forward(self, self.check_inputs(x)).activations[1:]

    def features(self, x: Tensor) -> dict[str, Tensor]:
        """What the hidden layers give on inputs x: layer1, layer2, …, each [S, n, N].

        Those of a convolutional network are [S, n, P, N].
        """
        positions = self.architecture.connectivity.positions
        layers = enumerate(self.activations(x), start=1)
        if positions == 1:
            return {f"layer{index}": z for index, z in layers}
        return {f"layer{index}": z.unflatten(1, (-1, positions)) for index, z in layers}

    def run(self, x: Tensor, out: Pass | None = None) -> Pass:
        """See `forward`."""
        phi = self.architecture.activation.value
        activations, preactivations = [x], []
        for layer in range(self.architecture.depth):
            h = out and out.preactivations[layer]
            h = affine(self, self.parameters, layer, activations[-1], h)
            preactivations.append(h)
            activations.append(phi(h, out=out and out.activations[layer + 1]))
        outputs = affine(self, self.parameters, self.architecture.depth, activations[-1])
        return Pass(tuple(activations), tuple(preactivations), outputs)

    def gradient_gram(self, x: Tensor, x2: Tensor | None, *, joined: bool) -> Tensor | None:
        """The tangent kernel where a kind of network has a way of its own; None for layers."""
        del x, x2, joined
        return None

    def with_output_axis(self) -> Self:
        """The same networks, whose outputs keep their axis where there is only one.

        Outputs are then [S, n, k], gradients in inputs [S, n, k, d] and tangent kernels
        [S, n, k, m, k] for every k, and targets [n, k] or [S, n, k]; so it is of all that is made
        of these networks, by training or linearisation.
        """
        return replace(self, architecture=replace(self.architecture, output_axis=True))

    def displaced(self, direction: Parameters, length: float | Tensor = 1.0) -> Self:
        """The networks at θ + length·direction, the length a number or one per network [S]."""
        return replace(self, parameters=self.parameters.plus(direction, length))

    def blocks(self, n: int) -> tuple[slice, ...]:
        """Slices of networks to work on in turn with n inputs.

        On a CPU what the cache holds, elsewhere what half of the free memory does.
        """
        rows = n * self.architecture.connectivity.positions
        units = (2 * self.architecture.depth + 3) * rows * self.width * self.dtype.itemsize
        weights = sum(tensor[0].nbytes for tensor in self.parameters.tensors)
        cpu = self.device.type == "cpu"
        room = _BLOCK_BYTES if cpu else available_bytes(self.device) // 2
        count = math.ceil(len(self) / max(1, room // (units + weights)))
        size = math.ceil(len(self) / count)
        return tuple(slice(start, start + size) for start in range(0, len(self), size))

    def check_inputs(self, x: Tensor) -> Tensor:
        """The inputs as [S, n, d].

        Raises:
            ValueError: x is neither [n, d] nor [S, n, d], is not finite, or requires grad.
            TypeError: x has another dtype or lies on another device than the network.
        """
        d = self.architecture.input_dim
        fits = x.ndim == 2 or (x.ndim == 3 and x.shape[0] == len(self))
        if not fits or x.shape[-1] != d:
            raise ValueError(
                f"inputs must be [n, {d}] or [{len(self)}, n, {d}], not {list(x.shape)}"
            )
        self.check_kind(x, "inputs")
        check_numbers("x", x)
        return x.expand(len(self), *x.shape[-2:])

    def check_targets(self, y: Tensor, x: Tensor) -> Tensor:
        """The targets on inputs x [S, n, d] as [S, n, k]; see `as_targets`."""
        return self.as_targets(y, x.shape[1], self.architecture.output_dim)

    def as_targets(self, y: Tensor, n: int, k: int) -> Tensor:
        """The targets of n inputs and k outputs as [S, n, k].

        Raises:
            ValueError: y is neither [n] nor [S, n] ([n, k] nor [S, n, k] for k > 1 outputs, or
                with an output axis), is not finite, or requires grad.
            TypeError: y has another dtype or lies on another device than the network.
        """
        one = (n,) if k == 1 and not self.architecture.output_axis else (n, k)
        if tuple(y.shape) not in (one, (len(self), *one)):
            raise ValueError(
                f"targets must be {list(one)} or {[len(self), *one]}, not {list(y.shape)}"
            )
        self.check_kind(y, "targets")
        check_numbers("y", y)
        return y.reshape(-1, n, k).expand(len(self), n, k)

    def check_kind(self, tensor: Tensor, name: str) -> None:
        """Raise TypeError unless the tensor has the networks' dtype and device."""
        if tensor.dtype != self.dtype:
            raise TypeError(f"{name} are {tensor.dtype}, the network is {self.dtype}")
        if tensor.device != self.device:
            raise TypeError(f"{name} lie on {tensor.device}, the network on {self.device}")

    def drop_single_output(self, outputs: Tensor) -> Tensor:
        """Outputs [S, n, k] as they are shown: [S, n] for one output without an axis."""
        return outputs.squeeze(-1) if self.architecture.scalar else outputs


@dataclass(frozen=True)
class MLP(Network):
    """S independent multilayer perceptrons of one architecture."""

    @classmethod
    def initialise(
        cls,
        width: int,
        seeds: Sequence[int],
        *,
        input_dim: int,
        output_dim: int = 1,
        depth: int = 2,
        activation: Activation = relu,
        parametrization: Parametrization = ntk,
        sigma_w: float | None = None,
        sigma_b: float = 0.0,
        factors: tuple[Factors, ...] = (),
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> MLP:
        """Draw one network per seed; `Architecture` says what the arguments mean.

        Raises:
            ValueError: A dimension below 1, a gain out of range, or seeds that are empty,
                repeated or outside 63 bits.
            TypeError: A dtype that is not floating point.
            MemoryError: Parameters that do not fit in memory; says what would.
        """
        architecture = Architecture(
            width,
            input_dim,
            output_dim,
            depth,
            activation,
            parametrization,
            sigma_w,
            sigma_b,
            factors=factors,
        )
        return cls.draw(architecture, seeds, dtype=dtype, device=device)


@dataclass(frozen=True)
class CNN(Network):
    """S independent convolutional networks of one architecture."""

    @classmethod
    def initialise(
        cls,
        width: int,
        seeds: Sequence[int],
        *,
        input_dim: int,
        image: tuple[int, int, int] | None = None,
        filter_size: int = 3,
        readout: Literal["flatten", "average"] = "flatten",
        output_dim: int = 1,
        depth: int = 2,
        activation: Activation = relu,
        parametrization: Parametrization = ntk,
        sigma_w: float | None = None,
        sigma_b: float = 0.0,
        factors: tuple[Factors, ...] = (),
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> CNN:
        """Draw one network per seed.

        `Architecture` and `Convolution` say what the arguments mean; without an `image` the
        inputs are square and have one channel.

        Raises:
            ValueError: As for an `MLP`, or an image that does not have input_dim numbers.
            TypeError: A dtype that is not floating point.
            MemoryError: Parameters that do not fit in memory; says what would.
        """
        side = math.isqrt(max(input_dim, 1))
        convolution = Convolution(image or (1, side, side), filter_size, readout)
        architecture = Architecture(
            width,
            input_dim,
            output_dim,
            depth,
            activation,
            parametrization,
            sigma_w,
            sigma_b,
            convolution,
            factors,
        )
        return cls.draw(architecture, seeds, dtype=dtype, device=device)


def forward(network: Network, x: Tensor, out: Pass | None = None) -> Pass:
    """Run the networks on inputs x [S, n, d] and keep what a backward pass needs.

    Args:
        network: S networks.
        x: Inputs [S, n, d].
        out: An earlier pass of the same shapes, to be written over: steps that allocate
            nothing stay in the cache.
    """
    return network.run(x, out)


def affine(
    network: Network, parameters: Parameters, layer: int, z: Tensor, out: Tensor | None = None
) -> Tensor:
    """m_l·z w + m'_l·b: one layer's map with the given trainable tensors (or their tangents)."""
    architecture = network.architecture
    multiplier = architecture.weight_scales[layer].multiplier
    h = architecture.connections[layer].multiply(z, parameters.weights[layer], multiplier, out)
    if parameters.biases:
        multiplier = architecture.bias_scales[layer].multiplier
        h.add_(parameters.biases[layer].unsqueeze(1), alpha=multiplier)
    return h
