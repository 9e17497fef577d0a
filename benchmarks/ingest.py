"""How long a file takes to become a dataset, and how much memory: `python -m benchmarks.ingest`.

A CSV file of a million rows and 30 numeric columns is read and made into a version's arrays, and, in turns,
read by Polars and saved as one .npy. A zip of 70,000 pictures of 28 x 28 pixels is read beside a plain loop
over Pillow. Every turn is a process of its own, which tells its time and the most memory it held beyond its
imports. The page of the million rows is asked for again and again, and the time of files from 10^4 to
5 x 10^6 rows is printed.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import polars as pl

from benchmarks.report import last_line, options, table

COLUMNS = 30
ROWS = {False: 1_000_000, True: 100_000}
GROWTH = {False: (10_000, 100_000, 1_000_000, 5_000_000), True: (10_000, 100_000)}
PAIRS = {False: 5, True: 2}
PAGES = {False: 60, True: 20}


def main() -> None:
    """Measure all of it; `--quick` uses smaller files."""
    quick = options(__doc__ or "").parse_args().quick
    with tempfile.TemporaryDirectory(prefix="hone-ingest-") as folder:
        home = Path(folder)
        os.environ |= {"HONE_HOME": str(home / "lab"), "DJANGO_SETTINGS_MODULE": "webapp.settings"}
        found = csv_beside_polars(home, ROWS[quick], PAIRS[quick])
        found |= images_beside_pillow(home, quick)
        growth(home, GROWTH[quick])
        found["page_p95_ms"] = page_p95(home, PAGES[quick])
    last_line(found)


# --- a table


def write_csv(path: Path, rows: int) -> None:
    """Numbers in `COLUMNS` columns, of which the last says yes or no."""
    numbers = np.random.default_rng(0)
    frame = pl.DataFrame({f"x{i}": numbers.normal(size=rows).round(4) for i in range(COLUMNS - 1)})
    frame.with_columns(label=pl.Series(numbers.integers(2, size=rows))).write_csv(path)


def csv_beside_polars(home: Path, rows: int, pairs: int) -> dict[str, float]:
    """Our time over that of Polars, the median of pairs of turns, and our memory beyond the imports."""
    path = home / "table.csv"
    write_csv(path, rows)
    ours, theirs = [], []
    for pair in range(pairs):
        for who in ("hone", "polars") if pair % 2 else ("polars", "hone"):
            (ours if who == "hone" else theirs).append(turn(who, path))
    ratios = [mine["seconds"] / other["seconds"] for mine, other in zip(ours, theirs, strict=True)]
    extra = max(mine["extra_mb"] for mine in ours)
    rows_shown = [
        ("hone", median(mine["seconds"] for mine in ours), extra),
        ("polars", median(other["seconds"] for other in theirs), max(o["extra_mb"] for o in theirs)),
    ]
    table((f"{rows:,} x {COLUMNS} CSV", "seconds", "extra MB"), rows_shown)
    return {"csv_ratio_to_polars": round(median(ratios), 3), "csv_extra_mb": round(extra)}


def turn(who: str, path: Path) -> dict[str, float]:
    """One reading in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.ingest", "--turn", who, str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


def read_with_polars(path: Path, work: Path) -> None:
    np.save(work / "all.npy", pl.read_csv(path).to_numpy())


def read_with_hone(path: Path, work: Path) -> None:
    from webapp.datasets.making import building
    from webapp.datasets.recipe import Recipe

    building.try_out(path, Recipe(), work)


READERS: dict[str, Callable[[Path, Path], None]] = {"polars": read_with_polars, "hone": read_with_hone}


def take_turn(who: str, path: Path) -> None:
    """What a turn's process does; it prints its figures."""
    import django

    django.setup()
    from webapp.datasets.making import building  # noqa: F401  (imports are the base, not the reading)

    base = most_resident()
    with tempfile.TemporaryDirectory(dir=path.parent) as work:
        start = time.perf_counter()
        READERS[who](path, Path(work))
        seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "extra_mb": (most_resident() - base) / 2**20}))


def most_resident() -> int:
    """The most bytes of memory this process ever held."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def growth(home: Path, sizes: tuple[int, ...]) -> None:
    """Print the time and memory of ever longer files; linear means that the microseconds a row stay."""
    found = []
    for rows in sizes:
        path = home / "growing.csv"
        write_csv(path, rows)
        took = turn("hone", path)
        found.append((f"{rows:,}", took["seconds"], 1e6 * took["seconds"] / rows, took["extra_mb"]))
    path.unlink()
    table(("rows", "seconds", "microseconds a row", "extra MB"), found)


# --- pictures


def images_beside_pillow(home: Path, quick: bool) -> dict[str, float]:
    """Our time over that of a plain loop over Pillow."""
    from benchmarks import ingest_images

    return ingest_images.images(quick)


# --- the page


def page_p95(home: Path, times: int) -> float:
    """Milliseconds within which 95 of 100 answers to the page of the large table come."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    dataset = large_dataset(home / "table.csv")
    client = Client()
    client.force_login(dataset.owner)
    took = []
    for _ in range(times):
        start = time.perf_counter()
        assert client.get(dataset.get_absolute_url()).status_code == 200
        took.append(1000 * (time.perf_counter() - start))
    p95 = float(np.percentile(took, 95))
    table(("the page of the large table", "ms"), [("p50", median(took)), ("p95", p95)])
    return round(p95, 1)


def large_dataset(path: Path):  # type: ignore[no-untyped-def]
    """The CSV file as a dataset that a worker has read."""
    from django.contrib.auth.models import User

    from webapp.datasets.ingestion import ingest
    from webapp.datasets.models import Dataset

    owner = User.objects.create_user("owner")
    dataset = Dataset.objects.begin(owner=owner, name="large", size=path.stat().st_size)
    dataset.folder.mkdir(parents=True)
    path.rename(dataset.source)
    ingest(dataset.current_id)
    found = Dataset.objects.get(pk=dataset.pk)
    assert found.current.is_ready, found.current.problem
    return found


if __name__ == "__main__":
    if sys.argv[1:2] == ["--turn"]:
        take_turn(sys.argv[2], Path(sys.argv[3]))
    else:
        main()
