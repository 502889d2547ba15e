"""Features: computed once, the same for training (offline) and for serving (online)."""

from penstock.features.join import join
from penstock.features.materialise import MaterialisedView, latest_rows, materialise
from penstock.features.online import Batches, OnlineStore

__all__ = ["Batches", "MaterialisedView", "OnlineStore", "join", "latest_rows", "materialise"]
