"""What is measured: parametrizations, networks, training, kernels, data and observables."""

from .activations import Activation, erf, gelu, leaky_relu, linear, relu, sin, tanh
from .antisymmetry import antisymmetric
from .architecture import Architecture
from .data import Dataset, digits, sphere
from .descent import Run
from .kernel_regression import gradient_descent_in_function_space, kernel_regression
from .linearisation import (
    LinearisedNetwork,
    LinearisedRun,
    one_shot,
    random_direction,
    taylor_terms,
    unit_direction,
)
from .network import MLP
from .observables import (
    activation_movement,
    combination_movement,
    kernel_movement,
    layerwise_activation_movement,
    operator_movement,
    output_movement,
    parameter_movement,
    preactivation_movement,
    relative_movement,
    rms,
    unit_combinations,
    weight_movement,
)
from .optimisers import sample_langevin, train_adam, train_minibatch
from .parameters import Parameters
from .parametrization import (
    Exponents,
    Parametrization,
    Regime,
    mean_field,
    mup,
    mup_adam,
    ntk,
    standard,
)
from .tangent_kernel import as_matrix, kernel_rate, tangent_kernel
from .training import train

__all__ = [
    "MLP",
    "Activation",
    "Architecture",
    "Dataset",
    "Exponents",
    "LinearisedNetwork",
    "LinearisedRun",
    "Parameters",
    "Parametrization",
    "Regime",
    "Run",
    "activation_movement",
    "antisymmetric",
    "as_matrix",
    "combination_movement",
    "digits",
    "erf",
    "gelu",
    "gradient_descent_in_function_space",
    "kernel_movement",
    "kernel_rate",
    "kernel_regression",
    "layerwise_activation_movement",
    "leaky_relu",
    "linear",
    "mean_field",
    "mup",
    "mup_adam",
    "ntk",
    "one_shot",
    "operator_movement",
    "output_movement",
    "parameter_movement",
    "preactivation_movement",
    "random_direction",
    "relative_movement",
    "relu",
    "rms",
    "sample_langevin",
    "sin",
    "sphere",
    "standard",
    "tangent_kernel",
    "tanh",
    "taylor_terms",
    "train",
    "train_adam",
    "train_minibatch",
    "unit_combinations",
    "unit_direction",
    "weight_movement",
]
