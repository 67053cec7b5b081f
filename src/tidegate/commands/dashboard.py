"""``tidegate dashboard``: serve a running market to a browser on this machine."""

from __future__ import annotations

import errno
import importlib.util
import os
import signal
import socket
import warnings
from dataclasses import dataclass
from typing import Annotated

import tyro

from tidegate.study.packages import PackageName, experiment_named, experiments_in

__all__ = ["Dashboard"]

NEEDED = ("solara", "uvicorn", "matplotlib")
APP = "tidegate.dashboard.app"
PATIENCE = 3  # seconds that open pages have when the server ends


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
        """Serve until interrupted; return 0.

        Raises
        ------
        ValueError
            If an option is wrong or the extra is not installed.
        """
        self._check()
        missing = [name for name in NEEDED if not _installed(name)]
        if missing:
            raise ValueError(
                f"the dashboard needs {' and '.join(missing)}: pip install 'tidegate[viz]'"
            )
        with self._listening() as listener:
            print(f"{self._url()} (end with Ctrl-C)", flush=True)
            self._serve(listener)
        return 0

    def _check(self) -> None:
        if not 1 <= self.port <= 65_535:
            raise ValueError(f"--port is {self.port}; it must be 1 to 65535")
        if self.experiment:
            experiment_named(self.package, self.experiment)
        elif next(experiments_in(self.package), None) is None:
            raise ValueError(f"--from is {self.package!r}; it has no experiments")

    def _listening(self) -> socket.socket:
        """Return a socket that listens, so that an address is told only where it answers."""
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
            family, *_, address = found[0]
            return socket.create_server(address[:2], family=family)
        except (OSError, UnicodeError) as error:
            code = getattr(error, "errno", None)
        if code == errno.EADDRINUSE:
            raise ValueError(f"--port is {self.port}; it is in use on {self.host}, choose another")
        if code == errno.EACCES:
            raise ValueError(f"--port is {self.port}; only an administrator may listen on it")
        raise ValueError(f"--host is {self.host!r}; it must be an address of this machine")

    def _url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def _serve(self, listener: socket.socket) -> None:
        """Serve in this process: what ends the command ends the server."""
        os.environ.update(self._environment())  # read when Solara is imported
        import uvicorn

        # After the server has closed, so that no thread in which a market plays outlives Ctrl-C.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        # Not `solara run`, which asks a package index for news of itself.
        app = "solara.server.starlette:app"
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=PATIENCE)
        with warnings.catch_warnings():
            # Advice on pages inside pages of other sites, of which this is none.
            warnings.filterwarnings("ignore", message="Cookies with samesite=none")
            uvicorn.Server(config).run(sockets=[listener])

    def _environment(self) -> dict[str, str]:
        return {
            "TIDEGATE_DASHBOARD_PACKAGE": self.package,
            "TIDEGATE_DASHBOARD_EXPERIMENT": self.experiment,
            "SOLARA_APP": APP,
            "SOLARA_MODE": "production",
            "SOLARA_CHECK_HOOKS": "off",
            "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",  # nothing leaves this machine
        }


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None
