"""Modules of several architectures, as somebody's own repository has them."""

import torch
from torch import nn

torch.set_num_threads(1)


def perceptron(width):
    """A plain one, with biases."""
    return nn.Sequential(
        nn.Linear(5, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1)
    )


def normalised(width):
    """Smooth, with two outputs, gains and biases."""
    return nn.Sequential(
        nn.Linear(5, width),
        nn.Tanh(),
        nn.Linear(width, 2 * width, bias=False),
        nn.LayerNorm(2 * width),
        nn.GELU(),
        nn.Linear(2 * width, 2),
    )


class Residual(nn.Module):
    """A convolutional network on images 2×4×3 with a residual branch and running statistics."""

    def __init__(self, width):
        super().__init__()
        self.first = nn.Conv2d(2, width, 3, padding=1)
        self.norm = nn.BatchNorm2d(width)
        self.branch = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.readout = nn.Linear(width, 3)
        self.norm.running_mean.normal_()
        self.norm.running_var.uniform_(0.5, 2)

    def forward(self, x):
        z = torch.tanh(self.norm(self.first(x)))
        z = z + torch.tanh(self.branch(z))
        return self.readout(z.mean((2, 3)))


class Block(nn.Module):
    def __init__(self, width, heads, power):
        super().__init__()
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.read = nn.Linear(width, 3 * width, bias=False)
        self.write = nn.Linear(width, width, bias=False)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.heads, self.power = heads, power

    def forward(self, x):
        n, length, width = x.shape
        own = width // self.heads
        q, k, v = self.read(self.before(x)).view(n, length, 3, self.heads, own).unbind(2)
        q, k, v = (t.transpose(1, 2) for t in (q, k, v))
        scale = 4 ** (self.power - 0.5) * own**-self.power
        mixed = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True, scale=scale)
        x = x + self.write(mixed.transpose(1, 2).reshape(n, length, width))
        return x + self.down(torch.relu(self.up(self.between(x))))


class Transformer(nn.Module):
    """Pre-norm, causal, on six tokens out of seven; attention of power 1 is that of μP."""

    def __init__(self, width, heads=2, power=1.0):
        super().__init__()
        self.embed = nn.Embedding(7, width)
        self.position = nn.Parameter(torch.randn(6, width) / 2)
        self.blocks = nn.ModuleList([Block(width, heads, power) for _ in range(2)])
        self.norm = nn.LayerNorm(width)
        self.readout = nn.Linear(width, 7, bias=False)

    def forward(self, tokens):
        x = self.embed(tokens) + self.position
        for block in self.blocks:
            x = block(x)
        return self.readout(self.norm(x))[:, -1]


def vectors(n, d=5):
    return torch.randn(n, d, dtype=torch.float64, generator=torch.Generator().manual_seed(n))


def tokens(n):
    return torch.randint(0, 7, (n, 6), generator=torch.Generator().manual_seed(n))


NORMALISED = (normalised, {}, vectors)
CONVOLUTIONAL = (Residual, {"input_shape": (2, 4, 3)}, lambda n: vectors(n, 24))
ATTENTIVE = (Transformer, {}, tokens)
