"""Freed memory is used again without asking the kernel for new pages."""

from __future__ import annotations

import subprocess
import sys

import pytest
from conftest import ROOT

COUNT = """
import resource
from models.memory import keep_what_is_freed

if {told}:
    assert keep_what_is_freed()
b"x" * (64 * 2**20)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    b"x" * (64 * 2**20)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(told):
    done = subprocess.run([sys.executable, "-c", COUNT.format(told=told)], cwd=ROOT, capture_output=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be told")
def test_large_blocks_come_back_without_new_pages():
    assert faults(told=True) < 100 < 1000 < faults(told=False)
