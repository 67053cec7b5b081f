"""Extensions and compiler directives; everything else is in pyproject.toml.

``TIDEGATE_DEBUG=1 pip install -e .`` builds with bounds checks, C asserts and line
tracing, for finding a fault in the core.
"""

import os
import platform
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

DEBUG = os.environ.get("TIDEGATE_DEBUG", "") not in ("", "0")
ROOT = Path(__file__).parent
PROCESSORS = os.cpu_count() or 1
# What every module needs for memoryviews, compiled once: that halves the time of an install.
SHARED = "tidegate_core._shared"

DIRECTIVES = {
    "language_level": "3",
    "boundscheck": DEBUG,
    "wraparound": False,
    "cdivision": True,
    "initializedcheck": DEBUG,
    "linetrace": DEBUG,
    "embedsignature": True,
    "freethreading_compatible": True,
}

if platform.system() == "Windows":
    CFLAGS = ["/Od", "/Zi"] if DEBUG else ["/O2", "/fp:precise"]
else:
    # No contraction into fused multiply-adds and no fast-math: the same bits on every CPU.
    CFLAGS = ["-std=c11", "-ffp-contract=off", "-Wall", "-Wno-unused-function"]
    # Neighbouring fields written as one vector, then read alone, or the other way round, wait for
    # the write to reach the cache: packing straight-line code into vectors slows a book by 4 %.
    CFLAGS += ["-fno-tree-slp-vectorize"]
    CFLAGS += ["-O0", "-g", "-UNDEBUG"] if DEBUG else ["-O3", "-g0"]


def extensions() -> list[Extension]:
    """One extension per .pyx under cext/, named after its package path."""
    found = []
    for source in sorted((ROOT / "cext").rglob("*.pyx")):
        relative = source.relative_to(ROOT / "cext").with_suffix("")
        found.append(
            Extension(
                ".".join(relative.parts),
                [str(source.relative_to(ROOT))],
                include_dirs=["cext", "cext/tidegate_core"],
                extra_compile_args=CFLAGS,
                define_macros=[("CYTHON_TRACE", "1")] if DEBUG else [],
            )
        )
    return found


def shared() -> Extension:
    """Return the module that Cython writes for all the others."""
    source = Path("cext", *SHARED.split(".")).with_suffix(".c")
    return Extension(SHARED, [str(source)], extra_compile_args=CFLAGS)


if __name__ == "__main__":
    setup(
        ext_modules=cythonize(
            [*extensions(), shared()],
            include_path=["cext"],
            shared_utility_qualified_name=SHARED,
            compiler_directives=DIRECTIVES,
            annotate=DEBUG,
            # Elsewhere a process is not a fork, and would run this file again.
            nthreads=PROCESSORS if platform.system() == "Linux" else 0,
        ),
        options={"build_ext": {"parallel": PROCESSORS}},
    )
