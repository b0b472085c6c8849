"""The figures of the documentation, drawn with the library itself.

`python -m docs.draw` writes all of them to docs/figures/, and `python -m docs.draw group landscapes` these two. Each
file has the figures of one page: a function decorated with `figure` draws the figure of its name. `style.py` has what
they share.
"""
