"""Two maps of mining: early 2026, and May 2021 on the eve of China's ban.

Shares of 2021 are those of the Cambridge mining map (CCAF: China 44, United States 17.8,
Kazakhstan 7.4, Russia 7.2, Canada 4.7 %; Iran and Malaysia of April). Shares of 2026 follow the
trade press (general knowledge, not verified) but for Kazakhstan's 1.4 %. Power prices are
assumptions around the median of Cambridge's 2025 survey, 0.045 USD/kWh. Grids are rounded
capacities and peak loads (assumption); only Kazakhstan's is tight: 7-8 % more load in 2021, of
which miners 1,000-1,200 MW, left it 600 MW short (energy ministry, Inter RAO, October 2021).
"""

from __future__ import annotations

from typing import Any

from tidegate.scenario.mining import HostSpec, MiningSpec, ProtocolSpec, RigSpec

__all__ = ["MAY_2021", "YEAR_2026"]

FLAT = (1.0,) * 12
SUMMER_PEAK = (0.86, 0.84, 0.80, 0.78, 0.84, 0.94, 1.00, 1.00, 0.93, 0.83, 0.80, 0.85)


def _host(
    name: str, share: float, price: float, grid: float, other: float, **more: Any
) -> HostSpec:
    return HostSpec(name=name, share=share, power_price=price, grid_mw=grid, other_mw=other, **more)


YEAR_2026 = MiningSpec(
    hosts=(
        _host("united_states", 0.375, 0.050, 860e3, 745e3, build_mw=8.0, monthly=SUMMER_PEAK),
        _host("russia", 0.160, 0.043, 200e3, 170e3, build_mw=4.0),
        _host("china", 0.130, 0.050, 1_700e3, 1_500e3, build_mw=0.0, monthly=SUMMER_PEAK),
        _host("paraguay", 0.040, 0.045, 8_700, 5_000, build_mw=1.0, monthly=FLAT),
        _host("uae", 0.035, 0.045, 35e3, 24e3, build_mw=1.0, monthly=SUMMER_PEAK),
        _host("canada", 0.030, 0.045, 125e3, 105e3, build_mw=1.0),
        _host("ethiopia", 0.025, 0.040, 6_000, 3_000, build_mw=1.0, monthly=FLAT),
        _host("kazakhstan", 0.014, 0.050, 16_900, 16_700, tax=0.0023, priority="last"),
        _host("bhutan", 0.004, 0.035, 2_500, 900, build_mw=0.5, state_mw=100.0, monthly=FLAT),
        _host("elsewhere", 0.187, 0.055, 600e3, 500e3, build_mw=4.0),
    ),
    rigs=(
        RigSpec(name="2024_13.5", joules=13.5, share=0.15),
        RigSpec(name="2023_17.5", joules=17.5, share=0.30),
        RigSpec(name="2022_21.5", joules=21.5, share=0.25),
        RigSpec(name="2021_29.5", joules=29.5, share=0.20),
        RigSpec(name="2020_34.5", joules=34.5, share=0.10),
    ),
)
"""About 22 J/TH on average, after 28.2 in mid-2024 (Cambridge 2025 survey)."""

MAY_2021 = MiningSpec(
    hosts=(
        _host("china", 0.440, 0.040, 1_300e3, 1_150e3, build_mw=0.0, monthly=SUMMER_PEAK),
        _host("united_states", 0.178, 0.045, 860e3, 720e3, build_mw=10.0, monthly=SUMMER_PEAK),
        _host("kazakhstan", 0.074, 0.040, 16_300, 15_500),
        _host("russia", 0.072, 0.042, 190e3, 160e3, build_mw=3.0),
        _host("canada", 0.047, 0.045, 125e3, 100e3, build_mw=2.0),
        _host("iran", 0.046, 0.030, 55e3, 54e3, build_mw=0.0, monthly=SUMMER_PEAK),
        _host("malaysia", 0.034, 0.050, 26e3, 19e3, build_mw=1.0, monthly=FLAT),
        _host("elsewhere", 0.109, 0.055, 600e3, 480e3, build_mw=4.0),
    ),
    rigs=(
        RigSpec(name="2020_30", joules=30.0, share=0.35),
        RigSpec(name="2018_45", joules=45.0, share=0.45),
        RigSpec(name="2016_98", joules=98.0, share=0.20),
    ),
    protocol=ProtocolSpec(height=682_000),
    hashrate=155.0,
)
"""Needs the price of the time (about 57,000 USD): 6.25 BTC a block then, and about 50 J/TH."""
