"""Commands that keep the lake sound: verify, rebuild."""

import typer

from pipeline.cli.options import Home, Workers, app, existing, finish, settings_of
from pipeline.workers import expect


@app.command()
def verify(home: Home = None) -> None:
    """Check digests, ledgers, commits and contracts; exit 1 if anything disagrees."""
    from pipeline import console, verify

    with console.progress() as progress:
        findings = list(verify.verify(existing(home), progress))
    for finding in findings:
        print(f"{'FAULT' if finding.fault else 'note '} {finding.what}: {finding.where}: {finding.detail}")
    faults = sum(finding.fault for finding in findings)
    print(f"verified: {faults} faults" if faults else "verified: nothing disagrees")
    raise typer.Exit(1 if faults else 0)


@app.command()
def rebuild(workers: Workers = 1, home: Home = None) -> None:
    """Make the whole lake again from raw/ with the present code."""
    settings = settings_of(existing(home).home, None, workers)
    expect()
    from pipeline import console, run

    with console.progress() as progress:
        ledger = run.rebuild(settings, progress)
    finish(settings, ledger)
