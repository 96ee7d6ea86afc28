"""What the linters cannot say about the shape of the code, said by short tests."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import services
import shared
from deploy.gateway import ROUTES
from services.intake.app import ASYNCAPI as INTAKE
from services.intake.settings import Settings as IntakeSettings
from services.notify.app import ASYNCAPI as NOTIFY
from services.notify.settings import Settings as NotifySettings
from services.scoring.app import ASYNCAPI as SCORING
from services.scoring.settings import Settings as ScoringSettings
from shared.contracts.catalogue import EVENTS

ROOT = Path(__file__).parents[2]
TOP_LEVEL = {
    ".ci",
    ".dockerignore",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Makefile",
    "README.md",
    "bench",
    "deploy",
    "docker-compose.yml",
    "pyproject.toml",
    "requirements-dev.lock",
    "requirements.lock",
    "services",
    "shared",
    "tests",
}
LONGEST_MODULE = 330
SERVICES = ("intake", "scoring", "notify")
# The one thing of `shared` that rules may use: what every citizen reads, said once.
WORDS = "shared.contracts.questionnaire"


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def imported_by(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_rules_import_the_standard_library_and_each_other_only(service: str) -> None:
    for path in sources(f"services/{service}/domain"):
        foreign = {
            module
            for module in imported_by(path)
            if module.partition(".")[0] not in sys.stdlib_module_names
            and not module.startswith(f"services.{service}.domain")
        }
        assert foreign <= {WORDS}, f"{path.name} imports {foreign}"


def test_the_words_of_the_questions_are_plain_data() -> None:
    path = ROOT / WORDS.replace(".", "/")

    assert imported_by(path.with_suffix(".py")) <= sys.stdlib_module_names


def test_the_packages_are_those_of_this_checkout() -> None:
    for package in (services, shared):
        assert Path(str(package.__file__)).is_relative_to(ROOT)


def test_the_top_level_is_as_its_owner_fixed_it() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()

    assert {name.partition("/")[0] for name in tracked} <= TOP_LEVEL


def test_no_folder_of_tests_shadows_a_package() -> None:
    assert not {path.name for path in (ROOT / "tests").rglob("*") if path.is_dir()} & {
        "services",
        "shared",
    }


def test_every_setting_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    fields = {
        name
        for settings in (IntakeSettings, ScoringSettings, NotifySettings)
        for name in settings.model_fields
    }

    missing = {f"RANCAK_{name.upper()}" for name in fields} - set(
        re.findall(r"RANCAK_[A-Z_]+", readme)
    )

    assert not missing


def test_caddy_serves_the_routes_of_the_gateway() -> None:
    caddyfile = (ROOT / "deploy/caddy/Caddyfile").read_text()
    paths = dict(re.findall(r"@(\w+) path (/\S+)", caddyfile))
    upstreams = dict(re.findall(r"reverse_proxy @(\w+) (\w+):", caddyfile))
    rest = re.findall(r"^\treverse_proxy (\w+):", caddyfile, re.MULTILINE)

    assert {paths[name]: upstreams[name] for name in paths} | {"/": rest[0]} == dict(ROUTES)


def test_no_lock_file_names_a_registry() -> None:
    locks = [*ROOT.glob("requirements*.lock"), ROOT / "tests/contracts/asyncapi/package-lock.json"]

    assert not [lock.name for lock in locks if re.search(r"https?://", lock.read_text())]


def test_modules_stay_readable() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources("services", "shared", "deploy")
        if "migrations" not in path.parts
        and (lines := len(path.read_text().splitlines())) > LONGEST_MODULE
    }

    assert not long


@pytest.mark.parametrize("service", SERVICES)
def test_migrations_are_numbered_without_gaps(service: str) -> None:
    versions = (ROOT / "services" / service / "migrations" / "versions").glob("[0-9]*.py")

    numbers = sorted(int(path.name[:4]) for path in versions)

    assert numbers == list(range(1, len(numbers) + 1))


def test_every_topic_has_one_publisher_and_somebody_who_reads_it() -> None:
    documents = (INTAKE, SCORING, NOTIFY)
    operations = [name for document in documents for name in document["operations"]]

    for topic in EVENTS:
        assert operations.count(f"send_{topic}") == 1
        assert operations.count(f"receive_{topic}") >= 1


@pytest.mark.parametrize(
    "path", sources("services", "shared", "deploy"), ids=lambda path: path.name
)
def test_a_module_says_in_its_first_lines_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), path
