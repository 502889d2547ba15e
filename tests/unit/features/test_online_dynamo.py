"""The DynamoDB adapter with a client that throttles, leaves keys and cancels."""

from __future__ import annotations

import json
from base64 import b64encode
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from penstock.errors import TransientError
from penstock.features.online.dynamo import DynamoEntities
from penstock.features.online.entities import Change, Stored


class Cancelled(ClientError):
    """What boto3 raises for a cancelled transaction."""


class Client:
    """Answers each call with the next of some answers, and remembers the bodies."""

    exceptions = SimpleNamespace(TransactionCanceledException=Cancelled)

    def __init__(self, *answers: Any) -> None:
        self.answers, self.bodies = list(answers), list[Any]()
        self.handlers: dict[str, Any] = {}
        events = SimpleNamespace(
            register=lambda name, handler, unique_id: self.handlers.update({name: handler})
        )
        service = SimpleNamespace(service_id=SimpleNamespace(hyphenize=lambda: "dynamodb"))
        self.meta = SimpleNamespace(events=events, service_model=service)

    def batch_get_item(self, **_: Any) -> Any:
        return self._answer("BatchGetItem")

    def transact_write_items(self, **_: Any) -> Any:
        return self._answer("TransactWriteItems")

    def _answer(self, operation: str) -> Any:
        request: dict[str, Any] = {"body": b"a sample"}
        self.handlers[f"before-call.dynamodb.{operation}"](params=request)
        self.bodies.append(json.loads(request["body"]))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        response, parsed = {"status_code": 200, "body": json.dumps(answer).encode()}, dict[str, Any]()
        self.handlers[f"before-parse.dynamodb.{operation}"](
            response_dict=response, customized_response_dict=parsed
        )
        assert response["body"] == b"{}"
        return parsed


def item(key: str, packed: bytes = b"p", revision: int = 1) -> dict[str, Any]:
    return {"pk": {"S": key}, "sk": {"S": "features"}, "packed": {"B": b64encode(packed).decode()},
            "revision": {"N": str(revision)}}  # fmt: skip


def answer(*items: dict[str, Any], left: tuple[str, ...] = ()) -> dict[str, Any]:
    keys = [{"pk": {"S": key}, "sk": {"S": "features"}} for key in left]
    return {"Responses": {"t": list(items)}, "UnprocessedKeys": {"t": {"Keys": keys}} if keys else {}}


def entities(client: Client) -> DynamoEntities:
    made: Any = client
    return DynamoEntities(made, "t", pause=0)


def error(code: str, kind: type[ClientError] = ClientError, *reasons: str) -> ClientError:
    response: Any = {"Error": {"Code": code}, "CancellationReasons": [{"Code": reason} for reason in reasons]}
    return kind(response, "operation")


def asked(body: Any) -> list[str]:
    return [key["pk"]["S"] for key in body["RequestItems"]["t"]["Keys"]]


def test_what_dynamodb_leaves_is_asked_again() -> None:
    client = Client(
        answer(item("a"), left=("b", 'c"ü')), answer(left=('c"ü',)), answer(item('c"ü', b"\0\xff", 7))
    )
    found = entities(client).get_many(["a", "b", 'c"ü'], consistent=True)
    assert found == {"a": Stored(b"p", 1), 'c"ü': Stored(b"\0\xff", 7)}
    assert [asked(body) for body in client.bodies] == [["a", "b", 'c"ü'], ["b", 'c"ü'], ['c"ü']]
    assert client.bodies[0]["RequestItems"]["t"]["ConsistentRead"] is True


def test_who_keeps_being_left_is_told() -> None:
    with pytest.raises(TransientError, match="1 of 2 keys after 8 calls"):
        entities(Client(*[answer(left=("b",))] * 8)).get_many(["a", "b"], consistent=False)


def test_many_keys_go_a_hundred_at_once() -> None:
    client = Client(*[answer()] * 3)
    assert entities(client).get_many([str(n) for n in range(250)], consistent=False) == {}
    assert sorted(len(asked(body)) for body in client.bodies) == [50, 100, 100]


@pytest.mark.parametrize("failure", [error("ThrottlingException"), ReadTimeoutError(endpoint_url="x")])
def test_what_may_pass_is_transient(failure: Exception) -> None:
    with pytest.raises(TransientError):
        entities(Client(failure)).get_many(["a"], consistent=False)
    with pytest.raises(TransientError):
        entities(Client(failure)).put_many([Change("a", b"1", 0)])


def test_what_will_not_pass_is_not() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        entities(Client(error("AccessDeniedException"))).get_many(["a"], consistent=False)


def test_an_answer_that_is_cut_is_not_taken_for_nothing() -> None:
    client = Client({})
    with pytest.raises(TransientError, match="broken"):
        entities(client).get_many(["a"], consistent=False)


def test_an_item_from_before_there_were_packed_ones_is_replaced() -> None:
    old = {"pk": {"S": "a"}, "sk": {"S": "features"}, "views": {"M": {}}, "revision": {"N": "4"}}
    assert entities(Client(answer(old))).get_many(["a"], consistent=True) == {"a": Stored(b"", 4)}


def test_who_lost_a_race_does_not_hold_up_the_others() -> None:
    client = Client(
        error("TransactionCanceledException", Cancelled, "None", "ConditionalCheckFailed", "None"), {}
    )
    assert entities(client).put_many([Change(key, b"1", 0) for key in "abc"]) == {"b"}
    puts = [[put["Put"]["Item"]["pk"]["S"] for put in body["TransactItems"]] for body in client.bodies]
    assert puts == [["a", "b", "c"], ["a", "c"]]
    assert client.bodies[0]["ClientRequestToken"] != client.bodies[1]["ClientRequestToken"]


def test_a_throttled_transaction_is_repeated_whole() -> None:
    client = Client(error("TransactionCanceledException", Cancelled, "ThrottlingError", "None"), {})
    assert entities(client).put_many([Change("a", b"1", 0), Change("b", b"1", 3, 99)]) == set()
    [_, second] = client.bodies[1]["TransactItems"]
    assert second["Put"]["Item"]["ttl"] == {"N": "99"}
    assert second["Put"]["Item"]["revision"] == {"N": "4"}
    assert second["Put"]["ExpressionAttributeValues"] == {":read": {"N": "3"}}


def test_a_transaction_that_is_wrong_is_told_as_it_is() -> None:
    failure = error("TransactionCanceledException", Cancelled, "ValidationError")
    with pytest.raises(Cancelled):
        entities(Client(failure)).put_many([Change("a", b"1", 0)])


def test_large_items_share_no_transaction() -> None:
    client = Client(*[{}] * 3)
    entities(client).put_many([Change(str(n), b"x" * 390_000, 0) for n in range(20)])
    assert sorted(len(body["TransactItems"]) for body in client.bodies) == [4, 8, 8]


def test_other_calls_of_the_client_are_left_alone() -> None:
    client = Client()
    entities(client)
    request, response = {"body": b"theirs"}, {"status_code": 200, "body": b'{"a": 1}'}
    client.handlers["before-call.dynamodb.BatchGetItem"](params=request)
    client.handlers["before-parse.dynamodb.BatchGetItem"](response_dict=response, customized_response_dict={})
    assert (request["body"], response["body"]) == (b"theirs", b'{"a": 1}')
