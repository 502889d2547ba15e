"""Every error that Penstock raises, as one tree.

::

    PenstockError
    ├── InvalidSpec              a use case's YAML says something that cannot be
    ├── NotFound                 a name that nothing is registered under
    ├── FileRefused              an arrival is refused whole; the file is kept
    │   ├── UnregisteredDataset
    │   ├── UnreadableFile
    │   ├── EmptyFile
    │   ├── SchemaMismatch
    │   └── TooManyBadRows
    ├── NotPermitted             the caller may not do this
    │   ├── UnprovenIdentity
    │   └── SegregationOfDuties
    ├── Conflict                 somebody else was first; safe to retry
    ├── RemovedData              what was asked for has been removed, and why
    ├── DamagedData              an object is not the one that a snapshot lists
    │   └── ChangedModel         a model's package is not the one that was registered
    ├── AlreadyDecided           a second answer to a question that has one
    ├── TrainingRefused          the data cannot be learnt from
    ├── SmokeTestFailed          a packaged model does not answer as it did when evaluated
    ├── TamperedAudit            the audit chain does not verify
    ├── CloudError               the local cloud could not be started, reached or deployed to
    └── TransientError           may pass by itself; Step Functions retries it
        └── FeaturesPending      a training waits for the features of the newest rows

Step Functions sees the class name as the error name, so Retry and Catch match on these names.
"""

from __future__ import annotations


class PenstockError(Exception):
    """An error that says what was found, what was expected, where, and what to do next.

    Parameters
    ----------
    message
        One sentence: what went wrong.
    found, expected, where, action
        The context, each shown on a line of its own when given.

    Examples
    --------
    >>> print(PenstockError("No such column.", found="'amout'", expected="'amount'", action="Fix the name."))
    No such column.
      found: 'amout'
      expected: 'amount'
      what to do: Fix the name.
    """

    def __init__(
        self, message: str, *, found: str = "", expected: str = "", where: str = "", action: str = ""
    ) -> None:
        self.message, self.found, self.expected, self.where, self.action = (
            message,
            found,
            expected,
            where,
            action,
        )
        context = {"found": found, "expected": expected, "where": where, "what to do": action}
        super().__init__("\n".join([message, *(f"  {k}: {v}" for k, v in context.items() if v)]))


class InvalidSpec(PenstockError):
    """A specification file cannot be read or contradicts itself."""


class NotFound(PenstockError):
    """Nothing is registered under the name that was asked for."""


class FileRefused(PenstockError):
    """An arriving file is refused whole; it is kept, and nothing of it reaches the curated data."""


class UnregisteredDataset(FileRefused):
    """A file landed where no approved contract expects one."""


class UnreadableFile(FileRefused):
    """The file is not in the format that its contract names."""


class EmptyFile(FileRefused):
    """The file has no rows."""


class SchemaMismatch(FileRefused):
    """The file's columns are not those of the contract."""


class TooManyBadRows(FileRefused):
    """More rows break the rules than the contract tolerates."""


class NotPermitted(PenstockError):
    """The caller may not do what was asked."""


class UnprovenIdentity(NotPermitted):
    """The caller's identity could not be verified with AWS STS."""


class SegregationOfDuties(NotPermitted):
    """The same person asked for something and tried to approve it."""


class Conflict(PenstockError):
    """Somebody else changed the same record first; read again and retry."""


class RemovedData(PenstockError):
    """The data was removed under a retention rule; its evidence is kept."""


class DamagedData(PenstockError):
    """An object is missing or not the one that a snapshot lists."""


class ChangedModel(DamagedData):
    """A model's package is missing or not, to the byte, the one that was registered."""


class AlreadyDecided(PenstockError):
    """The question has been answered, or has expired."""


class TrainingRefused(PenstockError):
    """The data cannot be learnt from (one class, no rows, a constant target)."""


class SmokeTestFailed(PenstockError):
    """A packaged model does not answer real rows as it did when it was evaluated."""


class TamperedAudit(PenstockError):
    """The audit chain has a record changed, removed or out of order."""


class CloudError(PenstockError):
    """The local cloud could not be started, reached or deployed to."""


class TransientError(PenstockError):
    """A failure that may pass by itself; the workflow retries it."""


class FeaturesPending(TransientError):
    """The features of the newest rows are still being made; the training waits for them."""
