"""What a whole process of the command costs: time from the shell to the answer, and memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from bot.errors import XiaoerError
from handlers.cli.bench.figures import Start

_ROOT = Path(__file__).parents[3]
# The command as its script runs it; with memory, what it took at most is the last line on standard error.
_RUN = "from handlers.cli.main import main; main()"
_RUN_AND_WEIGH = """
import sys
from handlers.cli.main import main
try:
    main()
finally:
    from handlers.cli.bench.process import peak_mib
    print(peak_mib(), file=sys.stderr)
"""


def measure(folder: Path, runs: int) -> Start:
    """`xiaoer ask 你好` in a process of its own, several times; its memory in one more run, which is not timed."""
    _ask(_RUN, folder)
    seconds = []
    for _ in range(runs):
        begun = perf_counter()
        _ask(_RUN, folder)
        seconds.append(perf_counter() - begun)
    weighed = _ask(_RUN_AND_WEIGH, folder)
    return Start(runs, median(seconds), max(seconds), float(weighed.split()[-1]))


def _ask(script: str, folder: Path) -> str:
    """Run the command; what it wrote to standard error."""
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, "-c", script, "ask", "你好", "--knowledge", str(folder)],
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise XiaoerError(f"量启动时间时 xiaoer ask 出错: {done.stderr.strip()[-400:]}")
    return done.stderr


def peak_mib() -> float:
    """The most memory that this process has held, in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        # A child's ru_maxrss begins with its parent's on Linux; this figure is the process's own.
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
