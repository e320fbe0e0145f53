#!/usr/bin/env bash
# Playwright for Python 1.65.2 with Firefox ESR 153.8 (channel moz-firefox, WebDriver BiDi): no context opens, although no
# media feature is asked for: "emulation.setMediaFeaturesOverride: unknown command". Playwright 1.64.1 opens one; there,
# emulate_media(color_scheme="dark") raises nothing and changes nothing. Needs Debian's firefox-esr.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/open.py" <<'PY'
import shutil

from playwright.sync_api import Error, sync_playwright

with sync_playwright() as playwright:
    browser = playwright.firefox.launch(channel="moz-firefox", executable_path=shutil.which("firefox-esr"))
    try:
        page = browser.new_context(color_scheme="null").new_page()
        page.emulate_media(color_scheme="dark")
        dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        print(f"Firefox {browser.version}: a context opens, dark: {dark}")
    except Error as error:
        print(f"Firefox {browser.version}: {' '.join(error.message.split())}")
    browser.close()
PY
expect() { # version, pattern of the output
    python3 -m venv "$folder/$1"
    "$folder/$1/bin/pip" install --quiet --disable-pip-version-check "playwright==$1"
    seen=$("$folder/$1/bin/python" "$folder/open.py")
    echo "Playwright $1: $seen"
    [[ $seen == *$2* ]] || { echo "This behaviour has changed." >&2; exit 1; }
}
expect 1.65.2 "emulation.setMediaFeaturesOverride"
expect 1.64.1 "a context opens, dark: False"
