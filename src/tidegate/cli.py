"""The `tidegate` command."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import tyro

import tidegate
from tidegate.commands.calibrate import Calibrate
from tidegate.commands.claims import Claims
from tidegate.commands.dashboard import Dashboard
from tidegate.commands.ecologies import Ecologies
from tidegate.commands.export import Export
from tidegate.commands.facts import Facts
from tidegate.commands.pairing import Pairing
from tidegate.commands.replay import Replay
from tidegate.commands.report import Report
from tidegate.commands.search import SearchCommand
from tidegate.commands.sensitivity import Sensitivity
from tidegate.commands.sweep import Sweep
from tidegate.commands.validate import Validate
from tidegate.study.options import complain, heed_no_color
from tidegate.study.pipes import forgiving_stdout

_COMMANDS: Final[dict[str, Callable[..., Any]]] = {
    "calibrate": Calibrate,
    "claims": Claims,
    "dashboard": Dashboard,
    "ecologies": Ecologies,
    "export": Export,
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
    words = sys.argv[1:] if argv is None else argv
    if list(words) == ["--version"]:
        print(f"tidegate {tidegate.__version__}")
        return 0
    heed_no_color()
    with forgiving_stdout():
        command: Any = tyro.extras.subcommand_cli_from_dict(
            _COMMANDS, args=words, prog="tidegate", config=(tyro.conf.FlagCreatePairsOff,)
        )
        try:
            return int(command.run())
        except ValueError as error:
            return complain(error)
        except OSError as error:
            # A disk or a permission: nothing that a traceback explains.
            named = f"{error.filename}: " if error.filename else ""
            print(f"error: {named}{error.strerror or error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130
