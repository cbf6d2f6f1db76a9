"""What is measured: parametrizations, networks, training, kernels, data and observables."""

from .activations import Activation, erf, linear, relu, tanh
from .architecture import Architecture
from .data import Dataset, digits, sphere
from .kernel_regression import gradient_descent_in_function_space, kernel_regression
from .linearisation import (
    LinearisedNetwork,
    LinearisedRun,
    one_shot,
    random_direction,
    taylor_terms,
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
from .parameters import Parameters
from .parametrization import Exponents, Parametrization, mean_field, mup, ntk, standard
from .tangent_kernel import as_matrix, kernel_rate, tangent_kernel
from .training import Run, train

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
    "Run",
    "activation_movement",
    "as_matrix",
    "combination_movement",
    "digits",
    "erf",
    "gradient_descent_in_function_space",
    "kernel_movement",
    "kernel_rate",
    "kernel_regression",
    "layerwise_activation_movement",
    "linear",
    "mean_field",
    "mup",
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
    "sphere",
    "standard",
    "tangent_kernel",
    "tanh",
    "taylor_terms",
    "train",
    "unit_combinations",
    "weight_movement",
]
