"""Starts the processes of the stack, starts the dead ones again, and ends them all, the last one first."""

import os
import signal
import time
from collections.abc import Callable
from types import FrameType

from karlos_site.stack.child import Child, Command
from karlos_site.stack.console import Console

_TICK_SECONDS = 0.1
_GRACE_SECONDS = 20.0


class StopAsked(Exception):
    """Ctrl-C, SIGTERM, a closed terminal, or the end of the `make` that started us."""


class Supervisor:
    """The second signal to stop hurries: what still runs is killed."""

    def __init__(self, *, console: Console, environment: dict[str, str], parent: int | None = None) -> None:
        self._console = console
        self._environment = environment
        self._parent = parent
        self._children: list[Child] = []
        self._stops_asked = 0
        # Only this process holds the writing end: the system closes it when this process is gone.
        self._lifeline, self._held_end = os.pipe()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._count_stop)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup wants it
            signal.signal(signal.SIGHUP, self._count_stop)

    def _count_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stops_asked += 1

    def start(self, command: Command) -> Child:
        child = self._spawn(command)
        self._children.append(child)
        return child

    def run(self, command: Command) -> int:
        """Run one command to its end; its exit code."""
        child = self._spawn(command)
        try:
            while child.is_running():
                self.pause()
        finally:
            child.kill()
            child.drain()
        return child.exit_code() or 0

    def _spawn(self, command: Command) -> Child:
        return Child(command, lifeline=self._lifeline, environment=self._environment, console=self._console)

    def discard(self, child: Child) -> None:
        """Forget a child that shall not be started again."""
        child.kill()
        self._children.remove(child)

    def pause(self) -> None:
        """A tenth of a second; raises StopAsked."""
        time.sleep(_TICK_SECONDS)
        if self._parent and os.getppid() != self._parent:
            self._stops_asked += 2  # whoever killed it may start it again at once
        if self._stops_asked:
            raise StopAsked

    def wait_until(self, holds: Callable[[], bool], *, seconds: float) -> bool:
        """Look after the children until it holds; False when the time is up."""
        ends_at = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > ends_at:
                return False
            self.pause()
            self._revive()
        return True

    def watch(self) -> None:
        """Look after the children until StopAsked is raised."""
        while True:
            self.pause()
            self._revive()

    def _revive(self) -> None:
        for child in self._children:
            if child.is_running():
                continue
            if child.restart_at is None:
                epitaph = child.epitaph()
                self._console.say(f"{child.name} {epitaph}; starting it again in {child.plan_restart():g} s")
            elif time.monotonic() >= child.restart_at:
                child.start()

    def stop(self) -> None:
        """End the children one after the other, the last started first."""
        ends_at = time.monotonic() + _GRACE_SECONDS
        while self._children:
            child = self._children.pop()
            child.terminate()
            while child.is_running() and time.monotonic() < ends_at and self._stops_asked < 2:
                time.sleep(_TICK_SECONDS / 2)
            if child.is_running() and self._stops_asked < 2:
                self._console.say(f"{child.name} did not end in {_GRACE_SECONDS:g} s and is killed")
            child.kill()
            child.drain()
