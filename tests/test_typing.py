"""Type stubs of the package agree with its classes. (mypy checks their use in tests/typed.py.)"""

from __future__ import annotations

import pytest

from tests.stubs import ROOT, write


def test_stubs_are_current(tmp_path):
    for path in write(tmp_path):
        shipped = ROOT / "ddsp" / path.relative_to(tmp_path)
        if shipped.read_text() != path.read_text():
            pytest.fail(f"{shipped.relative_to(ROOT)} is not current: python -m tests.stubs", pytrace=False)
    assert (ROOT / "ddsp" / "py.typed").exists()
