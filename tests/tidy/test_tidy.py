"""Each tidy test fails on a tree, a list or a layer that is broken on purpose."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from goodword.domain.access.staff import MAY
from goodword.domain.locale import LOCALES
from goodword.store.tables import load_tables
from infra.access import load_access
from tests.tidy import project
from tests.tidy.project import ROOT, changed_tree, text_of

HERE = Path(__file__).parent
CORE = "layers/core/goodword"
PAGE = "docs/broken.md"
STRAY = ROOT / PAGE
_numbers = count()


@dataclass(frozen=True)
class Broken:
    """A test, and what breaks it.

    files: texts in place of files, by path; None takes a file away. names: values in place of names
    of the test's module. given: the test's arguments.
    """

    test: str
    files: Mapping[str, str | None] = field(default_factory=dict)
    names: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)


def edited(name: str, old: str, new: str = "") -> dict[str, str]:
    """Return a file's text with a part of it replaced."""
    text = text_of(ROOT / name)
    assert old in text, f"{name} has no {old!r}: break it elsewhere"
    return {name: text.replace(old, new)}


def _docs() -> list[Broken]:
    page = {"page": STRAY}
    alone = {"files": lambda: (STRAY,)}  # all files take seconds
    deploy = {"page": "docs/deploy.md"}
    listed = "docs/decisions/0001-records-in-plain-maps.md"
    return [
        Broken("the_documents_that_a_reader_looks_for_are_there", {"CHANGELOG.md": None}),
        Broken(
            "the_architecture_lists_the_kernel_of_the_import_rules",
            edited("ARCHITECTURE.md", "(contact, days,", "(contact,"),
        ),
        Broken("every_link_of_a_page_leads_somewhere", {PAGE: "[x](none.md)"}, given=page),
        Broken("every_link_of_a_page_leads_somewhere", {PAGE: "# A\n\n[x](#b)"}, given=page),
        Broken(
            "a_page_names_the_place_of_its_commands",
            {"docs/deploy.md": "`goodword init` and `sam deploy`"},
            given=deploy,
        ),
        Broken("every_path_that_a_page_names_is_there", {PAGE: "See `infra/x.yaml`."}, given=page),
        Broken("every_make_target_that_is_named_is_there", {PAGE: "Run `make x`."}, given=page),
        Broken("every_target_says_what_it_does", edited("Makefile", "## Remove everything", "#")),
        Broken(
            "every_command_that_is_named_is_there_with_its_options",
            {PAGE: "`goodword x`" + " `goodword staff list`" * 10},
            alone,
        ),
        Broken(
            "every_command_that_is_named_is_there_with_its_options",
            {PAGE: "`goodword referrers show cu_1 --none`" + " `goodword staff list`" * 10},
            alone,
        ),
        Broken(
            "a_written_command_has_its_required_options",
            {PAGE: "`goodword referrers enroll cu_1`"},
            alone,
        ),
        Broken(
            "a_page_names_the_stack_before_its_commands",
            {"docs/staff.md": "`goodword init`"},
            given={"page": "docs/staff.md"},
        ),
        Broken("decisions_are_numbered_each_once_and_listed", {listed: None}),
        Broken("the_changelog_begins_with_the_version_of_the_project", {"CHANGELOG.md": "# None"}),
    ]


def _docstrings() -> list[Broken]:
    module = f"{CORE}/domain/broken.py"
    return [
        Broken("every_module_of_the_layer_says_what_it_is", {module: "X = 1"}),
        Broken("everything_public_in_the_layer_has_a_docstring", {module: "def x(): return 1"}),
        Broken("a_docstring_begins_with_a_sentence_that_fits_a_line", {module: '"""No end"""'}),
    ]


def _events() -> list[Broken]:
    row = "| `signed_up` | X. | `one` |"
    return [
        Broken("every_kind_is_documented_once", {"docs/events.md": row}),
        Broken("every_argument_that_leaves_is_documented", {"docs/events.md": row}),
        Broken("what_referrers_hear_of_is_an_event", names={"EVENTS": {}}),
    ]


def _guarantees() -> list[Broken]:
    journey = {"journey": "tests/journeys/test_broken.py"}
    return [
        Broken("the_tables_of_promises_are_found", {"docs/guarantees.md": "Nothing."}),
        Broken(
            "each_promise_names_what_holds_it",
            given={"promise": "x", "covered_by": "`tests/none.py`"},
        ),
        Broken("each_promise_names_what_holds_it", given={"promise": "x", "covered_by": "hope"}),
        Broken("each_journey_is_named_beside_its_promise", given=journey),
    ]


def _jobs() -> list[Broken]:
    folder = "functions/links/broken_job"
    app = {f"{folder}/app.py": ""}
    return [
        Broken("every_job_has_its_resource_and_every_resource_its_job", app),
        Broken("a_jobs_folder_holds_app_py_and_nothing_else", {f"{folder}/more.py": ""}),
        Broken(
            "every_job_calls_the_step_of_its_name",
            {"functions/links/create_link/app.py": "handler = None"},
        ),
        Broken(
            "every_job_answers_the_routes_of_its_resource",
            edited("functions/links/create_link/app.py", '"/v1/links/<code>"', '"/v1/links/<c>"'),
        ),
        Broken("every_step_is_a_job_or_part_of_one", {f"{CORE}/steps/links/broken.py": ""}),
        Broken("every_step_has_its_test", {f"{CORE}/steps/links/broken.py": ""}),
        Broken("every_part_of_the_domain_has_its_test", {f"{CORE}/domain/broken.py": ""}),
    ]


def _lists() -> list[Broken]:
    openapi = "docs/openapi.yaml"
    schema = edited(f"{CORE}/programs/schema.json", '"es"', '"fr"')
    return [
        Broken(
            "the_document_of_v1_lists_the_languages",
            edited(
                openapi, f"locale: {{ enum: [{', '.join(LOCALES)}] }}", "locale: { enum: [en] }"
            ),
        ),
        Broken("the_schema_of_programs_lists_the_languages", schema),
        Broken(
            "every_language_has_its_texts_and_its_cast",
            {f"{CORE}/pages/locales/fr/LC_MESSAGES/goodword.po": ""},
        ),
        Broken("every_language_has_its_texts_and_its_cast", names={"CASTS": {}}),
        Broken("every_kind_of_crm_has_its_reader", names={"KINDS": ("none",)}),
        Broken(
            "the_table_of_kinds_lists_every_kind",
            edited(f"{CORE}/crm/__init__.py", "| pipedrive ", "| another "),
        ),
        Broken(
            "the_page_of_crms_states_the_secret_of_every_kind",
            edited("docs/add-a-crm.md", "| pipedrive | `user", "| another | `user"),
        ),
        Broken(
            "the_document_of_v1_lists_the_kinds_of_crm",
            edited(openapi, "[hubspot, hubspot_workflow", "[hubspot"),
        ),
        Broken(
            "the_document_of_v1_has_the_fields_of_a_referrer",
            edited(openapi, "        nps:\n", "        nms:\n"),
        ),
        Broken(
            "a_change_may_set_only_changeable_fields",
            names={"CHANGEABLE_FIELDS": ("name",)},
        ),
    ]


def _pins() -> list[Broken]:
    lock = "requirements/uv.txt"
    core = {"requirements/core.txt": "boto3==0.0.1 \\\n    --hash=sha256:00\n"}
    unknown = {"requirements/core.txt": "unknown==1 \\\n    --hash=sha256:00\n"}
    return [
        Broken("every_list_of_wishes_has_its_lock", {"requirements/more.in": ""}),
        Broken("what_two_lists_share_is_pinned_alike", core, given={"one": "core", "other": "dev"}),
        Broken("what_ships_is_what_is_tested", unknown, given={"layer": "core"}),
        Broken("every_package_is_pinned_with_its_hashes", {lock: "uv==1"}, given={"name": "uv"}),
        Broken(
            "every_package_is_pinned_with_its_hashes",
            {lock: "uv==1 --hash=sha256:00\nmore\n"},
            given={"name": "uv"},
        ),
        Broken("no_list_names_a_registry", {lock: "--index-url x"}, given={"name": lock}),
    ]


def _prose() -> list[Broken]:
    long = {PAGE: "a word " * 15}
    page = {"path": ROOT / PAGE}
    module = f"{CORE}/domain/broken.py"
    runbook = "docs/runbook.md"
    decision = "docs/decisions/0001-records-in-plain-maps.md"
    return [
        Broken("the_texts_are_found", names={"TEXTS": []}),
        Broken("a_text_has_no_retired_term", {PAGE: "Nobody waits."}, given=page),
        Broken("a_line_has_at_most_100_columns", long, given=page),
        Broken("the_checker_finds_retired_terms", given={"text": "A page.", "found": ["nobody"]}),
        Broken("the_checker_finds_long_lines", given={"line": "short", "too_long": True}),
        Broken("docstrings_and_comments_have_no_retired_term", {module: "# Nobody waits.\n"}),
        Broken(
            "the_checker_reads_docstrings_and_comments",
            given={"text": "# A word.\n", "found": ["1: nobody"]},
        ),
        Broken(
            "an_alarm_ends_with_the_command_of_its_runbook_section",
            edited(runbook, "    goodword redrive", "    goodword show"),
        ),
        Broken(
            "a_section_without_a_command_is_found",
            names={"_next_command": lambda *_: "no command"},
        ),
        Broken(
            "the_changelog_has_the_headings_of_keep_a_changelog",
            {"CHANGELOG.md": "## Next\n"},
        ),
        Broken("each_decision_has_its_status_and_date", {decision: "# 1. A row\n"}),
    ]


def _rules() -> list[Broken]:
    step = f"{CORE}/steps/broken.py"
    return [
        Broken("only_app_py_reads_the_environment", {step: 'os.environ["X"]'}),
        Broken("only_app_py_reads_the_environment", {step: "from os import getenv"}),
        Broken("nothing_in_the_layer_prints", {step: "print(1)"}),
        Broken("domain_and_steps_read_no_clock_and_no_chance", {step: "datetime.now()"}),
        Broken("domain_and_steps_read_no_clock_and_no_chance", {step: "import random"}),
        Broken(
            "no_line_of_domain_and_steps_is_excluded",
            {step: "x = 1  # pragma: no cover"},
        ),
        Broken("csv_is_written_in_one_place_which_neutralises_formulas", {step: "csv.writer(x)"}),
        Broken("no_store_scans", {f"{CORE}/store/broken.py": "Row.scan()"}),
        Broken("no_client_is_built_at_import", {step: 'CLIENT = boto3.client("s3")'}),
    ]


def _tables() -> list[Broken]:
    tables, access = load_tables(), load_access()
    fewer = {name: table for name, table in tables.items() if name != "links"}
    pattern = access.of_table("links")[0]
    wrong_key = replace(access, patterns=(replace(pattern, key="none"),))
    no_question = replace(access, patterns=access.patterns[:1])
    first, *rest = access.functions
    turned = replace(access, functions={each: access.functions[each] for each in (*rest, first)})
    job = {"job": "create_link"}
    links = {"noun": "links"}
    return [
        Broken(
            "the_registry_lists_every_module_that_declares_a_table",
            {f"{CORE}/store/broken.py": "TABLE = Table(Row)"},
        ),
        Broken("stores_has_a_field_for_every_table_that_is_asked", names={"REGISTERED": fewer}),
        Broken("the_contract_of_stores_has_a_sample_of_every_record", names={"RECORDS": {}}),
        Broken(
            "what_an_index_needs_stands_on_every_item",
            names={"REGISTERED": {"links": tables["clicks"]}},
            given=links,
        ),
        Broken(
            "every_table_is_listed_with_its_questions", names={"load_access": lambda: no_question}
        ),
        Broken(
            "questions_name_the_keys_indexes_and_stream",
            names={"load_access": lambda: wrong_key},
            given=links,
        ),
        Broken(
            "the_list_names_every_function_in_journey_order",
            names={"load_access": lambda: turned},
        ),
        Broken(
            "functions_behind_v1_ask_for_their_bearer_key",
            names={"load_access": lambda: no_question},
        ),
        Broken(
            "a_role_allows_what_the_list_says",
            names={"load_access": lambda: no_question},
            given=job,
        ),
    ]


def _terms() -> list[Broken]:
    module = f"{CORE}/domain/broken.py"
    return [
        Broken("no_identifier_has_a_retired_part", {module: "open_house = 1"}),
        Broken("no_public_name_has_a_retired_part", {f"{CORE}/domain/desk.py": ""}),
        Broken(
            "no_method_of_a_store_has_a_retired_name",
            {f"{CORE}/ports/stores.py": "class A:\n    def several(self) -> int: ..."},
        ),
        Broken("a_retired_method_is_seen", given={"name": "get_many"}),
        Broken("exceptions_are_few_and_used", names={"ALLOWED": frozenset({"never_used"})}),
        Broken("a_retired_part_is_seen_in_every_spelling", given={"name": "due_at"}),
    ]


def _texts() -> list[Broken]:
    message = SimpleNamespace(id="%(count)s people", string="%(number)s personas")
    wrong = {"catalogue": lambda *_: [message]}
    mistaken = [SimpleNamespace(id="A credit", string="Un crédito")]
    one_word = {"english": r"\bcredits?\b", "said": "abono", "mistaken": "crédito"}
    es = {"locale": "es"}
    sentence = {f"{CORE}/steps/broken.py": 'say("Hello")'}
    return [
        Broken("a_catalogue_says_all_that_is_said_and_nothing_else", names=wrong, given=es),
        Broken("a_translation_has_the_holes_of_its_text", names=wrong, given=es),
        Broken(
            "what_is_compiled_is_what_is_written",
            names={"compiled": lambda _: b"another"},
            given=es,
        ),
        Broken(
            "spanish_has_one_term_for_what_english_has_one_for",
            names={"catalogue": lambda *_: mistaken},
            given=one_word,
        ),
        Broken("no_sentence_is_made_outside_messages", sentence, given={"layer": "steps"}),
    ]


def _search_terms() -> list[Broken]:
    # Written in parts, so that they do not stand here either.
    pattern = {"pattern": SimpleNamespace(search=lambda _: None), "text": "x", "seen": True}
    return [
        Broken("no_file_names_a_folder_of_somebodys_machine", {PAGE: "in /" + "home/pat"}),
        Broken("no_file_names_a_package_registry", {PAGE: "from py" + "pi.org"}),
        Broken("nothing_is_left_for_later", {PAGE: "TO" + "DO"}),
        Broken("every_mailbox_is_at_a_name_that_nobody_can_have", {PAGE: "pat@" + "clinic.co.uk"}),
        Broken("every_phone_number_is_one_that_nobody_can_have", {PAGE: "+1 415 86" + "7 5309"}),
        Broken("no_file_is_large", names={"LARGEST_BYTES": 10}),
        Broken("the_patterns_see_what_they_are_for", given=pattern),
    ]


CASES: dict[str, list[Broken]] = {
    "test_docs": _docs(),
    "test_docstrings": _docstrings(),
    "test_events": _events(),
    "test_guarantees": _guarantees(),
    "test_jobs": _jobs(),
    "test_lists": _lists(),
    "test_pins": _pins(),
    "test_prose": _prose(),
    "test_rules": _rules(),
    "test_staff": [
        Broken("the_table_of_rights_is_that_of_the_code", names={"MAY": {**MAY, "sales": ()}})
    ],
    "test_tables": _tables(),
    "test_terms": _terms(),
    "test_texts": _texts(),
    "test_words": _search_terms(),
}
ALL = [(module, case) for module, cases in CASES.items() for case in cases]


def fresh(name: str) -> ModuleType:
    """Load a module of tests again, so that it looks at the tree as it is now."""
    spec = importlib.util.spec_from_file_location(f"{name}_{next(_numbers)}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("module", "case"), ALL, ids=[f"{module}-{case.test}" for module, case in ALL]
)
def test_a_tidy_test_fails_on_what_it_is_for(
    module: str, case: Broken, monkeypatch: pytest.MonkeyPatch
) -> None:
    with changed_tree(case.files):
        tests = fresh(module)
        for name, value in case.names.items():
            monkeypatch.setattr(tests, name, value)
        with pytest.raises(AssertionError):
            getattr(tests, f"test_{case.test}")(**case.given)


def declared_in(module: str) -> set[str]:
    """Return the names of the tests of a module, without their beginning."""
    return {
        node.name.removeprefix("test_")
        for node in ast.parse(text_of(HERE / f"{module}.py")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_tidy_test_is_shown_to_fail(tmp_path: Path) -> None:
    shown = {module: {case.test for case in cases} for module, cases in CASES.items()}
    shown["test_layers"] = {case.test for case in _layers(tmp_path)}
    found = {path.stem for path in HERE.glob("test_*.py")} - {"test_tidy"}
    assert shown == {module: declared_in(module) for module in found}


def _layers(folder: Path) -> list[Broken]:
    """Build layers that are wrong, each in one way, and return what must find it."""

    def built(name: str, files: Mapping[str, str]) -> Path:
        for place, text in files.items():
            (folder / name / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / name / place).write_text(text)
        return folder / name

    def in_place(data: Path) -> None:
        (data / "endpoints.json").write_text("{}")

    needed = {f"{name}/__init__.py": "" for name in ("goodword", "boto3", "pynamodb", "yaml")}
    core = built("core", {**needed, "goodword/broken.py": "1 / 0", "broken.py": "1 / 0"})
    stripe = built("stripe", {"stripe/__init__.py": "", "boto3/__init__.py": ""})
    pages = built(
        "pages", {f"{name}/__init__.py": "1 / 0" for name in ("jinja2", "babel", "segno")}
    )
    compiled = built("compiled", {"x.cpython-313-aarch64-linux-gnu.so": ""})
    templates = built("templates", {"goodword/pages/templates/a.html": ""})
    request = SimpleNamespace(getfixturevalue=lambda _: compiled)
    (folder / "linked").mkdir(exist_ok=True)
    trim = SimpleNamespace(run_path=lambda _: {"trim": in_place})
    described = {"_calls": dict, "_describe": lambda path: {"one": str(path)}}
    return [
        Broken(
            "files_linked_to_an_installers_cache_stay",
            names={"runpy": trim},
            given={"tmp_path": folder / "linked"},
        ),
        Broken("the_core_layer_has_every_template_as_python", given={"core": templates}),
        Broken(
            "the_layer_describes_called_operations_as_botocore_does",
            names=described,
            given={"core": core},
        ),
        Broken("the_layer_describes_what_roles_allow", names={"_calls": dict}),
        Broken("nothing_in_a_layer_is_compiled", given={"layer": "core", "request": request}),
        Broken(
            "every_package_of_the_layer_imports_without_compiled_parts",
            given={"core": core},
        ),
        Broken("every_module_imports_from_the_core_layer_alone", given={"core": core}),
        Broken(
            "the_stripe_layer_imports_beside_the_core_layer", given={"core": core, "stripe": stripe}
        ),
        Broken(
            "the_pages_layer_imports_beside_the_core_layer", given={"core": core, "pages": pages}
        ),
        Broken(
            "the_pages_layer_has_the_dates_of_every_language",
            given={"core": core, "pages": pages, "tmp_path": folder},
        ),
        Broken(
            "every_function_imports_with_the_layers_that_it_has",
            given={"core": core, "stripe": stripe, "pages": pages},
        ),
    ]


@pytest.mark.parametrize("test", sorted(declared_in("test_layers")))
def test_a_test_of_layers_fails_on_what_it_is_for(
    test: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests = fresh("test_layers")
    (case,) = (each for each in _layers(tmp_path) if each.test == test)
    for name, value in case.names.items():
        monkeypatch.setattr(tests, name, value)
    with pytest.raises(AssertionError):
        getattr(tests, f"test_{test}")(**case.given)


def test_the_tree_is_whole_again_after_a_change() -> None:
    before = project.files()
    with changed_tree({PAGE: "x", "README.md": None}):
        assert STRAY in project.files()
        assert "README.md" not in project.names()
    assert project.files() == before
