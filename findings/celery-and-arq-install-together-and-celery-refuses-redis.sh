#!/usr/bin/env bash
# Celery 5.7.0 with arq 0.28.0: pip installs both without a complaint, and `pip check` finds nothing wrong. Celery cannot
# then use Redis: the first task fails with VersionMismatch, "Redis transport requires redis-py versions 6.1.0 or later.
# You have 5.3.1".
# arq needs redis below 6. Celery's need stands only in kombu's extra "redis", so pip sees no conflict, and kombu checks the
# version when it opens a connection. Celery 5.6.3 (kombu 5.6.2) takes redis 5.3.1. No server is needed to see this.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
install() { "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "$@" packaging; }
install celery==5.7.0 arq==0.28.0
"$folder/venv/bin/pip" check
cat > "$folder/publish.py" <<'PYTHON'
from celery import Celery

try:
    Celery(broker="redis://127.0.0.1:1/0").send_task("task", retry=False)
except Exception as error:
    print(type(error).__name__, error)
PYTHON
seen=$("$folder/venv/bin/python" "$folder/publish.py")
echo "Celery 5.7.0: $seen"
[[ $seen == "VersionMismatch Redis transport requires redis-py versions 6.1.0 or later. You have 5."* ]]
install celery==5.6.3 kombu==5.6.2
seen=$("$folder/venv/bin/python" "$folder/publish.py")
echo "Celery 5.6.3: $seen"
[[ $seen == OperationalError* ]] # it tried to connect
