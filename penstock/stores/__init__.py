"""Small protocols between the domain and AWS, each with an in-memory fake and a boto3 adapter."""

from penstock.stores.folder import FolderObjects
from penstock.stores.items import Item, ItemStore, MemoryItems
from penstock.stores.objects import ObjectStore, ObjectVersion

__all__ = ["FolderObjects", "Item", "ItemStore", "MemoryItems", "ObjectStore", "ObjectVersion"]
