"""Where a story is told: steps with their time, live where somebody watches, plain lines otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from penstock.cli.telling import console as make_console
from penstock.cli.telling import table
from penstock.reports.facts import StepFact

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID


class Stage:
    """Tells steps on a console.

    Parameters
    ----------
    console
        A rich console.
    clock
        Tells seconds.

    Examples
    --------
    >>> from rich.console import Console
    >>> stage = Stage(Console(width=60), clock=lambda: 0.0)
    >>> with stage.step("Count the rows", "penstock datasets"):
    ...     stage.note("200,000 rows")
    <BLANKLINE>
    1. Count the rows
       $ penstock datasets
       200,000 rows
       done in 0.0 s
    """

    def __init__(self, console: Console, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._console, self._clock = console, clock
        self._progress: Progress | None = None
        self._status: TaskID | None = None
        self._bars: dict[str, TaskID] = {}
        self.steps: list[StepFact] = []

    @contextmanager
    def step(self, title: str, *commands: str) -> Iterator[None]:
        """Tell a step: its title, the commands that do the same, what happens, and its time."""
        self._console.print(f"\n[bold]{len(self.steps) + 1}. {title}[/bold]")
        for command in commands:
            self._print(f"$ {command}", style="dim")
        start = self._clock()
        self._open()
        try:
            yield
        finally:
            self._close()
            took = self._clock() - start
            self.steps.append(StepFact(title=title, seconds=round(took, 1)))
        self._print(f"done in {took:.1f} s", style="green")

    def note(self, text: str, *, style: str = "") -> None:
        """Tell a line that stays."""
        for line in text.splitlines():
            self._print(line, style=style)

    def table(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
        """Tell records as a table."""
        from rich.padding import Padding

        padded = Padding(table(rows, columns), (0, 0, 0, 3), expand=False)
        with self._console.capture() as drawn:
            self._console.print(padded)
        for line in drawn.get().splitlines():
            self._console.out(line.rstrip(), highlight=False)

    def now(self, text: str) -> None:
        """Say what is going on; where nobody watches, nothing is printed."""
        if self._progress is not None and self._status is not None:
            self._progress.update(self._status, description=f"[dim]{_safe(text)}[/dim]")

    def bar(self, name: str, done: int, total: int) -> None:
        """Show how far something is; without a watcher its end is told as a line."""
        if self._progress is None:
            if done >= total and name not in self._bars:
                self._bars[name] = -1  # type: ignore[assignment]
                self._print(name, style="dim")
            return
        if name not in self._bars:
            self._bars[name] = self._progress.add_task(_safe(name), total=total)
        self._progress.update(self._bars[name], completed=done, total=total)

    def _open(self) -> None:
        """Begin to show what is going on."""
        self._bars = {}
        if not self._console.is_terminal:
            return
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
        )
        self._progress = Progress(*columns, console=self._console, transient=True)
        self._status = self._progress.add_task("[dim]starting[/dim]", total=None)
        self._progress.start()

    def _close(self) -> None:
        """End to show what is going on."""
        if self._progress is not None:
            self._progress.stop()
        self._progress, self._status = None, None

    def _print(self, text: str, *, style: str = "") -> None:
        """Print an indented line as it is."""
        from rich.text import Text

        self._console.print(Text(f"   {text}", style=style))


@contextmanager
def open_stage() -> Iterator[Stage]:
    """Return a stage on the standard output."""
    yield Stage(make_console())


def _safe(text: str) -> str:
    """Escape what rich would take for markup."""
    from rich.markup import escape

    return escape(text)
