"""Batch of recordings, optionally in parallel processes; one that fails does not stop the others."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from .console import say, warn
from .errors import UserError, reason_of
from .outputs import remove_stages
from .progress import OnProgress, bar
from .signals import Stopped, stoppable

__all__ = ["Task", "Work", "run_all"]

#: `work(source, name, folder, on_progress=...)`, which writes the results of a recording and returns its report.
Work = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Task:
    """A recording, its name, and the folder of its results."""

    source: str
    name: str
    folder: Path


def run_all(tasks: list[Task], work: Work, line: Callable[[dict[str, Any]], str], workers: int = 1) -> None:
    """Process all recordings and print a line when each is finished.

    Parameters
    ----------
    tasks
        Recordings and their folders.
    work
        Processes a recording. For several processes, it can be pickled.
    line
        Summarizes a report on a line.
    workers
        Number of parallel processes, >= 1. With 1, tasks run in this process.

    Raises
    ------
    UserError
        Some recordings failed. The others have their results.
    """
    failed: list[str] = []
    done = 0
    new = {task.folder.parent for task in tasks if not task.folder.parent.exists()}
    with ExitStack() as stack:
        for folder in new:  # after a signal, before a folder has any results
            stack.callback(_remove_if_empty, folder)
        on_progress = stack.enter_context(bar(f"{len(tasks)} inputs"))

        def finished(task: Task, report: dict[str, Any] | None, error: str) -> None:
            nonlocal done
            done += 1
            on_progress(f"{done} of {len(tasks)} finished", done / len(tasks))
            if report is None:
                failed.append(task.source)
                warn(f"{task.source}: {error}")
                return
            for warning in report["warnings"]:
                warn(f"warning: {task.source}: {warning}")
            say(f"{task.folder}: {line(report)}")

        def within(stage: str, share: float) -> None:
            on_progress(f"{tasks[done].name}: {stage}", (done + share) / len(tasks))

        if min(workers, len(tasks)) == 1:
            for task in tasks:
                finished(task, *_attempt(task, work, within))
        else:
            _Workers(tasks, work, finished).run(min(workers, len(tasks)))
    if failed:
        raise UserError(f"{len(failed)} of {len(tasks)} inputs failed: {', '.join(failed)}")


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _attempt(task: Task, work: Work, on_progress: OnProgress) -> tuple[dict[str, Any] | None, str]:
    """Process a recording; return its report, or None and the reason of failure."""
    try:
        return work(task.source, task.name, task.folder, on_progress=on_progress), ""
    except UserError as error:
        return None, " ".join(str(error).split())
    except MemoryError:
        return None, "out of memory"
    except Exception as error:  # a bug must not stop the other recordings
        return None, f"{type(error).__name__}: {reason_of(error)}"


def _serve(connection: Connection, work: Work) -> None:
    """Run a worker: receive tasks and send (report, error) until there are no more tasks or the parent has exited."""
    try:
        with stoppable():
            while (task := connection.recv()) is not None:
                connection.send(_attempt(task, work, lambda stage, share: None))
    except (EOFError, OSError, Stopped):
        pass


class _Workers:
    """Pool of processes, each with one recording at a time; `finished` is called with each result.

    An executor of `concurrent.futures` would not do: if the system kills one of its processes for lack of memory, all
    tasks fail.
    """

    def __init__(self, tasks: list[Task], work: Work, finished: Callable[..., None]):
        self.tasks, self.work, self.finished = list(reversed(tasks)), work, finished
        self.context = multiprocessing.get_context("spawn")  # frameworks do not survive a fork
        self.running: dict[Connection, tuple[Any, Task]] = {}

    def run(self, n: int) -> None:
        """Run all tasks in n processes.

        Parameters
        ----------
        n
            Number of processes, >= 1.
        """
        try:
            for _ in range(n):
                self._start()
            while self.running:
                for connection in wait(list(self.running)):
                    self._answer(connection)  # type: ignore[arg-type]
        finally:
            for process, _ in self.running.values():
                process.terminate()
            for process, _ in self.running.values():
                process.join()

    def _start(self) -> None:
        if self.tasks:
            here, there = self.context.Pipe()
            process = self.context.Process(target=_serve, args=(there, self.work), daemon=True)
            process.start()
            there.close()
            self._give(here, process)

    def _give(self, connection: Connection, process: Any) -> None:
        """Send the next task to a process, or end the process if there is none."""
        if not self.tasks:
            with suppress(OSError):
                connection.send(None)
            process.join()
            connection.close()
            return
        task = self.tasks.pop()
        self.running[connection] = process, task
        with suppress(OSError):  # the process has died, which `_answer` finds by the closed pipe
            connection.send(task)

    def _answer(self, connection: Connection) -> None:
        process, task = self.running.pop(connection)
        try:
            report, error = connection.recv()
        except (EOFError, OSError):
            process.join()
            connection.close()
            remove_stages(task.folder)
            _remove_if_empty(task.folder)
            self.finished(task, None, f"the worker process died ({_death(process.exitcode)})")
            self._start()
            return
        self.finished(task, report, error)
        self._give(connection, process)


def _death(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return f"{name}, probably out of memory" if name == "SIGKILL" else name
    return f"exit code {code}"
