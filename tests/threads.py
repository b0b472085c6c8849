"""Threads of each test process: the cores divided by the number of processes.

Threads beyond the cores wait for each other in busy loops. With two processes on two cores, the tests of PyTorch's
gradients take 29 to 33 s of CPU time if each process has two threads, and 17 to 18 s if it has one.
"""

from __future__ import annotations

import os

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def limit_threads() -> int:
    """Limit the threads of BLAS and OpenMP, in this process and its children; called before NumPy is imported.

    A smaller limit of the user holds. A process of pytest-xdist inherits the larger limit of the first process.
    """
    share = max((os.cpu_count() or 1) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")), 1)
    for name in VARIABLES:
        given = os.environ.get(name, "")
        os.environ[name] = str(min(int(given), share) if given.isdecimal() else share)
    return int(os.environ[VARIABLES[0]])


THREADS = limit_threads()
