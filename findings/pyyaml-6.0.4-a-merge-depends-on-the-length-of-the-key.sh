#!/usr/bin/env bash
# PyYAML 6.0.4: which value a merge key (<<) yields depends on the number of letters in the merged key. The release skips
# pairs whose key it has seen, and compares keys by id(); CPython keeps one object for each one-letter string.
# - `<<: [*first, *second]`: 6.0.3 takes the first mapping, as yaml.org/type/merge.html says; 6.0.4 takes the last, but the
#   first for a key of one letter.
# - A mapping that merges another and overrides its key, merged once more: the override holds in 6.0.3 and, for longer
#   keys, in 6.0.4. For a key of one letter, 6.0.4 takes the overridden value.
# Neither version warns. The first half is known (github.com/yaml/pyyaml/issues/953), which calls one-letter keys right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/merges.py" <<'PYTHON'
import yaml

TEXT = """
first: &first {NAME: 1}
second: &second {NAME: 2}
override: &override {<<: *first, NAME: 3}
list: {<<: [*first, *second]}
nested: {<<: *override}
"""
merged = [yaml.safe_load(TEXT.replace("NAME", name)) for name in ("k", "key")]
print(yaml.__version__, [(one["list"], one["nested"]) for one in merged])
PYTHON
for version in 6.0.3 6.0.4; do
    python3 -m venv "$folder/$version"
    "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "PyYAML==$version"
    "$folder/$version/bin/python" "$folder/merges.py" | tee -a "$folder/said"
done
diff "$folder/said" - <<'SAID'
6.0.3 [({'k': 1}, {'k': 3}), ({'key': 1}, {'key': 3})]
6.0.4 [({'k': 1}, {'k': 1}), ({'key': 2}, {'key': 3})]
SAID
