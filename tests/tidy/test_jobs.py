"""A job, its resource, its step and its test share one verb."""

from __future__ import annotations

import ast
import re

from infra.local.routes import derive_routes
from infra.local.template import function_folders, resources_of
from tests.tidy.project import LAYER, files, functions, jobs, modules, names, shown, template

# Functions whose step has another name, or that have none.
STEP_OF = {
    "handle_not_found": None,  # decides nothing: whatever nobody takes is not found
    "serve_asset": None,  # hands out two files
}
# Functions without a router, which loads a library that they do not need: their routes.
WITHOUT_ROUTER = {
    "record_click": {"GET /r/{code+}", "HEAD /r/{code+}"},
    "capture_signup": {"POST /v1/signups"},
    "receive_webhook": {"POST /webhooks/{connection}"},
    "serve_asset": {"GET /assets/{name}"},
    "handle_not_found": {"$default"},
}
# Steps that are part of several jobs and no job themselves.
PARTS = {
    "check_version",  # of jobs that replace a versioned file
    "find_program",  # of most jobs
    "find_referrer",  # of most jobs
    "evaluate_referral",  # of all jobs after which a referral may have earned something
    "ask_refund",  # of the worker that posts, which has Stripe
    "ask_sign_off",  # of the portal: one of its forms
    "update_referrer",  # of the portal: what a referrer says of themselves
    "decide_as_staff",  # of what a person decides, over /v1 and at the console
    "evaluation",  # of a judging: what one attempt read, and its writes
    "earn_credit",  # of a judging: what a milestone that is met is worth
    "search_records",  # of the console
    "find_reader",  # of the pages before a sign-in, and of whatever mails a referrer
    "follow_credit",  # of a judging: what becomes of a credit as its sale goes on
    "limit_requests",  # before a signup
    "register_referral",  # of a signup, and of what is entered
    "mark_applied",  # of the worker that posts, which has Stripe
    "move_credit",  # of everything that moves a credit
    "queue_mail",  # of whatever sends a mail at once
    "repeat",  # of whatever may be contended
    "spend_token",  # of what the link of a mail does
    "compose_mail",  # of the sender of mails, which claims and hands over
    "handle_credit_message",  # of the worker that posts: which of its works a message asks for
}


def _modules_of(room: str) -> dict[str, str]:
    """Return the modules of a room by their names, each with its place below the room."""
    found: dict[str, str] = {}
    for path in files():
        if path.is_relative_to(LAYER / room) and path.suffix == ".py" and path.stem != "__init__":
            assert path.stem not in found, f"two modules of {room} are named {path.stem}"
            found[path.stem] = str(path.relative_to(LAYER / room).with_suffix(""))
    return found


def _test_of(room: str, place: str) -> str:
    folder, _, name = f"{room}/{place}".rpartition("/")
    return f"tests/{folder}/test_{name}.py"


def _steps() -> set[str]:
    return set(_modules_of("steps"))


def _imported_steps(job: str) -> set[str]:
    """Return the steps that a function imports, itself or by modules of http/."""
    found: set[str] = set()
    trees = [modules(function_folders()[job])["app.py"]]
    while trees:
        tree = trees.pop()
        named = {
            name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module
            for name in (node.module, *(f"{node.module}.{each.name}" for each in node.names))
        }
        pages = {name for name in named - found if name.startswith("goodword.http.")}
        found |= named
        paths = (name.removeprefix("goodword.").replace(".", "/") + ".py" for name in pages)
        trees += [modules()[path] for path in paths if path in modules()]
    return {name.rpartition(".")[2] for name in found if name.startswith("goodword.steps.")}


def test_every_job_has_its_resource_and_every_resource_its_job() -> None:
    assert jobs() == set(functions())


def test_a_jobs_folder_holds_app_py_and_nothing_else() -> None:
    stored = {name for name in names() if name.startswith("functions/") and name.count("/") > 2}
    assert stored == {shown(folder / "app.py") for folder in function_folders().values()}


def test_every_job_calls_the_step_of_its_name() -> None:
    missing = []
    for job in jobs():
        step = STEP_OF.get(job, job)
        if step is None:
            assert _imported_steps(job) == set(), f"{job} has a step now: take it off the list"
        elif step not in _imported_steps(job):
            missing.append(f"{job} does not call {step}")
    assert missing == []


def _answered(job: str) -> set[str]:
    """Return the routes that a function's router answers, as the template writes them."""
    found: set[str] = set()
    for node in ast.walk(modules(function_folders()[job])["app.py"]):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        path, made = node.args[0], node.func
        if not isinstance(made.value, ast.Name) or made.value.id != "app":
            continue
        if isinstance(path, ast.Constant) and isinstance(path.value, str):
            given = [ast.literal_eval(each.value) for each in node.keywords if each.arg == "method"]
            methods = given[0] if given else [made.attr.upper()]
            keys = re.sub(r"<(\w+)>", r"{\1}", path.value)
            found |= {f"{method} {keys}" for method in methods}
    return found


def test_every_job_answers_the_routes_of_its_resource() -> None:
    routed: dict[str, set[str]] = {job: set() for job in functions()}
    resources = resources_of(template(), "AWS::Serverless::Function")
    for route in derive_routes(template()):
        job = resources[route.function]["CodeUri"].rstrip("/").rpartition("/")[2]
        routed[job].add(route.key)
    for job, routes in routed.items():
        assert WITHOUT_ROUTER.get(job, _answered(job)) == routes, job
    assert not any(map(_answered, WITHOUT_ROUTER))


def test_every_step_is_a_job_or_part_of_one() -> None:
    named = {STEP_OF.get(job, job) for job in jobs()} - {None}
    assert _steps() - named == PARTS, "a step that no job has, or one that became a job"


def test_every_step_has_its_test() -> None:
    steps = _modules_of("steps")
    assert steps
    assert [place for place in steps.values() if _test_of("steps", place) not in names()] == []


def test_every_part_of_the_domain_has_its_test() -> None:
    parts = _modules_of("domain")
    # Names alone: words for errors, and the shapes that pass between two rooms.
    shapes = {"errors", "delivery", "event", "posting", "reader", "localized_text"}
    assert shapes < set(parts)
    untested = [place for part, place in parts.items() if part not in shapes]
    assert [place for place in untested if _test_of("domain", place) not in names()] == []
