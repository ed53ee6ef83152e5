"""What `scripts/tools` does: makes the tools of the deployment's tests, and says where they are."""

import argparse
import sys

from scripts.deploy.recipes import toolbox
from scripts.deploy.toolbox import ToolError


def main() -> int:
    """Make the tools that are asked for; returns the exit status."""
    box = toolbox()
    light = [name for name, tool in box.tools.items() if not tool.heavy]
    heavy = [name for name, tool in box.tools.items() if tool.heavy]
    parser = argparse.ArgumentParser(
        prog="scripts/tools",
        description="Make the tools that the deployment's tests and scripts run, and print the folder of each. They "
        f"are kept in {box.folder}; one that is there already is not made again.",
        epilog=f"Without names: {', '.join(light)}. Compiled for minutes, so made by name only (or --all): "
        f"{', '.join(heavy)}.",
    )
    parser.add_argument("name", nargs="*", choices=[[], *light, *heavy], help="what to make", metavar="NAME")
    parser.add_argument("--all", action="store_true", help="make everything")
    parser.add_argument("--cached", action="store_true", help="make nothing: fail when one is not there")
    arguments = parser.parse_args()
    failed = False
    for name in [*light, *heavy] if arguments.all else arguments.name or light:
        if arguments.cached and box.find(name) is None:
            print(f"scripts/tools: {name} is not there", file=sys.stderr)
            failed = True
            continue
        try:
            print(f"{name}\t{box.ensure(name)}", flush=True)
        except ToolError as error:
            print(f"scripts/tools: {name}: {error}", file=sys.stderr)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
