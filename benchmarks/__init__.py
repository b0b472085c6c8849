"""How fast, how large: six workloads on every backend, in units of a yardstick. `python -m benchmarks --help`."""
