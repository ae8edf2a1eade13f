"""The `posthouse` command."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from posthouse import commands
from posthouse.errors import CommandError
from posthouse.registry import NotConfigured

app = typer.Typer(
    name="posthouse",
    help="驿站 Posthouse: the contact centre of an express courier.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
contracts_app = typer.Typer(help="Event schemas, OpenAPI and AsyncAPI documents.", no_args_is_help=True)
procedures_app = typer.Typer(help="The courier's procedures as data.", no_args_is_help=True)
dead_letters_app = typer.Typer(help="Events that could not be handled.", no_args_is_help=True)
k8s_app = typer.Typer(help="Kubernetes manifests that follow from the code.", no_args_is_help=True)
users_app = typer.Typer(help="Users of the built-in identity provider.", no_args_is_help=True)
app.add_typer(contracts_app, name="contracts")
app.add_typer(procedures_app, name="procedures")
app.add_typer(dead_letters_app, name="dead-letters")
app.add_typer(users_app, name="users")
app.add_typer(k8s_app, name="k8s")

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(help="Port to listen on.")]


@app.command()
def up(host: Host = "127.0.0.1", port: Port = 8080) -> None:
    """Everything in one process, on a PostgreSQL of its own. Add users with `posthouse users add`."""
    uvloop.run(commands.up(host, port))


@app.command()
def demo(
    host: Host = "127.0.0.1",
    port: Port = 8080,
    once: Annotated[
        bool, typer.Option("--once", help="Drive the scripted customers once, check each step, stop.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="With --once: print one JSON object.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the demo's data for the next start.")] = False,
) -> None:
    """Everything in one process, with simulated customers and signed-in demo agents."""
    if json and not once:
        raise typer.BadParameter("--json goes with --once")
    sys.exit(uvloop.run(commands.demo(host, port, once=once, as_json=json, keep=keep)))


@app.command()
def serve(
    services: Annotated[list[str], typer.Argument(help="voice sms email chat cases routing tracking-gateway insights")],
    host: Host = "0.0.0.0",  # noqa: S104 - a container serves its pod's address
    port: Port = 8000,
) -> None:
    """Serve one service (or several) on the surroundings that the POSTHOUSE_ settings name."""
    uvloop.run(commands.serve(services, host, port))


@app.command()
def migrate(
    services: Annotated[list[str] | None, typer.Argument(help="Which services; none for all.")] = None,
) -> None:
    """Create databases, bring their schema up to date, create topics."""
    uvloop.run(commands.migrate(services or []))


@app.command()
def doctor() -> None:
    """Check what this machine and these settings lack, and say what to do about it."""
    sys.exit(uvloop.run(commands.doctor()))


@app.command()
def simulate(
    config: Annotated[
        Path | None, typer.Option(help="YAML file: a scenario, or with --replay the changes. None: a built-in example.")
    ] = None,
    replay: Annotated[Path | None, typer.Option(help="A recorded day, or exported events, one JSON a line.")] = None,
    hours: Annotated[float | None, typer.Option(help="Simulated hours, instead of the scenario's.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same day.")] = 1,
    runs: Annotated[
        int, typer.Option(min=1, help="Repeat the day with other seeds; intervals then span the runs.")
    ] = 1,
    plots: Annotated[Path | None, typer.Option(help="Folder to write charts (SVG) into.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Run a day of arrivals through the routing engine in virtual time."""
    from posthouse import planning

    planning.simulate(config, replay=replay, hours=hours, seed=seed, runs=runs, as_json=json, plots=plots)


@app.command()
def record(
    begin: Annotated[datetime, typer.Argument(help="First instant, UTC, for example 2026-11-20T00:00:00.")],
    out: Annotated[Path, typer.Option(help="File to write.")],
    hours: Annotated[float, typer.Option(help="Length of the recording.")] = 24.0,
    domain: Annotated[str, typer.Option(help="Routing domain.")] = "default",
) -> None:
    """Record a day of routing, without personal data, to replay it with `simulate --replay`."""
    from posthouse import planning

    planning.record_stretch(domain, begin.replace(tzinfo=UTC), hours, out)


@app.command()
def staffing(
    calls: Annotated[list[float], typer.Argument(help="Calls in each interval, one number an interval.")],
    handle: Annotated[float, typer.Option(help="Mean handling time, wrap-up included, in seconds.")],
    minutes: Annotated[float, typer.Option(min=1, help="Length of an interval.")] = 30,
    patience: Annotated[
        float | None, typer.Option(min=1, help="Mean patience in seconds (Erlang A). None: waits for ever (Erlang C).")
    ] = None,
    level: Annotated[float, typer.Option(min=0.01, max=0.999, help="Share to be answered in time.")] = 0.8,
    within: Annotated[float, typer.Option(min=0, help="In time means within this many seconds.")] = 20,
    most_occupied: Annotated[float, typer.Option(min=0.1, max=1, help="Highest occupancy of agents.")] = 1.0,
    shrinkage: Annotated[float, typer.Option(min=0, max=0.95, help="Share of paid time off the phones.")] = 0.0,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
) -> None:
    """Work out how many agents a load needs, interval by interval."""
    from posthouse import planning

    planning.staffing(
        calls,
        minutes=minutes,
        handle=handle,
        patience=patience,
        level=level,
        within=within,
        most_occupied=most_occupied,
        shrinkage=shrinkage,
        as_json=json,
    )


@contracts_app.command("export")
def contracts_export() -> None:
    """Write schemas, examples, OpenAPI and AsyncAPI documents from the code."""
    commands.contracts_export()


@contracts_app.command("check")
def contracts_check(
    against: Annotated[Path | None, typer.Option(help="An older contracts folder to stay compatible with.")] = None,
) -> None:
    """Fail if the documents differ from the code, or if a change would break a consumer."""
    sys.exit(commands.contracts_check(against))


@procedures_app.command("check")
def procedures_check() -> None:
    """Check every procedure."""
    sys.exit(commands.procedures_check())


@procedures_app.command("draw")
def procedures_draw(name: Annotated[str, typer.Argument(help="For example tracking_query.")]) -> None:
    """Print a procedure as a Mermaid diagram."""
    sys.exit(commands.procedures_draw(name))


@k8s_app.command("write")
def k8s_write() -> None:
    """Write the generated manifests below deploy/k8s."""
    commands.k8s_write()


@dead_letters_app.command("list")
def dead_letters_list(service: Annotated[str, typer.Argument(help="The service that could not handle them.")]) -> None:
    """Show the dead letters that were not replayed yet."""
    asyncio.run(commands.dead_letters_list(service))


@dead_letters_app.command("replay")
def dead_letters_replay(
    service: Annotated[str, typer.Argument(help="The service that could not handle them.")],
    topic: Annotated[str | None, typer.Option(help="Only those of this topic.")] = None,
) -> None:
    """Give them another chance, after the cause was fixed."""
    asyncio.run(commands.dead_letters_replay(service, topic))


@users_app.command("add")
def users_add(
    user: str,
    name: Annotated[str, typer.Option(help="Shown to colleagues.")],
    role: Annotated[list[str], typer.Option(help="agent, supervisor or admin; may be repeated.")],
) -> None:
    """Add a user; asks for the password."""
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    commands.users_add(user, name, role, password)


def main() -> None:
    """Entry point; errors that people can act on are printed without a stack trace."""
    try:
        app()
    except (CommandError, NotConfigured) as error:
        print(f"posthouse: {error}", file=sys.stderr)
        sys.exit(1)
