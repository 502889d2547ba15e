"""Whatever lands ends in a stored outcome that people are told of, and every row is accounted for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from penstock.catalog import Arrival, Status
from tests.end_to_end.platform.use_cases import COLUMNS, as_csv, rows
from tests.end_to_end.platform.world import Landed, World

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
REVERSED = tuple(reversed(COLUMNS))


def _some(prefix: str, count: int = 20) -> list[list[str]]:
    return rows(count, prefix=prefix)


def _with(lines: list[list[str]], column: str, *values: str) -> list[list[str]]:
    """Put values into a column of the first lines."""
    place = COLUMNS.index(column)
    return [
        [*line[:place], values[number], *line[place + 1 :]] if number < len(values) else line
        for number, line in enumerate(lines)
    ]


ACCEPTED: dict[str, tuple[str, bytes, int, int]] = {
    "good": ("good.csv", as_csv(_some("G")), 20, 0),
    "reordered columns": (
        "reordered.csv",
        as_csv([line[::-1] for line in _some("O")], columns=REVERSED),
        20,
        0,
    ),
    "some mistyped values": ("mistyped.csv", as_csv(_with(_some("T"), "amount", "many", "1,5")), 18, 2),
    "some rows against a rule": ("rules.csv", as_csv(_with(_some("Q"), "late", "2", "3", "4")), 17, 3),
    "a key twice, of which the first is kept": (
        "twice.csv",
        as_csv(_with(_some("K"), "reading_id", "same", "same")),
        19,
        1,
    ),
    "a name with spaces and unicode": ("März 2025 読み (1)+&%.csv", as_csv(_some("U")), 20, 0),
}
REFUSED: dict[str, tuple[str, bytes, str]] = {
    "no CSV": ("picture.csv", PNG, "UnreadableFile"),
    "a column is missing": (
        "missing.csv",
        as_csv([line[:-1] for line in _some("M")], columns=COLUMNS[:-1]),
        "SchemaMismatch",
    ),
    "a column too many": (
        "extra.csv",
        as_csv([[*line, "x"] for line in _some("E")], columns=(*COLUMNS, "more")),
        "SchemaMismatch",
    ),
    "empty": ("empty.csv", b"", "EmptyFile"),
    "header only": ("header.csv", as_csv([]), "EmptyFile"),
    "every row bad": ("bad.csv", as_csv(_with(_some("B"), "late", *["7"] * 20)), "TooManyBadRows"),
    "a column of another type": (
        "typed.csv",
        as_csv(_with(_some("Y"), "read_on", *["soon"] * 20)),
        "TooManyBadRows",
    ),
}


@pytest.fixture(scope="module")
def outcomes(world: World) -> dict[str, Arrival]:
    """Onboard all of these files, a few at once."""
    files = {case: ("intake", name, data) for case, (name, data, *_) in ACCEPTED.items()}
    files |= {case: ("intake", name, data) for case, (name, data, _) in REFUSED.items()}
    return world.onboard_all(files)


@pytest.mark.parametrize("case", ACCEPTED)
def test_good_rows_are_curated_and_bad_ones_quarantined(
    world: World, outcomes: dict[str, Arrival], case: str, tmp_path: Path
) -> None:
    name, _, curated, quarantined = ACCEPTED[case]
    arrival = outcomes[case]
    assert (arrival.status, arrival.file_name) == (Status.ACCEPTED, name)
    assert (arrival.rows_in, arrival.rows_curated, arrival.rows_quarantined) == (20, curated, quarantined)
    assert world.stored_rows(arrival, tmp_path) == (curated, quarantined)
    assert arrival.snapshot_id


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_not_as_agreed_is_refused_whole_kept_and_told(
    world: World, outcomes: dict[str, Arrival], case: str, tmp_path: Path
) -> None:
    name, data, error = REFUSED[case]
    arrival = outcomes[case]
    assert arrival.status is Status.REFUSED
    assert arrival.error is not None
    assert arrival.error.name == error
    assert world.refused_copy(arrival) == data
    assert world.stored_rows(arrival, tmp_path)[0] == 0 or arrival.snapshot_id is None
    assert world.inbox.told(name, error)


def test_the_snapshot_has_the_rows_of_the_accepted_files_and_no_others(
    world: World, outcomes: dict[str, Arrival]
) -> None:
    head = world.catalog.head("intake", "readings")
    assert head is not None
    accepted = {arrival.id for case, arrival in outcomes.items() if case in ACCEPTED}
    assert accepted <= set(head.arrivals)
    assert not {arrival.id for case, arrival in outcomes.items() if case in REFUSED} & set(head.arrivals)


def test_every_outcome_is_in_the_audit_trail(world: World, outcomes: dict[str, Arrival]) -> None:
    told = {(record.action, record.subject) for record in world.audit.records("intake")}
    for arrival in outcomes.values():
        subject = f"dataset readings, arrival {arrival.id}"
        assert {("arrival received", subject), (f"arrival {arrival.status}", subject)} <= told


@pytest.mark.parametrize("key", [("nobody", "readings"), ("intake", "strangers")])
def test_a_file_that_nobody_expects_is_refused_and_kept(world: World, key: tuple[str, str]) -> None:
    landed = world.land(key[0], f"{key[1]}.csv", b"a,b\n1,2\n", dataset=key[1])
    arrival = world.outcome(Landed(landed.object, "unregistered", "unregistered"))
    assert arrival.status is Status.REFUSED
    assert arrival.error is not None
    assert arrival.error.name == "UnregisteredDataset"
    assert world.refused_copy(arrival) == b"a,b\n1,2\n"
    assert world.inbox.told(f"{key[1]}.csv", "UnregisteredDataset")
    world.use_cases.add("unregistered")


def test_an_event_that_comes_twice_changes_nothing(world: World, outcomes: dict[str, Arrival]) -> None:
    arrival, before = outcomes["good"], world.catalog.head("intake", "readings")
    done = world.replay(arrival)
    assert done["status"] == "SUCCEEDED"
    assert world.entered(done["executionArn"])[-1] == "AlreadyKnown"
    assert world.catalog.arrival("intake", "readings", arrival.id) == arrival
    assert world.catalog.head("intake", "readings") == before


def test_the_same_bytes_again_are_a_duplicate_and_add_no_rows(
    world: World, outcomes: dict[str, Arrival]
) -> None:
    name, data, *_ = ACCEPTED["good"]
    before = world.catalog.head("intake", "readings")
    again = world.onboard("intake", name, data)
    assert (again.status, again.duplicate_of) == (Status.DUPLICATE, outcomes["good"].id)
    assert again.rows_in == 20
    assert world.catalog.head("intake", "readings") == before


def test_two_files_at_once_are_both_in_the_next_snapshot(world: World) -> None:
    files = {name: ("intake", f"{name}.csv", as_csv(_some(name))) for name in ("left", "right")}
    arrivals = world.onboard_all(files)
    head = world.catalog.head("intake", "readings")
    assert head is not None
    assert [one.status for one in arrivals.values()] == [Status.ACCEPTED] * 2
    assert {one.id for one in arrivals.values()} <= set(head.arrivals)


def test_a_file_that_lands_while_the_one_before_is_running_waits_for_nobody(world: World) -> None:
    slow = world.land("intake", "large.csv", as_csv(rows(60_000, prefix="S")))
    quick = world.land("intake", "quick.csv", as_csv(_some("C")))
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(world.outcome, (slow, quick))
    head = world.catalog.head("intake", "readings")
    assert head is not None
    assert {first.id, second.id} <= set(head.arrivals)
    assert (first.rows_in, second.rows_in) == (60_000, 20)


def test_a_line_of_a_hundred_megabytes_is_refused(world: World) -> None:
    line = b",".join([b"L", b"M1", b"1", b"x" * 100_000_000, b"2025-01-01", b"2025-01-01", b"1"])
    arrival = world.onboard("intake", "long line.csv", as_csv([]) + line + b"\n")
    assert arrival.status is Status.REFUSED
    assert arrival.error is not None
    assert arrival.error.name in {"UnreadableFile", "TooManyBadRows"}
    assert world.inbox.told("long line.csv")
