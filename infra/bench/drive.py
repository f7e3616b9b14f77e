"""The measured programs, one process each; runs on the measured Python and imports late.

drive.py WHAT FOLDERS ENDPOINT GIVEN: modules are searched in FOLDERS, as Lambda searches function
and layers. GIVEN is a file: the roots to trust, or the event that invokes a function.
"""

import os
import sys

EVENT = {
    "requestContext": {"http": {"method": "GET", "sourceIp": "192.0.2.7"}},
    "headers": {
        "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "accept": "text/html",
        "accept-language": "en",
    },
    "pathParameters": {"code": "spring"},
}
SETTINGS = {
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_SESSION_TOKEN": "t" * 300,
    "TABLE_PREFIX": "bench",
    "SECRETS_PREFIX": "/goodword/bench",
    "POWERTOOLS_SERVICE_NAME": "bench",
    "POWERTOOLS_METRICS_NAMESPACE": "Goodword/bench",
    "CREDIT_QUEUE_URL": "http://127.0.0.1:1/queue",
    "MAIL_QUEUE_URL": "http://127.0.0.1:1/mails",
    "CONFIGURATION_SET": "bench",
    "EVENT_BUS_NAME": "bench",
    "LOG_RETENTION_DAYS": "30",
    "STRIPE_API_BASE": "https://api.stripe.com",
}


def click(times: int, roots: str) -> None:
    """Follow a link this many times; over TLS with these roots, if any are given."""
    import app  # type: ignore[import-not-found]  # the measured function's

    from goodword.redirect import dynamodb

    # A counted process is thirty times slower, and its time is not measured.
    app.WAIT_SECONDS = dynamodb.TRY_SECONDS = 600.0
    if roots:
        # mypy: the type has no defaults if a function has none, and this one has them.
        dynamodb.Dynamo.__init__.__kwdefaults__["roots"] = roots  # type: ignore[index]
    for _ in range(times):
        answer = app.handler(EVENT, None)
        assert answer["statusCode"] == 302, answer
        assert "gw=" in answer["headers"]["location"], answer


def silent() -> None:
    """Follow a link, then again while the table does not answer, and print the seconds."""
    import time

    import app

    app.handler(EVENT, None)
    began = time.monotonic()
    answer = app.handler(EVENT, None)
    took = time.monotonic() - began
    assert answer["statusCode"] == 302, answer
    print(f"{took:.2f}", file=sys.stderr)


def unknown(times: int) -> None:
    """Follow an unknown code this many times."""
    import app

    for _ in range(times):
        assert app.handler(EVENT, None)["statusCode"] == 404


def _end_when_the_store_answered() -> None:
    """End this process as soon as DynamoDB's first answer was read, regardless of its content."""
    from pynamodb.connection.base import Connection

    ask = Connection._make_api_call

    def ask_once(*given: object) -> None:
        ask(*given)  # type: ignore[arg-type]  # passed through
        raise SystemExit

    Connection._make_api_call = ask_once  # type: ignore[method-assign,assignment]  # ends after one


def first(event: str) -> None:
    """Invoke a function for the first time, until its table answered.

    A function that uses no table is an error.
    """
    _end_when_the_store_answered()
    answered(event)
    raise SystemExit("the function used no table")


def answered(event: str) -> None:
    """Invoke a function for the first time, until its answer."""
    import json

    with open(event, encoding="utf-8") as file:
        enqueued_by = json.load(file)
    import app

    print(app.handler(enqueued_by, None), file=sys.stderr)


def pynamodb() -> None:
    """Read one item with a bare model and client."""
    from pynamodb.attributes import UnicodeAttribute
    from pynamodb.models import Model

    class Row(Model):
        class Meta:
            table_name = "rows"
            region = "us-east-1"

        key = UnicodeAttribute(hash_key=True)

    _end_when_the_store_answered()
    Row.get("one", consistent_read=True)


def pynamodb_and_stripe() -> None:
    """Load Stripe's library, then read one item with a bare model and client.

    The two share many modules.
    """
    __import__("stripe")
    pynamodb()


def update(times: int) -> None:
    """Update an item with boto3 this many times."""
    import boto3

    client = boto3.client("dynamodb")
    for _ in range(times):
        client.update_item(
            TableName="rows",
            Key={"key": {"S": "one"}},
            UpdateExpression="ADD total :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )


def modules() -> None:
    """Print every module that is loaded after a click."""
    click(1, "")
    print("\n".join(sys.modules))


def main() -> None:
    what, folders, endpoint, given = sys.argv[1:]
    sys.path[:0] = folders.split(os.pathsep)
    os.environ.update(SETTINGS, AWS_ENDPOINT_URL=endpoint)
    name, _, times = what.partition("=")
    if name == "click":
        click(int(times), given)
    elif name == "unknown":
        unknown(int(times))
    elif name == "update":
        update(int(times))
    elif name == "import":
        __import__(times)
    elif name in ("first", "answered"):
        {"first": first, "answered": answered}[name](given)
    else:
        {
            "pynamodb": pynamodb,
            "pynamodb_and_stripe": pynamodb_and_stripe,
            "modules": modules,
            "silent": silent,
        }[name]()


main()
