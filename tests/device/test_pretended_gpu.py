"""The pretended GPU refuses what a real one refuses, and counts what makes the host wait."""

import numpy as np
import pytest
import torch

GPU = {"device": "gpu:0"}


@pytest.mark.usefixtures("counted")
def test_tensors_lie_where_they_were_asked_for_and_so_does_what_is_made_of_them():
    x = torch.arange(6.0).view(2, 3).to("gpu:0")
    for tensor in (
        torch.zeros(2, **GPU),
        torch.tensor([1.0], **GPU),
        torch.as_tensor(2.0, **GPU),
        x @ x.T,
        x[0],
        x.new_zeros(3),
        torch.linalg.eigh(x @ x.T).eigenvalues,
        torch.empty(4, **GPU).normal_(generator=torch.Generator("gpu:0").manual_seed(1)),
        torch.bmm(x[None], x[None].mT, out=torch.empty(1, 2, 2, **GPU)),
    ):
        assert tensor.device == torch.device("gpu:0")
    assert x.cpu().device.type == "cpu"
    assert torch.equal(x.cpu(), torch.arange(6.0).view(2, 3))


@pytest.mark.usefixtures("counted")
def test_views_are_written_through():
    x = torch.zeros(2, 3, **GPU)
    x[0] = 1
    x[:, 1:].add_(2)
    x[torch.tensor([False, True], **GPU)] = torch.full((3,), 7.0, **GPU)
    assert x.cpu().tolist() == [[1, 3, 3], [7, 7, 7]]


@pytest.mark.usefixtures("counted")
def test_devices_do_not_mix():
    x = torch.zeros(2, 3, **GPU)
    for mixed in (
        lambda: x + torch.ones(2, 3),
        lambda: torch.bmm(x[None], torch.ones(1, 3, 2)),
        lambda: torch.cat((x, torch.ones(2, 3))),
    ):
        with pytest.raises(RuntimeError, match="expected all tensors to be on the same device"):
            mixed()
    assert (x + torch.tensor(1.0)).sum().item() == 6  # CUDA takes numbers of the host


@pytest.mark.usefixtures("counted")
def test_a_tensor_becomes_an_array_only_by_a_copy():
    x = torch.zeros(2, **GPU)
    for convert in (np.asarray, lambda t: t.numpy(), np.stack):
        with pytest.raises(TypeError, match="copy it to the host first"):
            convert(x)
    assert x.cpu().numpy().tolist() == [0, 0]


def test_the_host_waits_where_it_reads_a_value(counted):
    x = torch.ones(3, **GPU)
    y = x * 2 + x.sum()
    assert not counted.waits
    reads = (
        lambda: y.sum().item(),
        lambda: bool((y > 0).all()),
        lambda: y.tolist(),
        lambda: y.cpu(),
        lambda: y[y > 2],
        lambda: float(y[0]),
    )
    for already, read in enumerate(reads):
        assert counted.waits.total() == already
        read()
    assert counted.waits.total() == len(reads)
    assert counted.launches["aten::mul"] == 1


@pytest.mark.usefixtures("counted")
def test_a_product_that_torch_composes_of_reshapes_in_place_has_its_own_shape():
    row, matrix = torch.arange(3.0), torch.arange(6.0).view(3, 2)
    product = row.to("gpu:0") @ matrix.to("gpu:0")
    assert product.shape == (2,)
    assert product.cpu().tolist() == (row @ matrix).tolist()
    assert torch.zeros(2, 1, 3, **GPU).squeeze_(1).shape == (2, 3)


def test_views_and_room_are_no_launches(counted):
    x = torch.empty(2, 3, **GPU)
    x.new_empty(3), x[0], x.mT, x.view(3, 2), x.unsqueeze(0).expand(4, 2, 3), x.detach()
    assert not counted.used()
    x[:, 0].add_(1)
    assert counted.launches == {"aten::add_": 1}
