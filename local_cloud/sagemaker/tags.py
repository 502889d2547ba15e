"""Tags of any resource, kept by its ARN."""

from local_cloud.sagemaker.context import Context
from local_cloud.sagemaker.resources import Json, Operation


class Tags:
    """Adds, lists and deletes tags."""

    def __init__(self, context: Context) -> None:
        self._store = context.store

    def operations(self) -> dict[str, Operation]:
        """Return the operations by their names on the wire."""
        return {"AddTags": self.add, "ListTags": self.list_all, "DeleteTags": self.delete}

    def add(self, request: Json) -> Json:
        """Set tags; those with the same keys are replaced."""
        arn = request["ResourceArn"]
        added = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        self._store.put("Tags", arn, {**(self._store.get("Tags", arn) or {}), **added})
        return {"Tags": self._shown(arn)}

    def list_all(self, request: Json) -> Json:
        """Return all tags of a resource."""
        return {"Tags": self._shown(request["ResourceArn"])}

    def delete(self, request: Json) -> Json:
        """Remove tags by their keys."""
        arn = request["ResourceArn"]
        kept = self._store.get("Tags", arn) or {}
        for key in request["TagKeys"]:
            kept.pop(key, None)
        self._store.put("Tags", arn, kept)
        return {}

    def _shown(self, arn: str) -> list[Json]:
        """Return tags as the API shows them."""
        return [{"Key": key, "Value": value} for key, value in (self._store.get("Tags", arn) or {}).items()]
