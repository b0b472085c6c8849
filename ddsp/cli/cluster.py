"""Preparation of recordings by the workers of a Dask cluster."""

from __future__ import annotations

import logging
import signal
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .errors import UserError, reason_of
from .preparing import Prepared, Source, need, prepare_source

__all__ = ["prepare_on_cluster"]

#: Seconds until a scheduler must have answered.
TIMEOUT = 10
#: Number of workers that may die with a recording before it is left out.
DEATHS = 3


def prepare_on_cluster(
    sources: list[Source], data: str, sample_rate: int, hop_size: int, workers: int, scheduler: str | None
) -> Iterator[Prepared]:
    """Prepare recordings in parallel. A recording whose worker dies is given to another one.

    Parameters
    ----------
    sources
        The recordings, which all workers must be able to read.
    data
        Folder of the data set, which all workers must be able to write, an absolute path.
    sample_rate
        Sample rate of the data set in Hz.
    hop_size
        Samples per frame.
    workers
        Number of local processes, without a scheduler.
    scheduler
        Address of an existing scheduler, or None.

    Returns
    -------
    prepared : Iterator
        What came of each recording, in the order in which they are finished.

    Raises
    ------
    UserError
        Dask is missing, the scheduler does not answer, or the data set cannot be written.
    """
    need("dask", "distributed")
    from distributed import KilledWorker, as_completed

    with _client(workers, scheduler) as client:
        futures = {
            client.submit(prepare_source, source, data, sample_rate, hop_size, pure=False): source for source in sources
        }
        for future in as_completed(list(futures)):
            try:
                yield future.result()
            except UserError:
                raise
            except KilledWorker:
                yield Prepared(futures[future], error=f"{DEATHS + 1} workers died with it, probably out of memory")
            except Exception as error:  # a bug must not stop the other recordings
                yield Prepared(futures[future], error=f"{type(error).__name__}: {reason_of(error)}")


@contextmanager
def _client(workers: int, scheduler: str | None) -> Iterator[Any]:
    """Client of an existing scheduler, or of a new cluster of processes with one BLAS thread each."""
    import dask
    from distributed import Client, LocalCluster

    for name in ("distributed", "distributed.nanny", "distributed.scheduler", "distributed.worker"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # a dead worker is not worth a traceback
    if scheduler is not None:
        try:
            client = Client(scheduler, timeout=TIMEOUT)
        except (OSError, ValueError, TypeError) as error:
            raise UserError(f"--scheduler: no answer from {scheduler!r}: {reason_of(error)}") from error
        with client:
            yield client
        return
    # Dask's nanny sets OMP_NUM_THREADS, MKL_NUM_THREADS and OPENBLAS_NUM_THREADS to 1 before a process starts: with
    # more threads, two workers are slower than one.
    settings = {
        "distributed.scheduler.allowed-failures": DEATHS,
        "distributed.worker.profile.enabled": False,  # it takes a fifth of the time
    }
    with dask.config.set(settings), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _deaf_to_ctrl_c():
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            )
        with cluster, Client(cluster) as client:
            yield client


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Block SIGINT in threads and processes that are started inside the context, and in their descendants.

    A terminal sends SIGINT to all processes. This one ends the workers, which would otherwise print tracebacks.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
