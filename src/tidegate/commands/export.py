"""`tidegate export`: a simulated market's own orders, in a format that other tools read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro


@dataclass(frozen=True)
class Export:
    """Run a spot market and write what one of its venues carried out, order by order."""

    form: Annotated[
        tyro.conf.Positional[Literal["lobster"]],
        tyro.conf.arg(help="Format of the files: LOBSTER's messages and rows of the book."),
    ]
    messages: Annotated[
        tyro.conf.Positional[Path],
        tyro.conf.arg(metavar="MESSAGES", help="Messages to write; compressed if it ends in .gz."),
    ]
    book: Annotated[
        tyro.conf.Positional[Path],
        tyro.conf.arg(metavar="BOOK", help="Rows of the book to write, likewise."),
    ]
    days: Annotated[float, tyro.conf.arg(help="Days to record.")] = 10.0
    after: Annotated[float, tyro.conf.arg(help="Days that the market runs before.")] = 10.0
    seed: Annotated[int, tyro.conf.arg(help="Seed of the market.")] = 1
    venue: Annotated[str, tyro.conf.arg(help="Name of the venue.")] = "offshore"
    levels: Annotated[int, tyro.conf.arg(help="Levels of each side to show.")] = 10

    def run(self) -> int:
        """Write the files and say what they hold."""
        for name, days in (("days", self.days), ("after", self.after)):
            if not 0 <= days < math.inf:
                raise ValueError(f"--{name} is {days:g}; it must be finite and 0 or more")
        if self.levels < 1:
            raise ValueError(f"--levels is {self.levels}; it must be 1 or more")
        from tidegate.model import Market  # here: other commands do not wait for Mesa
        from tidegate.replay import lobster, market_day

        market = Market(rng=self.seed)
        market.run_days(self.after)
        day = market_day.record(market, self.days, venue=self.venue, levels=self.levels)
        if not len(day.messages):
            raise ValueError(f"--days is {self.days:g}; in so little time nothing happened")
        lobster.write(day, self.messages, self.book)
        print(f"{len(day.messages):,} messages: {self.messages}, {self.book}")
        return 0
