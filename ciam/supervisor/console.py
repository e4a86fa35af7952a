"""One console for many programs: each line is marked with who said it."""

import os
import sys
import threading
from collections.abc import Callable

from ciam.embedded import Child

COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)


class Console:
    def __init__(self, names: list[str], on_gone: Callable[[], None]) -> None:
        """`on_gone` is called when nobody reads any more (the terminal was closed, `| head` ended)."""
        self._width = max(map(len, names))
        self._colours: dict[str, int] = {}
        if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
            self._colours = {name: COLOURS[index % len(COLOURS)] for index, name in enumerate(names)}
        self._lock = threading.Lock()
        self._on_gone = on_gone
        self._gone = False

    def line(self, name: str, text: str) -> None:
        mark = f"{name:<{self._width}} |"
        if name in self._colours:
            mark = f"\x1b[{self._colours[name]}m{mark}\x1b[0m"
        self._write(f"{mark} {text}\n")

    def block(self, text: str) -> None:
        self._write(f"\n{text}\n\n")

    def follow(self, child: Child) -> threading.Thread:
        """Show what the program prints until it and all that it started have ended."""
        thread = threading.Thread(target=self._follow, args=[child], daemon=True)
        thread.start()
        return thread

    def _follow(self, child: Child) -> None:
        for line in child.output:
            self.line(child.name, line.decode(errors="replace").rstrip())

    def _write(self, text: str) -> None:
        with self._lock:
            if self._gone:
                return
            try:
                sys.stdout.write(text)
                sys.stdout.flush()
            except OSError:
                self._gone = True
                # What is still buffered has to go somewhere when the interpreter ends.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if self._gone:
            self._on_gone()
