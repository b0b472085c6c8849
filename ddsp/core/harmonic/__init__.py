r"""Harmonic synthesis: a sum of harmonics of one fundamental.

$$x[n] = \sum_{h=1}^{H} a_h[n] \sin(2 \pi h \phi[n]), \quad \phi[n] = \phi_0 + \sum_{m \le n} f_0[m] / f_s$$

`plain.py` is this equation in ten lines: read it first. It takes H sines a sample, and H times the memory of the audio.
The other files compute the same sum faster; `forms.py` chooses, and the tests hold each form to the plain one. The
first form whose condition holds runs. K = ceil(sqrt(H)) is the size of a group of harmonics.

Free partials, 8 at a time (`free.py`). H sines a sample.
    If partials are shifted, amplitudes are interpolated by 'cubic', or a frame has fewer than 8 samples.
Pairs of harmonics around centers (`pairs.py`). Two matrix products, about 3 K sines and cosines a sample.
    For the rows of samples in which no harmonic crosses Nyquist, if no compiler fuses operations and array values can
    be read: eager NumPy and PyTorch. Half the time of the next form.
Powers of z = exp(2 pi i phase) (`products.py`). Matrix products in each group, Horner's rule over the groups; 4 sines
and cosines a sample.
    If no compiler fuses operations: then each operation is a pass over memory, and this form has few.
Clenshaw's recurrence in each group (`recurrence.py`), Horner's rule over the groups; 4 sines and cosines a sample, or
none with `Traits.polynomial_sine`.
    If a compiler fuses operations: one loop, everything in registers. It is unrolled if the compiler fuses 7 H
    operations (`Traits.max_fused_ops`); otherwise the groups are side by side on an axis, a tenth of the steps to
    compile.

The last four forms work on rows of samples (`rows.py`), mute harmonics at Nyquist by their number (`nyquist.py`), and
share a gradient that is written by hand (`sums.py`, `gradient.py`), because autodiff stores or recomputes too much.
With a voice axis, voices are folded into the batch and their tones added.
"""

from .plain import plain_harmonic_synthesis
from .synthesis import harmonic_synthesis, streaming_harmonic_synthesis

__all__ = ["harmonic_synthesis", "plain_harmonic_synthesis", "streaming_harmonic_synthesis"]
