#!/usr/bin/env bash
# pytest 9.2.0 with hatchling 1.33.0 and editables 0.6: where a pytest plugin is installed with `pip install --editable`
# and hatchling's `dev-mode-exact = true`, pytest with `-W error` ends before it collects a test:
#   PytestAssertRewriteWarning: Module already imported so cannot be rewritten; _editable_impl_sample
# pytest rewrites the assertions of every file that the distribution of a plugin records. The exact mode records a finder
# module, _editable_impl_<name>.py, which a .pth file imports at the start of the interpreter, before pytest.
# The usual editable mode records a .pth file alone, and the same run passes.
# Seen with Python 3.11 on Linux.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/project" "$folder/tests"
echo "def pytest_report_header(): return 'the sample plugin is loaded'" > "$folder/project/sample.py"
echo "def test_nothing(): pass" > "$folder/tests/test_nothing.py"
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pytest==9.2.0 hatchling==1.33.0 editables==0.6

run_with() {
    cat > "$folder/project/pyproject.toml" <<TOML
[build-system]
requires = ["hatchling==1.33.0", "editables==0.6"]
build-backend = "hatchling.build"
[project]
name = "sample"
version = "1"
[project.entry-points.pytest11]
sample = "sample"
[tool.hatch.build]
dev-mode-exact = $1
[tool.hatch.build.targets.wheel]
include = ["sample.py"]
TOML
    "$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-build-isolation --editable "$folder/project"
    (cd "$folder/tests" && "$folder/venv/bin/python" -m pytest -W error -p no:cacheprovider 2>&1) || true
}

exact=$(run_with true | grep -o "PytestAssertRewriteWarning: .*" | head -n 1 || true)
usual=$(run_with false | grep -oE "the sample plugin is loaded|1 passed" | paste -sd, || true)
echo "pytest 9.2.0, hatchling 1.33.0; exact: $exact; usual: $usual"
[ "$exact" = "PytestAssertRewriteWarning: Module already imported so cannot be rewritten; _editable_impl_sample" ]
[ "$usual" = "the sample plugin is loaded,1 passed" ]
