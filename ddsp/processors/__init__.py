"""Processors: their base class, the simple ones, and graphs of them."""

from .base import ParamSpec, Processor
from .group import ProcessorGroup
from .mixing import Mix
from .simple import Add, Crop

__all__ = ["Add", "Crop", "Mix", "ParamSpec", "Processor", "ProcessorGroup"]
