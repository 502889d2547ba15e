"""Small protocols between the domain and AWS, each with an in-memory fake and a boto3 adapter."""

from penstock.stores.items import Item, ItemStore, MemoryItems
from penstock.stores.objects import FolderObjects, ObjectStore

__all__ = ["FolderObjects", "Item", "ItemStore", "MemoryItems", "ObjectStore"]
