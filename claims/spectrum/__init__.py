"""Eigenmodes of the kernel: what they are, and what their eigenvalues decide.

The post on the tangent kernel reads training as finding a combination of the kernel's
eigenfunctions, large eigenvalues first, and finds them to be sinusoids. Its comments dispute why:
the target is a sinusoid, says one; only the inputs count, says another; a symmetry makes them so,
says a third. The other discussion adds that depth does not change how fast eigenvalues fall, and
that smooth activations can only reach smooth functions.

The claims here decide it. On a circle evenly covered the modes are Fourier's by symmetry, up to
N^-1/2, whatever the network is trained on, as long as it is lazy; in μP they turn with the target.
On an interval the later modes are sinusoids for ReLU, because the kink of its kernel is as sharp
at one input as at another, and not for smooth activations. In several dimensions they are
harmonics, and no sinusoids. Eigenvalues on the sphere fall by a power that depends on the dimension
and not on the depth for ReLU, exponentially for erf. And what the modes rank last, parity, a lazy
network answers wrongly where it has not seen it; one that learns features answers it right.
"""
