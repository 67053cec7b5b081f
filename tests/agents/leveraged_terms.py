"""Contracts and interest that tests of the leveraged public share."""

from tidegate_core.perpetual import Perpetual, Tier

from tidegate.agents.leveraged_groups import ContractInterest

MILLION = 1_000_000
_ROWS = (
    (50e3, 4_000, 125),
    (600e3, 5_000, 100),
    (3e6, 6_500, 75),
    (12e6, 10_000, 50),
    (70e6, 20_000, 25),
    (230e6, 50_000, 10),
    (1.2e9, 250_000, 2),
    (5e9, 500_000, 1),
)


def perpetual(name: str, price: int) -> Perpetual:
    tiers = [Tier(int(cap) * MILLION, rate, leverage) for cap, rate, leverage in _ROWS]
    return Perpetual(name, tiers=tiers, tick_value=10, max_price=8 * price, taker_ppm=450)


def interest(scale: float = 1.0) -> list[ContractInterest]:
    """Return the interest of a large and a small contract."""
    return [
        ContractInterest(perpetual("BTC-PERP", 1_200_000), 1_200_000, 21.7e9 * scale, 0.025),
        ContractInterest(
            perpetual("SOL-PERP", 200_000), 200_000, 4e9 * scale, 0.045, out_of_reach=0.0
        ),
    ]
