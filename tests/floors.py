"""Floors: figures that are written down when they are reached, and only rise."""

import json
from pathlib import Path

DIGITS = 4

Floors = dict[str, dict[str, float]]


def below(found: Floors, floors: Floors) -> list[str]:
    """Return the floors that are not reached, as `group.measure`."""
    return [
        f"{group}.{name}"
        for group, values in floors.items()
        for name, floor in values.items()
        if found.get(group, {}).get(name, 0.0) < floor
    ]


def read_floors(path: Path) -> Floors:
    """Return the floors of a file, none where there is no file."""
    floors: Floors = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return floors


def raise_floors(path: Path, found: Floors) -> None:
    """Raise each floor of a file to what was found, where that is more."""
    old = read_floors(path)
    new = {
        group: {name: max(value, old.get(group, {}).get(name, 0.0)) for name, value in values.items()}
        for group, values in found.items()
    }
    path.write_text(json.dumps(new, indent=2) + "\n", "utf-8")
