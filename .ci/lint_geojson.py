"""Hold GeoJSON files against a linter: lint_geojson.py FILE…; exit 1 with what it finds."""

import json
import sys
from pathlib import Path

import geojson_validator

# Areas with an island in them, and long borders, are as they should be.
AS_IT_IS = {"holes", "excessive_vertices"}


def main(names: list[str]) -> int:
    """Print what is wrong with each file, and how many were looked at."""
    geojson_validator.configure_logging(enabled=False)
    wrong = 0
    for name in names:
        content = json.loads(Path(name).read_text(encoding="utf-8"))
        found = dict(geojson_validator.validate_structure(content))
        shapes = geojson_validator.validate_geometries(content)
        found |= shapes["invalid"]
        found |= {k: v for k, v in shapes["problematic"].items() if k not in AS_IT_IS}
        if found or shapes["skipped_validation"] or not content["features"]:
            wrong += 1
            print(f"{name}: {found or shapes['skipped_validation'] or 'no feature'}")
    print(f"{len(names)} files, {wrong} wrong")
    return 1 if wrong or not names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
