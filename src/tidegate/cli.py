"""The `tidegate` command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import tyro

from tidegate.commands.calibrate import Calibrate
from tidegate.commands.claims import Claims
from tidegate.commands.dashboard import Dashboard
from tidegate.commands.ecologies import Ecologies
from tidegate.commands.facts import Facts
from tidegate.commands.pairing import Pairing
from tidegate.commands.replay import Replay
from tidegate.commands.report import Report
from tidegate.commands.search import SearchCommand
from tidegate.commands.sensitivity import Sensitivity
from tidegate.commands.sweep import Sweep
from tidegate.commands.validate import Validate
from tidegate.study.options import complain
from tidegate.study.pipes import forgiving_stdout

_COMMANDS: Final[dict[str, Callable[..., Any]]] = {
    "calibrate": Calibrate,
    "claims": Claims,
    "dashboard": Dashboard,
    "ecologies": Ecologies,
    "facts": Facts,
    "pairing": Pairing,
    "replay": Replay,
    "report": Report,
    "search": SearchCommand,
    "sensitivity": Sensitivity,
    "sweep": Sweep,
    "validate": Validate,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the `tidegate` command and return its exit code."""
    with forgiving_stdout():
        command: Any = tyro.extras.subcommand_cli_from_dict(
            _COMMANDS, args=argv, prog="tidegate", config=(tyro.conf.FlagCreatePairsOff,)
        )
        try:
            return int(command.run())
        except ValueError as error:
            return complain(error)
        except KeyboardInterrupt:
            return 130
