#!/usr/bin/env bash
# Hypothesis 6.170.15: a test whose strategies draw nothing from `random` gets HypothesisDeprecationWarning, "Do not use
# the `random` module inside strategies", if another thread of the process calls random.uniform() meanwhile.
# Hypothesis compares the state of the global generator before and after it draws the arguments of an example. It cannot
# tell which thread moved it, and names the test's own strategy. A background thread with jitter in its pauses (a
# retrying sender) so fails other tests at random where warnings are errors. A random.Random() of its own is not seen.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check hypothesis==6.170.15
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import random
import sys
import threading
import time
import warnings

import hypothesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def takes_a_moment(number):
    time.sleep(0.02)
    return number


@settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.integers().map(takes_a_moment))
def check(number):
    pass


def warns(generator):
    """Runs the test while another thread draws from `generator`; returns whether Hypothesis warned."""
    over = threading.Event()

    def draw():
        while not over.wait(0.001):
            generator.uniform(0.0, 1.0)

    thread = threading.Thread(target=draw)
    thread.start()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check()
    over.set()
    thread.join()
    return any("`random` module inside strategies" in str(warning.message) for warning in caught)


seen = [warns(random), warns(random.Random())]
print("hypothesis", hypothesis.__version__, "warns; the thread draws from random, from its own Random:", seen)
sys.exit(seen != [True, False])
PYTHON
