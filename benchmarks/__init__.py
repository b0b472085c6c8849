"""How fast, how large: seven workloads on every backend, in units of a yardstick. `python -m benchmarks --help`."""
