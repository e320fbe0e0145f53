"""What is in the bundles for AWS: our code, what it needs, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bundle.functions import FUNCTIONS, modules
from bundle.target import LAMBDA
from local_emulator.deployment import Deployment
from testing.bundles import ROOT, SENDERS, TOKEN_READERS, files, for_here, for_lambda, size

pytestmark = pytest.mark.timeout(300)  # the first test makes all bundles for AWS, and installs the lock twice

MB = 1_000_000
ELF_MACHINE_AARCH64 = 183  # ELF-64 Object File Format, AArch64 supplement: EM_AARCH64
OUR_PACKAGES = {"application", "domain", "handlers", "infra"}
SDK = {"botocore", "dateutil", "jmespath", "six", "urllib3"}
TOKENS = {"jwt", "cryptography", "_cffi_backend"}
ENGINE = {"httptools"}


@pytest.fixture(params=FUNCTIONS)
def function(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def shipped(function: str) -> Path:
    return for_lambda() / function


def packages(bundle: Path) -> set[str]:
    """What can be imported."""
    return {path.name.partition(".")[0] for path in bundle.iterdir() if path.suffix != ".dist-info"}


def test_there_is_a_bundle_for_each_function_of_the_template(deployment: Deployment) -> None:
    assert FUNCTIONS.keys() == deployment.functions.keys()


def test_what_is_imported_of_a_bundle_is_the_template_s_handler_and_each_package(
    deployment: Deployment, function: str
) -> None:
    handler, *packages_of_others = modules(function)

    assert f"{handler}.handler" == deployment.functions[function].handler
    assert len(packages_of_others) == len(FUNCTIONS[function])


def test_it_is_made_for_the_python_and_the_machine_of_the_template(deployment: Deployment) -> None:
    assert {one.runtime for one in deployment.functions.values()} == {f"python{LAMBDA.python}"}
    assert "Architectures: [arm64]" in (ROOT / "template.yaml").read_text(encoding="utf-8")


def test_it_holds_our_code_and_what_that_needs_and_nothing_else(function: str, shipped: Path) -> None:
    read, sent = function in TOKEN_READERS, function in SENDERS

    assert packages(shipped) == OUR_PACKAGES | SDK | (TOKENS if read else set()) | (ENGINE if sent else set())


def test_our_code_is_there_to_the_last_file(shipped: Path) -> None:
    sources = {path.relative_to(ROOT).as_posix() for room in OUR_PACKAGES for path in (ROOT / room).rglob("*.py")}
    ours = {file for file in files(shipped) if file.partition("/")[0] in OUR_PACKAGES and not file.endswith(".pyc")}

    assert ours == sources | {"infra/amazon_roots.pem"}


def test_nothing_in_it_is_for_compilers_tests_or_installers(shipped: Path) -> None:
    useless = re.compile(r"(^|/)(tests?|examples|bin)/|\.(c|h|js|pxd|pyi|pyx|typed|lock|tar\.gz)$|/RECORD$")

    assert {file for file in files(shipped) if useless.search(file)} == set()


def test_licences_ship_with_the_packages(shipped: Path) -> None:
    folders = {path.name for path in shipped.glob("*.dist-info")}
    licensed = {file.partition("/")[0] for file in files(shipped) if re.search("licen[cs]e|copying|notice", file, re.I)}

    assert {name for name in folders if name.endswith(".dist-info")} == licensed


def test_its_wheels_run_on_the_machine_of_the_template(shipped: Path) -> None:
    wheels = [path.read_text() for path in shipped.glob("*.dist-info/WHEEL")]
    version = LAMBDA.python.replace(".", "")
    fits = re.compile(rf"Tag: (py3-none-any|(cp{version}-cp{version}|cp3\d+-abi3)-manylinux\w+_aarch64)")

    assert wheels
    assert [wheel for wheel in wheels if not fits.search(wheel)] == []


def test_its_machine_code_is_for_arm64(function: str, shipped: Path) -> None:
    machines = {path.name: int.from_bytes(path.read_bytes()[18:20], "little") for path in shipped.rglob("*.so")}

    assert set(machines.values()) <= {ELF_MACHINE_AARCH64}
    assert bool(machines) is (function in TOKEN_READERS | SENDERS)


def test_it_is_small(function: str, shipped: Path) -> None:
    """Unzipped, byte code included: where nobody can compile for the target, as much of it as ours has."""
    limit = 20 * MB if function in TOKEN_READERS else 6 * MB
    compiled = for_here() / function if LAMBDA.interpreter is None else shipped
    machine_code = sum(path.stat().st_size for path in compiled.rglob("*.so"))
    its_own = sum(path.stat().st_size for path in shipped.rglob("*.so"))

    assert size(shipped) <= limit
    assert size(compiled) - machine_code + its_own <= limit
