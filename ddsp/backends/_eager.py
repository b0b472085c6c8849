"""Members of an adapter for eager calls, in which Python takes longer than operations on small arrays."""

from __future__ import annotations

from typing import Any

__all__ = ["EagerCalls"]


class EagerCalls:
    """Base class of the adapters: defaults for libraries whose arrays do not share memory with NumPy."""

    def takes_gradient(self, *arrays: Any) -> bool:
        """Test whether results may be differentiated. If not, work for the gradient is skipped.

        Parameters
        ----------
        *arrays
            Arrays of this library.

        Returns
        -------
        takes_gradient : bool
            False if no gradient can be taken.
        """
        return True

    def may_replay(self, arrays: tuple[Any, ...]) -> bool:
        """Test whether recorded operations (`_replay`) on these arrays do what a function of them would do.

        Parameters
        ----------
        arrays
            Arrays of a class in `Tracing.eager_arrays`.

        Returns
        -------
        may_replay : bool
            True in eager mode, if no gradient is taken.
        """
        return False

    def host_for(self, *arrays: Any, most: int = 0) -> Any:
        """Return NumPy's adapter if operations on these arrays take less time to call in NumPy.

        Parameters
        ----------
        *arrays
            Arrays of this library.
        most
            Largest number of elements of an array; None for the default.

        Returns
        -------
        adapter : Adapter
            NumPy's adapter, for the arrays that `to_host` returns, or None.
        """
        return None

    def scalar(self, number: Any, like: Any) -> Any:
        """Return a Python number in the form in which recorded operations with an array take the least time.

        Parameters
        ----------
        number
            Number. Any other object is returned unchanged.
        like
            The array.

        Returns
        -------
        number : object
            A number, or an array without axes.
        """
        return number

    def concrete_nonzero(self, condition: Any) -> Any:
        """Find the true elements of a condition if its values are available, as in eager mode.

        Parameters
        ----------
        condition
            Boolean array, [n].

        Returns
        -------
        indices : array
            Indices of the true elements in ascending order; None while values are unknown, as under a compiler.
        """
        return None

    @staticmethod
    def to_host(array: Any) -> Any:
        """Return an array as a NumPy array, if `host_for` returned an adapter for it.

        Parameters
        ----------
        array
            Array of this library.

        Returns
        -------
        array : array
            The same memory.
        """
        return array

    @staticmethod
    def result_to_host(array: Any) -> Any:
        """Return the result of an operation without a gradient as a NumPy array.

        Parameters
        ----------
        array
            Array of this library.

        Returns
        -------
        array : array
            The same memory.
        """
        return array

    @staticmethod
    def from_host(array: Any) -> Any:
        """Return a NumPy array as an array of this library.

        Parameters
        ----------
        array
            NumPy array.

        Returns
        -------
        array : array
            The same memory.
        """
        return array

    @staticmethod
    def host_setting(x: Any) -> Any:
        """Convert an argument of an operation, such as a dtype, for NumPy.

        Parameters
        ----------
        x
            Any object but an array.

        Returns
        -------
        x : object
            The argument.
        """
        return x
