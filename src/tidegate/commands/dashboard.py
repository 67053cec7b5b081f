"""``tidegate dashboard``: serve a running market to a browser on this machine."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Annotated

import tyro

from tidegate.study.packages import PackageName, experiment_named

__all__ = ["Dashboard"]

NEEDED = ("solara", "uvicorn", "matplotlib")
APP = "tidegate.dashboard.app"


@dataclass(frozen=True)
class Dashboard:
    """Look at a running market in a browser: step it, move its levers, fork it."""

    package: PackageName = "experiments"
    experiment: Annotated[
        str, tyro.conf.arg(help="Which experiment is on stage at first; the first by default.")
    ] = ""
    host: Annotated[
        str, tyro.conf.arg(help="Address to listen on; by default nobody but this machine.")
    ] = "127.0.0.1"
    port: Annotated[int, tyro.conf.arg(help="Port to listen on.")] = 8765

    def run(self) -> int:
        """Serve until interrupted; return the server's exit code.

        Raises
        ------
        ValueError
            If an option is wrong or the extra is not installed.
        """
        if not 1 <= self.port <= 65_535:
            raise ValueError(f"--port is {self.port}; it must be 1 to 65535")
        if self.experiment:
            experiment_named(self.package, self.experiment)
        missing = [name for name in NEEDED if not _installed(name)]
        if missing:
            raise ValueError(
                f"the dashboard needs {' and '.join(missing)}: pip install 'tidegate[viz]'"
            )
        print(f"http://{self.host}:{self.port} (end with Ctrl-C)", flush=True)
        return subprocess.run(self._command(), env=self._environment(), check=False).returncode

    def _command(self) -> list[str]:
        # Not `solara run`, which asks a package index for news of itself.
        listen = ["--host", self.host, "--port", str(self.port), "--log-level", "warning"]
        return [sys.executable, "-m", "uvicorn", "solara.server.starlette:app", *listen]

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "TIDEGATE_DASHBOARD_PACKAGE": self.package,
            "TIDEGATE_DASHBOARD_EXPERIMENT": self.experiment,
            "SOLARA_APP": APP,
            "SOLARA_MODE": "production",
            "SOLARA_CHECK_HOOKS": "off",
            "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",  # nothing leaves this machine
        }


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None
