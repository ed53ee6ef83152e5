"""`python -m bench OUT`: measures, and writes OUT/results.md and OUT/results.svg; docs/performance.md tells more."""

import argparse
import os
import platform
import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.contenders import Contender, nginx, nginx_on, ours, peer
from bench.corpus import make_corpus
from bench.growth import growth
from bench.program import DIRECT, program
from bench.results import Row, markdown, plot
from bench.serving import cold, together, warm
from bench.uploads import uploads

SERVERS = ("uvicorn", "granian", "hypercorn")
PARTS = ("warm", "cold", "together", "program", "growth", "uploads")


def main() -> None:
    """Measure what the arguments ask for."""
    arguments = _arguments()
    tables: list[tuple[str, list[Row], Sequence[str]]] = []
    with TemporaryDirectory(prefix="bench-") as name:
        corpus = make_corpus(Path(name) / "tree")
        contenders = [*map(ours, arguments.servers), nginx(corpus.root), *map(peer, arguments.peer)]
        names = [each.name for each in contenders]
        fetching: list[Contender] = [each for each in contenders if each.name != "nginx"]
        (Path(name) / "upstream").mkdir()
        with nginx_on(corpus.root, Path(name) / "upstream") as upstream:
            rows: list[Row] = []
            if "warm" in arguments.parts:
                rows += warm(contenders, upstream.url, arguments.rounds, arguments.seconds)
            if "cold" in arguments.parts:
                rows += cold(contenders, upstream.url, corpus, arguments.rounds)
            if "together" in arguments.parts:
                rows.append(together(fetching, upstream, Path(name) / "upstream" / "requests.log"))
        tables.append(("Serving; in brackets the ratio to the first column", rows, names))
        if "program" in arguments.parts:
            tables.append(
                ("A program on helm.sh/helm/v3, by go", program(fetching, arguments.rounds), [*names, DIRECT])
            )
    _write(arguments.out, tables)  # what comes takes minutes more
    if "growth" in arguments.parts:
        tables.append(("Growth: stored versions", growth(arguments.rounds, arguments.seconds), ["100", "100,000"]))
    if "uploads" in arguments.parts:
        tables.append(("Uploads", uploads(arguments.rounds, 40), ["wall", "cpu of the uploader"]))
    _write(arguments.out, tables)
    print((arguments.out / "results.md").read_text())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Needs wrk, curl, nginx and, for the part `program`, go and a mirror."
    )
    parser.add_argument("out", type=Path, help="the folder for results.md and the plots")
    parser.add_argument("--rounds", type=int, default=5, help="of each measurement; the median counts")
    parser.add_argument("--seconds", type=int, default=3, help="of load in each round")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--servers", nargs="+", choices=SERVERS, default=SERVERS, help="that our proxy is to run on")
    parser.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="NAME=COMMAND",
        help="another server: its command with {port}, {upstream} and {folder} in it, or NAME=URL of one that runs",
    )
    arguments = parser.parse_args()
    for tool in ("wrk", "curl", "go"):
        if shutil.which(tool) is None:
            parser.error(f"{tool} is not installed")
    return arguments


def _write(out: Path, tables: list[tuple[str, list[Row], Sequence[str]]]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    machine = f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()} {platform.release()}"
    texts = [f"Measured on {machine}, Python {platform.python_version()}. Medians; less is better.\n"]
    for number, (title, rows, columns) in enumerate(each for each in tables if each[1]):
        texts.append(f"## {title}\n\n{markdown(rows, columns)}")
        (out / f"results-{number}.svg").write_text(plot(rows, columns))
    (out / "results.md").write_text("\n".join(texts))


if __name__ == "__main__":
    main()
