"""Write down what a platform's payloads mean: `python -m tests.golden PLATFORM`. Then read it."""

import sys

from tests.fakes.fronts import get_front, stems
from tests.golden import golden_path, meaning, written


def main(platform: str) -> None:
    """Write the golden files of a platform anew; those of payloads that are gone go."""
    front = get_front(platform)
    folder = golden_path(platform, "x").parent
    folder.mkdir(parents=True, exist_ok=True)
    for place in folder.glob("*.json"):
        if place.stem not in stems(platform):
            place.unlink()
    for stem in sorted(front.cases):
        golden_path(platform, stem).write_text(written(meaning(front, stem)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
