"""What makes networks generalise, and what a theory of it can predict?

A reply names two papers whose predictors of generalisation know the architecture only and are
called excellent; others in the discussions doubt that anything which holds for kernels says much
about networks.

The claim here takes the second of those papers at its word. The error of kernel regression with the
limiting tangent kernel is what the kernel's eigenvalues and the target's coefficients say, mode by
mode on a sphere and in total on images. The coefficients enter, so that it is not the
architecture alone.

From equal data kernels learn a product of two coordinates worse than networks do, and a single
coordinate as well. What batch size and rate do to the error is mostly how long they train, as a
reply says.

Another comment takes the absence of a tradeoff between bias and variance for unsurprising. It is
absent where labels tell the truth: networks far wider than there are data beat all that are
narrower. The peak between them goes with the best ridge; with much noise the tradeoff is back.
"""
