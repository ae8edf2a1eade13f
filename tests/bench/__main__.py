"""`make bench [ONLY=name]`."""

import argparse
import asyncio
import importlib
import sys
from pathlib import Path

from tests.bench.report import OUT, heading

BENCHES = ("sms_webhook", "pipeline", "latency", "cpu_per_message", "cases", "tracking", "routing")


def main() -> int:
    """Run the chosen benchmarks one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", choices=BENCHES)
    parser.add_argument("--quick", action="store_true", help="smaller sizes: shows that it runs, not how fast")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the JSON")
    options = parser.parse_args()
    for name in [options.only] if options.only else BENCHES:
        bench = importlib.import_module(f"tests.bench.{name}")
        heading(f"{name}: {bench.__doc__.strip().splitlines()[0]}")
        report = asyncio.run(bench.run(quick=options.quick))
        print(f"  written: {report.write(options.out)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
