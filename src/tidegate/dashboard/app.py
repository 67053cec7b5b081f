"""The page: Mesa's controls at the side, what the market shows in the middle.

Run by ``tidegate dashboard``, which tells it by environment variables where experiments are.
"""

from __future__ import annotations

import html
import os
from typing import Any

import solara
from matplotlib.figure import Figure
from mesa.visualization import SolaraViz
from mesa.visualization.utils import force_update, update_counter

from tidegate.dashboard import figures, readings
from tidegate.dashboard.drawings import drawings
from tidegate.dashboard.levers import inputs
from tidegate.dashboard.stage import Stage
from tidegate.scenario.levers import Levers
from tidegate.study.packages import experiment_named, experiments_in

__all__ = ["Page"]

PACKAGE = os.environ.get("TIDEGATE_DASHBOARD_PACKAGE", "experiments")
FIRST = os.environ.get("TIDEGATE_DASHBOARD_EXPERIMENT", "")
EVENTS = 12  # shown
STYLE = """
.tidegate-drawing svg { width: 100%; height: auto; }
.v-card__title { word-break: normal; font-size: 1rem; }
@media (max-width: 600px) {  /* on a phone the controls stand above what they control */
  .v-navigation-drawer { min-width: 0 !important; max-width: 100% !important; }
  .v-navigation-drawer--open {
    position: static !important; width: 100% !important; height: auto !important;
    transform: none !important; margin-top: 56px;
  }
  .v-overlay { display: none !important; }
  .v-content { padding-top: 0 !important; min-height: 0; }
}
"""


@solara.component
def Page() -> None:
    """Choose an experiment; Mesa's SolaraViz steps and resets it."""
    names = solara.use_memo(lambda: [e.module.rpartition(".")[2] for e in experiments_in(PACKAGE)])
    chosen, choose = solara.use_state(FIRST or names[0])
    solara.Title("tidegate")
    with solara.Sidebar(), solara.Card("Experiment"):
        solara.Select("experiment", values=names, value=chosen, on_value=choose)
        solara.Text("Parameters below count from the next Reset on.")
    _Theatre(chosen).key(chosen)


@solara.component
def _Theatre(name: str) -> None:
    stage = solara.use_memo(lambda: solara.reactive(Stage(PACKAGE, name)), [name])
    parameters = solara.use_memo(lambda: _parameters(name), [name])
    SolaraViz(stage, components=[], model_params=parameters, name="tidegate")
    _Board(stage)


def _parameters(name: str) -> dict[str, Any]:
    experiment = experiment_named(PACKAGE, name)
    arms = {arm.label: arm.title for arm in experiment.arms(experiment.parameters())}
    return {"package": PACKAGE, "experiment": name, **inputs(experiment, arms)}


@solara.component
def _Board(stage: solara.Reactive[Stage]) -> None:
    """Show what can be read off the market now."""
    update_counter.get()
    shown = stage.value
    solara.Style(STYLE)
    # Not as Markdown, which fetches a typesetter of formulas.
    solara.HTML(tag="h2", unsafe_innerHTML=html.escape(shown.experiment.question))
    if shown.problem:
        solara.Error(shown.problem)
        return
    _Numbers(shown)
    _Fork(stage)
    with solara.ColumnsResponsive(12, large=6):
        for title, figure in drawings(shown):
            _Drawing(title, figure)
        _Events(shown)


@solara.component
def _Drawing(title: str, figure: Figure | None) -> None:
    with solara.Card(title, margin=1, classes=["tidegate-drawing"]):
        if figure is None:
            solara.Text("nothing yet")
            return
        label = f'<svg role="img" aria-label="{html.escape(title)}"'
        solara.HTML(unsafe_innerHTML=figures.svg(figure).replace("<svg", label, 1))


@solara.component
def _Numbers(stage: Stage) -> None:
    """Show time and, for every future, the numbers of this moment."""
    update_counter.get()  # the stage is the same object, whatever it shows
    lines = [f"tick {stage.world.tick}, {_since(stage.day)}"]
    for future in stage.futures:
        frame = readings.paths(future.world)
        if len(frame):
            last = frame.row(-1, named=True)
            parts = [f"price {last['price']:,.2f} USD", f"depth {last['depth'] / 1e6:,.1f} M USD"]
            if "interest" in last:
                parts.append(f"open interest {last['interest'] / 1e9:,.2f} bn USD")
                total = float(frame["liquidated"].sum())
                parts.append(f"liquidated so far {total / 1e6:,.1f} M USD")
            lines.append(f"{future.title}: {', '.join(parts)}")
    if stage.changed:
        lines.append("changed: " + ", ".join(f"{k} {v}" for k, v in stage.changed.items()))
    with solara.Column(gap="2px", classes=["tidegate-numbers"]):
        for line in lines:
            solara.Text(line)


def _since(day: float) -> str:
    """Return a time in words: days where it is a day or more from the announcement, else hours."""
    size, unit = (abs(day), "days") if abs(day) >= 1.0 else (24.0 * abs(day), "hours")
    return f"{size:,.2f} {unit} {'before' if day < 0 else 'after'} the announcement"


@solara.component
def _Fork(stage: solara.Reactive[Stage]) -> None:
    """Let a second future begin here, by an arm's policies or by one lever."""
    update_counter.get()
    shown = stage.value
    labels = [arm.label for arm in shown.treatments]
    arm, set_arm = solara.use_state("")
    lever, set_lever = solara.use_state("")
    value, set_value = solara.use_state("")
    problem, set_problem = solara.use_state("")

    def fork() -> None:
        try:
            if lever:
                shown.fork_lever(lever, _read(value))
            elif arm or labels:
                shown.fork_arm(arm or labels[0])
            else:
                raise ValueError("choose a lever: no arm of this experiment can start later")
            set_problem("")
        except ValueError as error:
            set_problem(str(error))
        force_update()

    def join() -> None:
        shown.join()
        force_update()

    with solara.Card("A second future", margin=1), solara.Row(style={"flex-wrap": "wrap"}):
        if labels:
            solara.Select(
                "policies of the arm", values=labels, value=arm or labels[0], on_value=set_arm
            )
        heeded = [n for n in Levers.names() if n.partition(".")[0] in _heeded(shown)]
        name = "or a lever" if labels else "a lever"
        solara.Select(name, values=["", *heeded], value=lever, on_value=set_lever)
        if lever:
            solara.InputText("its value", value=value, on_value=set_value)
        solara.Button("Fork here", color="primary", on_click=fork)
        solara.Button("Drop the fork", on_click=join, disabled=len(shown.futures) < 2)
    if problem:
        solara.Error(problem)


def _heeded(stage: Stage) -> tuple[str, ...]:
    heeded: tuple[str, ...] = getattr(type(stage.world), "heeded", ())
    return heeded


def _read(text: str) -> Any:
    """Return what was typed as a truth value, a number, nothing, or the text itself."""
    words = {"true": True, "false": False, "none": None, "": None}
    if text.strip().lower() in words:
        return words[text.strip().lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


@solara.component
def _Events(stage: Stage) -> None:
    update_counter.get()
    with solara.Card("What happened", margin=1), solara.Column(gap="2px"):
        for future in stage.futures:
            if len(stage.futures) > 1:
                solara.Text(future.title, style={"font-weight": "bold"})
            rows = readings.events(future.world).head(EVENTS).iter_rows()
            lines = [f"{_when(day)}: {event}" for day, event in rows] or ["nothing yet"]
            for line in lines:
                solara.Text(line)


def _when(day: float) -> str:
    hours = round(24 * day)
    return f"day {hours // 24}, {hours % 24:02d} h"
