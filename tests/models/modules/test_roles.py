import pytest
import torch
from torch import nn

from widthwise.models import Exponents, Parametrization, describe, mup, mup_adam
from widthwise.models.modules.roles import read_roles

from ..architectures import Residual, Transformer, perceptron


def roles(make, **settings):
    return {tensor.name: tensor.role for tensor in read_roles(make, 8, **settings)}


def test_roles_are_read_off_two_widths():
    assert roles(perceptron) == {
        "0.weight": "input",
        "0.bias": "input",
        "2.weight": "hidden",
        "2.bias": "input",
        "4.weight": "output",
        "4.bias": "fixed",
    }


def test_an_embedding_reads_one_hot_inputs_and_gains_are_input_like():
    found = roles(Transformer)
    assert found["embed.weight"] == found["position"] == found["norm.weight"] == "input"
    assert found["blocks.1.read.weight"] == found["blocks.0.down.weight"] == "hidden"
    assert found["blocks.0.down.bias"] == "input"
    assert found["readout.weight"] == "output"
    assumed = [tensor.name for tensor in read_roles(Transformer, 8) if tensor.assumed]
    assert assumed == ["position"]


def test_channels_are_the_width_of_a_convolution():
    found = roles(Residual)
    assert [found[f"{name}.weight"] for name in ("first", "norm", "branch", "readout")] == [
        "input",
        "input",
        "hidden",
        "output",
    ]
    upwards = roles(
        lambda w: nn.Sequential(nn.ConvTranspose2d(3, w, 2), nn.ConvTranspose2d(w, 3, 2))
    )
    assert upwards["0.weight"] == "input"
    assert upwards["1.weight"] == "output"


def test_attention_of_torch_itself_has_roles():
    found = roles(lambda w: nn.MultiheadAttention(w, 2, add_bias_kv=True))
    assert found["in_proj_weight"] == found["out_proj.weight"] == "hidden"
    assert found["in_proj_bias"] == found["bias_k"] == "input"


def test_the_table_shows_name_shape_role_multiplier_size_and_rate():
    shown = str(describe(Transformer, base_width=8, parametrization=mup)).splitlines()
    assert shown[0] == "parametrization μP, r = width/8"
    cells = {line.split()[0]: line.split() for line in shown[1:]}
    assert cells["tensor"] == ["tensor", "shape", "role", "multiplier", "initial", "size", "rate"]
    assert cells["norm.weight"] == ["norm.weight", "8", "input", "r^0.5", "all", "1", "r^−0.5", "1"]
    assert cells["blocks.0.write.weight"][1:4] == ["8×8", "hidden", "1"]
    assert cells["position"][2:4] == ["input", "(assumed)"]
    assert cells["readout.weight"][1:4] == ["7×8", "output", "r^−0.5"]
    adam = str(describe(Transformer, base_width=8, parametrization=mup_adam)).splitlines()
    assert next(line for line in adam if "write" in line).endswith("r^−1")
    own = str(describe(Transformer, base_width=8, parametrization=None))
    assert "parametrization its own" in own


def test_a_frozen_tensor_is_said_to_be_frozen():
    def make(width):
        module = perceptron(width)
        module[2].weight.requires_grad_(False)
        return module

    lines = str(describe(make)).splitlines()
    assert [line.split()[0] for line in lines if line.endswith("frozen")] == ["2.weight"]


class Tied(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.embed = nn.Embedding(7, width)
        self.readout = nn.Linear(width, 7, bias=False)
        self.readout.weight = self.embed.weight

    def forward(self, x):
        return self.readout(self.embed(x).mean(1))


def test_tied_tensors_are_refused_by_name_unless_their_role_is_declared():
    with pytest.raises(ValueError, match=r"'embed.weight' and 'readout.weight' are one tensor"):
        read_roles(Tied, 8)
    assert roles(Tied, roles={"embed.weight": "output"}) == {"embed.weight": "output"}


class Grows(nn.Module):
    def __init__(self, shape, dtype=torch.float32):
        super().__init__()
        self.free = nn.Parameter(torch.zeros(shape, dtype=dtype), dtype.is_floating_point)


def changing_depth(width):
    return nn.Sequential(*[nn.Linear(width, width) for _ in range(width // 8)])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda w: Grows((w + 1, 3)), ValueError, "'free' is 9 at width 8 and 17 at 16"),
        (lambda w: Grows((3, w * w)), ValueError, "dimension 1 of 'free' is 64 at width 8 and 256"),
        (lambda w: Grows((3,) if w < 10 else (3, 3)), ValueError, "must keep its dimensions"),
        (lambda w: Grows((w,), torch.complex64), ValueError, "'free' is torch.complex64"),
        (lambda w: Grows((w,), torch.int64), ValueError, "'free' is torch.int64"),
        (lambda w: Grows((4, 4)), ValueError, r"make\(width\) ignores the width"),
        (lambda w: nn.ReLU(), ValueError, "ReLU has no parameters"),
        (lambda w: nn.LazyLinear(w), ValueError, "'weight' has no shape before the first input"),
        (lambda w: torch.zeros(w), TypeError, r"make\(8\) must return a torch.nn.Module"),
        (changing_depth, ValueError, "'1.bias', '1.weight' exist at one of the widths 8 and 16"),
        (
            lambda w: nn.Sequential(nn.Linear(3, w), nn.Dropout(0.1)),
            ValueError,
            r"'1' drops units at random \(p = 0.1\)",
        ),
        (lambda w: nn.MultiheadAttention(w, 2, dropout=0.2), ValueError, "drops units at random"),
        (
            lambda w: nn.Sequential(nn.BatchNorm1d(w, track_running_stats=False)),
            ValueError,
            "'0' normalises over the batch",
        ),
    ],
)
def test_what_cannot_be_measured_is_refused_by_name(make, error, message):
    with pytest.raises(error, match=message):
        read_roles(make, 8)


def test_roles_of_what_is_not_there_are_refused():
    with pytest.raises(ValueError, match="roles names 'readout', which is no parameter"):
        read_roles(perceptron, 8, {"readout": "output"})
    with pytest.raises(ValueError, match=r"role 'middle' of '0.bias' is none of input, hidden"):
        read_roles(perceptron, 8, {"0.bias": "middle"})


def test_exponents_for_hidden_layers_one_by_one_are_refused():
    uneven = Parametrization("x", Exponents(0, 0), (Exponents(0, 0.5),) * 2, Exponents(0, 0.5))
    with pytest.raises(ValueError, match=r"none for '2.weight': give one for all"):
        describe(perceptron, parametrization=uneven)


def test_a_factory_that_looks_at_its_numbers_while_it_makes_them_is_read_too():
    def make(width):
        module = perceptron(width)
        assert float(module[0].weight.sum()) == float(module[0].weight.sum())
        return module

    before = torch.random.get_rng_state()
    assert roles(make) == roles(perceptron)
    assert torch.equal(torch.random.get_rng_state(), before)
