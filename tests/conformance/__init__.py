"""The official test suite of the array API standard, run against the TensorFlow namespace: by hand, not in CI."""
