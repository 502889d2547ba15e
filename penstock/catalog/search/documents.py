"""Documents of all that the catalogue knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from penstock.catalog.metadata import Curated, Operations, Term
from penstock.catalog.search.document import Document
from penstock.catalog.search.feature_documents import feature_documents
from penstock.models import ModelRepository, ModelVersion, Stage

if TYPE_CHECKING:
    from penstock.catalog.catalog import Catalog
    from penstock.features.catalogue import FeatureCatalogue
    from penstock.specs import Contract, UseCase
    from penstock.specs.contract import Column

_LIVE_USES, _FORMER_USES = 3, 1
_QUALITY = {
    Stage.CHAMPION: 1.0,
    Stage.APPROVED: 0.8,
    Stage.RETIRED: 0.6,
    Stage.ROLLED_BACK: 0.1,
    Stage.REJECTED: 0.1,
    Stage.REFUSED: 0.0,
    Stage.FAILED: 0.0,
}


class _Notes(NamedTuple):
    """What stands beside the registered use cases."""

    curated: Mapping[str, Curated]
    explained: Mapping[str, tuple[str, ...]]
    observed: Mapping[str, Operations]

    def terms(self, node: str) -> tuple[str, ...]:
        return (*self.tags(node), *self.explained.get(node, ()))

    def tags(self, node: str) -> tuple[str, ...]:
        found = self.curated.get(node)
        return found.tags if found else ()


def collect(
    catalog: Catalog, models: ModelRepository, features: FeatureCatalogue | None = None
) -> tuple[list[Document], list[str]]:
    """Return documents of all that is registered, and the use cases that could not be read.

    A use case that was registered by an older version of the platform may no longer be readable; the
    others are found all the same.

    Parameters
    ----------
    features
        To say what is in force and what is deprecated, and how fresh views are.
    """
    glossary = catalog.metadata.terms()
    notes = _Notes(catalog.metadata.curated(), _explained(glossary), catalog.metadata.operations())
    documents, unreadable = [_term(term) for term in glossary], list[str]()
    for name in sorted({str(entry["use_case"]) for entry in catalog.datasets()}):
        try:
            use_case = catalog.use_case(name)
        except ValidationError:
            unreadable.append(name)
            continue
        registered, versions = catalog.registered_at(name), models.versions(name)
        documents += _use_case(use_case, registered, versions, notes)
        live = any(version.stage is Stage.CHAMPION for version in versions)
        uses = _uses(use_case, live=live)
        documents += feature_documents(use_case, registered, uses, notes.observed, features)
    return documents, unreadable


def _use_case(
    use_case: UseCase, registered: str, versions: list[ModelVersion], notes: _Notes
) -> Iterator[Document]:
    """Yield the documents of a use case and of all that it declares."""
    live = any(version.stage is Stage.CHAMPION for version in versions)
    uses = _uses(use_case, live=live)
    yield Document(
        node=f"use_case:{use_case.name}",
        kind="use_case",
        name=use_case.name,
        place=use_case.title,
        meaning=use_case.description.strip(),
        people=(use_case.owner,),
        rest=(use_case.model.problem, *_target(use_case)),
        facets={"owner": (use_case.owner,), "use_case": (use_case.name,)},
        updated_at=registered,
        uses=len(versions),
    )
    for contract in use_case.datasets:
        yield from _dataset(use_case, contract, registered, uses, notes)
    for version in versions:
        yield _version(use_case, version)


def _dataset(
    use_case: UseCase, contract: Contract, registered: str, uses: Counter[str], notes: _Notes
) -> Iterator[Document]:
    """Yield the documents of a dataset and its columns."""
    path = f"{use_case.name}/{contract.dataset}"
    node, observed = f"dataset:{path}", notes.observed.get(f"dataset:{path}")
    updated, quality = (observed.at, observed.quality) if observed else (registered, None)
    held = {
        "owner": (contract.owner,),
        "classification": (contract.classification,),
        "use_case": (use_case.name,),
    }
    sensitive = tuple(sorted({column.sensitivity for column in contract.columns} - {"none"})) or ("none",)
    yield Document(
        node=node,
        kind="dataset",
        name=contract.dataset,
        place=use_case.name,
        meaning=contract.description.strip(),
        terms=notes.terms(node),
        people=(contract.owner, contract.steward),
        rest=(contract.purpose, contract.legal_basis, contract.format.kind, contract.classification),
        facets={**held, "sensitivity": sensitive, "tag": notes.tags(node)},
        updated_at=updated,
        uses=uses[node],
        quality=quality,
    )
    for column in contract.columns:
        own = f"column:{path}/{column.name}"
        yield Document(
            node=own,
            kind="column",
            name=column.name,
            place=f"{use_case.name} {contract.dataset}",
            meaning=column.meaning,
            terms=notes.terms(own),
            people=(contract.owner, contract.steward),
            rest=(column.type, column.unit, *_marks(column)),
            facets={**held, "sensitivity": (column.sensitivity,), "tag": notes.tags(own)},
            updated_at=updated,
            uses=uses[own],
            quality=quality,
        )


def _marks(column: Column) -> Iterator[str]:
    """Yield in words what is special about a column."""
    if column.key:
        yield "key"
    if column.sensitivity != "none":
        yield column.sensitivity


def _version(use_case: UseCase, version: ModelVersion) -> Document:
    """Return the document of a model version."""
    served = any(change.stage is Stage.CHAMPION for change in version.history)
    champion = version.stage is Stage.CHAMPION
    return Document(
        node=f"model:{use_case.name}/{version.version}",
        kind="model",
        name=f"{use_case.name} version {version.version}",
        place=use_case.title,
        meaning=f"{version.candidate}, {str(version.stage).replace('_', ' ')}",
        people=(use_case.owner, version.requested_by),
        rest=(version.run_id, version.snapshot_id, *sorted(version.metrics), *_target(use_case)),
        facets={"owner": (use_case.owner,), "use_case": (use_case.name,)},
        updated_at=version.history[-1].at if version.history else version.created_at,
        uses=_LIVE_USES if champion else _FORMER_USES * served,
        quality=_QUALITY.get(version.stage),
    )


def _term(term: Term) -> Document:
    """Return the document of a glossary term."""
    return Document(
        node=f"term:{term.name}",
        kind="term",
        name=term.name,
        meaning=term.definition,
        terms=term.synonyms,
        people=(term.by,),
        rest=term.nodes,
        updated_at=term.at,
        uses=len(term.nodes),
    )


def _explained(glossary: Iterable[Term]) -> dict[str, tuple[str, ...]]:
    """Return by which words of the glossary a thing is explained."""
    found: dict[str, tuple[str, ...]] = {}
    for term in glossary:
        for node in term.nodes:
            found[node] = (*found.get(node, ()), term.name, *term.synonyms)
    return found


def _target(use_case: UseCase) -> tuple[str, ...]:
    """Return the column that is predicted, if there is one."""
    return (use_case.model.target.column,) if use_case.model.target else ()


def _uses(use_case: UseCase, *, live: bool) -> Counter[str]:
    """Count how often views and the model use each dataset, column and view; a live model counts more."""
    found, model, weight = Counter[str](), use_case.model, _LIVE_USES if live else 1
    place = f"{use_case.name}/{model.dataset}"
    found[f"dataset:{place}"] += weight
    for column in (*model.features, *_target(use_case)):
        found[f"column:{place}/{column}"] += weight
    for one in use_case.model_views:
        found[f"feature_view:{use_case.name}/{one.name}"] += weight
    for feature in use_case.model_on_demand:
        found[f"on_demand_feature:{use_case.name}/{feature.name}"] += weight
    if model.service:
        found[f"feature_service:{use_case.name}/{model.service}"] += weight
    for service in use_case.services:
        found.update(f"feature_view:{use_case.name}/{one.view}" for one in service.views)
    for view in use_case.features:
        found[f"dataset:{use_case.name}/{view.dataset}"] += 1
        read = {view.entity.key, view.timestamp, *(feature.of for feature in view.features if feature.of)}
        found.update(f"column:{use_case.name}/{view.dataset}/{column}" for column in sorted(read))
    return found
