"""How datasets of a use case take columns from one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from penstock.specs.columns import curated_columns
from penstock.specs.contract import Contract


def enrichment_problems(contracts: Sequence[Contract]) -> list[str]:
    """Return what is wrong with the enrichments of a use case's datasets, in words.

    Datasets that take columns from one another in a circle could never be brought up to date; the circle is
    named.

    Examples
    --------
    >>> def contract(name, other):
    ...     rule = {"enrich": "join", "dataset": other, "on": {"id": "id"},
    ...             "take": [{"column": "id", "name": other + "_id"}]}
    ...     return Contract(dataset=name, owner="finance", steward="finance-data", purpose="forecasting",
    ...                     legal_basis="contract", classification="internal",
    ...                     columns=[{"name": "id", "type": "string"}], rules=[rule])
    >>> enrichment_problems([contract("orders", "customers"), contract("customers", "orders")])
    ['datasets enrich one another in a circle: orders takes from customers takes from orders']
    """
    known = {contract.dataset: contract for contract in contracts}
    found = [problem for contract in contracts for problem in _unmet(contract, known)]
    needs = {contract.dataset: {dataset for _, dataset, _ in _needs(contract)} for contract in contracts}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle = " takes from ".join(reversed(_rotated(error.args[1])))
        found.append(f"datasets enrich one another in a circle: {circle}")
    return found


def _rotated(circle: list[str]) -> list[str]:
    """Return a circle that ends with the last name in the alphabet, so that it is always told alike."""
    place = circle.index(max(circle))
    return [*circle[place:-1], *circle[:place], circle[place]]


def _needs(contract: Contract) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield rule, dataset and columns of each enrichment that reads another dataset."""
    for rule in contract.rules:
        if rule.kind == "enrich":
            yield from ((rule.name, dataset, columns) for dataset, columns in rule.needs().items())


def _unmet(contract: Contract, known: Mapping[str, Contract]) -> Iterator[str]:
    """Yield what an enrichment wants that the other dataset has not, or has only hashed."""
    for rule, dataset, columns in _needs(contract):
        about = f"{contract.dataset}: enrich {rule}"
        if dataset not in known:
            yield f"{about} needs the dataset {dataset}, which has no contract"
            continue
        there = {column.name: column for column in curated_columns(known[dataset])}
        if absent := sorted(set(columns) - set(there)):
            yield f"{about} needs {', '.join(absent)}, which the curated data of {dataset} do not have"
        if hashed := sorted(name for name in set(columns) & set(there) if there[name].protect == "hash"):
            yield f"{about} needs {', '.join(hashed)}, of which {dataset} has only hashes"
