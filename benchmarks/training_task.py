"""What is trained in the comparison: an ensemble of networks of 2 hidden layers on few inputs."""

SEEDS, POINTS, DIM, DEPTH = 32, 64, 16, 2
STEPS = {64: 200, 256: 50, 1024: 20}
"""By width; enough that copying the networks before training does not count."""
