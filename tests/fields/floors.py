"""The floors of the cases of this folder: what each measure came to when they were last raised, by language.

`python -m tests.fields.floors` prints what is measured now and what is wrong, and raises the floors to it; it lowers none.
"""

from pathlib import Path

from tests.fields.gold import LANGUAGES, Case, read_cases
from tests.fields.measures import Measured, by_language, compare, mined
from tests.floors import DIGITS, Floors, raise_floors, read_floors

PATH = Path(__file__).parent / "floors.json"
BOTH = ("speaker", "claimant", "place", "indirect")
"""Measures of which precision and recall have floors of their own: wrong is worse than null."""


def measure_all() -> list[tuple[Case, Measured]]:
    """Return all cases with what is right of them."""
    return [(case, compare(case, mined(case))) for language in LANGUAGES for case in read_cases(language)]


def figures(measured: list[tuple[Case, Measured]]) -> Floors:
    """Return every measure over all cases and over those of each language; one that nothing is wanted of is left out."""
    return {
        group: {
            name: round(value, DIGITS)
            for measure, counts in totals.items()
            if counts.wanted
            for name, value in (
                ((f"{measure} precision", counts.precision), (f"{measure} recall", counts.recall))
                if measure in BOTH
                else ((measure, counts.f1),)
            )
        }
        for group, totals in by_language(measured)
    }


def main() -> None:
    """Print each figure with its floor, then raise the floors."""
    found, floors = figures(measure_all()), read_floors(PATH)
    for group, values in found.items():
        for name, value in values.items():
            print(f"{group:4} {name:22} {value:.4f} {floors.get(group, {}).get(name, 0.0):.4f}")
    raise_floors(PATH, found)


if __name__ == "__main__":
    main()
