# `make run` and `make test` are enough to start; `make help` lists all targets.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUNS   := $(VENV)/runs
STAMP  := $(VENV)/installed

PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
OR_EXPLAIN  := || { echo "pip install failed. Check network access and the package index, then run make again." >&2; exit 1; }

PORT      ?= 3001
AWS_PORT  ?= 3002
PAGE_PORT ?= 3000

NAME_A_USER = $(error Name a user: make $@ USER=alice)

FUZZ_EXAMPLES ?= 50000
HISTORIES     ?= 1000
DELIVERIES    ?= 1000

# Every target that `make help` lists is a command, not a file.
.PHONY: lint $(shell sed -nE 's/^([a-z-]+):.*\#\# .*/\1/p' $(firstword $(MAKEFILE_LIST)))
.DEFAULT_GOAL := help

help: ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 22

install: $(STAMP) ## Create .venv and install requirements.txt into it.

$(STAMP): requirements.txt tests/requirements.txt clients/terminal/requirements.txt $(RUNS)
	@echo "Installing the packages for tests and checks." >&2
	@$(PIP_INSTALL) --requirement requirements.txt $(OR_EXPLAIN)
	@touch $@

$(RUNS): handlers/requirements.txt constraints.txt pyproject.toml clients/python/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "This needs Python 3.11 or newer, but $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12" >&2; exit 2; }
	@echo "Installing into $(VENV). This happens once and takes about half a minute." >&2
	@$(PYTHON) -m venv $(VENV)
	@$(PIP_INSTALL) --requirement handlers/requirements.txt --editable . --editable ./clients/python $(OR_EXPLAIN)
	@touch $@

run: $(RUNS) ## Run the emulator, the identity provider and the example upload server.
	@exec $(BIN)/python -m examples.run --port $(PORT) --aws-port $(AWS_PORT) --page-port $(PAGE_PORT)

$(VENV)/watches: clients/terminal/requirements.txt $(RUNS)
	@$(PIP_INSTALL) --requirement clients/terminal/requirements.txt $(OR_EXPLAIN)
	@touch $@

watch: $(VENV)/watches ## Watch a user's uploads in the terminal: make watch USER=alice, or URL=wss://... TOKEN_COMMAND=...
	@exec $(BIN)/python -m clients.terminal --user "$(or $(USER),$(URL),$(NAME_A_USER))" --port $(PORT) $(if $(URL),--url "$(URL)") \
	    $(if $(TOKEN_COMMAND),--token-command "$(TOKEN_COMMAND)") $(WATCH_ARGS)

NODE_TOOLS := $(if $(shell command -v npm),clients/browser/node_modules/installed)

clients/browser/node_modules/installed: clients/browser/package-lock.json
	cd clients/browser && npm ci --silent --no-audit --no-fund
	@touch $@

# The Nodes that Node functions are tested on, and the AWS SDKs that those functions use.
NODES := .venv-node

nodes: $(NODES)/installed ## Install Node 20, 22, 24 and the AWS SDKs for JavaScript, for tests of Node functions. Needs npm.

$(NODES)/installed: .ci/nodes.txt
	@sed '/^#/d' $< | xargs -L 1 sh -c 'npm install --silent --no-audit --no-fund --prefix $(NODES)/$$0 "$$@"'
	@touch $@

LOCK_VENV := .venv-lock

$(LOCK_VENV)/installed: .ci/lock-requirements.txt
	$(PYTHON) -m venv $(LOCK_VENV)
	$(LOCK_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement .ci/lock-requirements.txt
	@touch $@

UV := $(LOCK_VENV)/bin/uv

mutants: $(STAMP) ## Count how many of 200 seeded mutants the tests kill: make mutants TREE=checkout COUNT=20
	$(BIN)/python -m tests.mutation cover --tree "$(or $(TREE),.)"
	$(BIN)/python -m tests.mutation run --tree "$(or $(TREE),.)" --count $(or $(COUNT),200)

coverage: $(STAMP) ## Measure the branch coverage of the deployed code.
	$(BIN)/python -m coverage run -m pytest --quiet -n0 --hypothesis-profile=quick $(SHIPPED) $(PYTEST_ARGS)
	$(BIN)/python -m coverage report

# Tests of pure rules. Options of pytest enforce that they open no socket and load no moto.
UNIT_TESTS := tests/unit tests/documents tests/architecture tests/mutation \
    $(addprefix clients/python/tests/test_,bounds.py outbox.py prediction.py speed.py tally.py throttle.py upload.py)

check: lint ## Lint, check types and run the tests of pure rules. Run it after every change.
	$(BIN)/python -m pytest -p testing.without_moto --disable-socket --allow-unix-socket --hypothesis-profile=quick \
	    --quiet $(UNIT_TESTS) $(PYTEST_ARGS)

test: lint $(NODE_TOOLS) ## Lint, check types and run every test, as CI does.
	$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile $(PYTEST_ARGS)

nightly: fuzz histories deliveries ## Run fuzz tests, histories and deliveries at full size (make test runs few examples).
	DYNAMODB_EXAMPLES=1000 $(BIN)/python -m pytest --timeout 0 tests/integration/local_emulator/aws/moto_patches

# Playwright drives Chromium and Firefox, Selenium drives WebKit. On Debian: apt-get install chromium firefox-esr
# webkit2gtk-driver xvfb xauth.
ENGINES ?= chromium firefox webkit

# A separate environment: this Playwright is older than that of constraints.txt.
ENGINES_VENV := .venv-engines

$(ENGINES_VENV)/installed: .ci/engines-requirements.txt requirements.txt constraints.txt $(LOCK_VENV)/installed
	$(NEW_VENV) $(ENGINES_VENV)
	sed '/^playwright/d' constraints.txt > $(ENGINES_VENV)/constraints.txt
	sed '/^-c/d' requirements.txt | $(INSTALL) $(ENGINES_VENV)/bin/python --requirement - --requirement $< \
	    --constraint $(ENGINES_VENV)/constraints.txt
	@touch $@

engines: $(ENGINES_VENV)/installed $(NODE_TOOLS) ## Run the tests of page and list in Chromium, Firefox and WebKit (ENGINES="firefox").
	@for engine in $(ENGINES); do \
	    echo "$$engine:"; \
	    BROWSER_ENGINE=$$engine $(if $(DISPLAY),,xvfb-run --auto-servernum) $(ENGINES_VENV)/bin/python -m pytest --quiet -rs -m browser \
	        tests/e2e tests/integration/clients $(PYTEST_ARGS) || exit 1; \
	done

UNDICI := import {createRequire} from "node:module"; \
    globalThis.WebSocket = createRequire("$(CURDIR)/$(NODES)/undici/")("undici").WebSocket;

runtimes: $(NODES)/installed $(NODE_TOOLS) ## Run the browser client's own tests in Node 20, 22, 24, with undici, and in Deno.
	@cd clients/browser && for node in 20 22 24; do \
	    PATH="$(CURDIR)/$(NODES)/$$node/node_modules/.bin:$$PATH" npm test || exit 1; \
	done
	cd clients/browser && $(CURDIR)/$(NODES)/24/node_modules/.bin/node --import 'data:text/javascript,$(UNDICI)' \
	    --test --test-timeout=60000 tests/*.test.js tests/emulator/*.test.js
	cd clients/browser && npx --yes deno@2.9.6 test --allow-all --no-check tests/*.test.js tests/emulator/*.test.js

clients: $(STAMP) ## Run the programs of docs/clients.md against the emulator. Needs npm and Debian's clients.
	@$(BIN)/python -m pytest --quiet -rs -n0 tests/e2e/recipes.py $(PYTEST_ARGS)

large-file: $(STAMP) ## Upload a file of 2 GiB through the example page, and watch the memory of the server. Needs Chromium.
	@$(BIN)/python -m pytest --quiet -rP -n0 tests/e2e/large_file.py $(PYTEST_ARGS)

APPLICATIONS := artefacts/applications

frameworks: $(STAMP) $(NODE_TOOLS) ## Build the README's examples with Vite, webpack, esbuild and Next, and run them in Chromium.
	rm -rf $(APPLICATIONS)
	mkdir -p $(APPLICATIONS)
	cp clients/browser/tests/applications/package.json $(APPLICATIONS)/
	cd clients/browser && npm pack --silent --pack-destination ../../$(APPLICATIONS)
	cd $(APPLICATIONS) && npm install --silent --no-audit --no-fund && \
	    npm install --silent --no-audit --no-fund --no-save ./upload-progress-*.tgz
	cd $(APPLICATIONS) && npx publint --strict upload-progress-*.tgz && npx attw --profile esm-only upload-progress-*.tgz
	$(BIN)/python -m pytest --quiet -n0 --timeout 300 tests/integration/clients/browser/applications.py $(PYTEST_ARGS)

LAMBDA_VENV := .venv-lambda

PYTHONS ?= 3.11 3.12 3.13 3.14
SHIPPED := $(foreach tier,unit integration,$(wildcard $(addprefix tests/$(tier)/,domain application infra handlers)))

matrix: $(LOCK_VENV)/installed $(LAMBDA_VENV)/python ## Test the deployed code on Python 3.11 to 3.14; 3.12 and 3.13 may be missing.
	@for version in $(PYTHONS); do \
	    for python in python$$version $$HOME/.pyenv/versions/$$version.*/bin/python $(LAMBDA_VENV)/bin/python$$version ""; do \
	        $$python -c "" 2>/dev/null && break; \
	    done; \
	    if [ -z "$$python" ]; then \
	        case $$version in 3.11|3.14) echo "Python $$version is not installed." >&2; exit 1;; esac; \
	        echo "Python $$version is not installed; its tests are skipped."; continue; \
	    fi; \
	    $(UV) venv --quiet --clear --python $$(command -v $$python) .venv-$$version && \
	    $(UV) pip install --quiet --python .venv-$$version/bin/python --requirement requirements.txt && \
	    echo "$$(.venv-$$version/bin/python --version):" && \
	    .venv-$$version/bin/python -m pytest --quiet --numprocesses=auto --dist=loadfile \
	        $(SHIPPED) $(PYTEST_ARGS) || exit 1; \
	done

lambda-python: $(LAMBDA_VENV)/python ## Install Lambda's Python into .venv-lambda, so that bundles hold byte code. Debian only.

$(LAMBDA_VENV)/python: .ci/lambda-python .ci/lambda-requirements.txt
	@.ci/lambda-python $(LAMBDA_VENV)
	@touch $@

$(LAMBDA_VENV)/installed: constraints.txt handlers/requirements.txt tests/requirements.txt pyproject.toml $(LAMBDA_VENV)/python
	@$(LAMBDA_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	    --requirement handlers/requirements.txt --requirement tests/requirements.txt --editable . $(OR_EXPLAIN)
	@touch $@

test-bundle: $(LAMBDA_VENV)/installed ## Run the tests of rules and bundles on Lambda's Python.
	PATH="$(CURDIR)/$(LAMBDA_VENV)/bin:$$PATH" $(LAMBDA_VENV)/bin/python -m pytest --numprocesses=auto --dist=loadfile \
	    tests/unit/bundle tests/integration/bundle tests/e2e/bundle tests/unit/domain $(PYTEST_ARGS)

benchmark-page: $(STAMP) ## Count the frames that a page draws at 2,000 messages per second. Needs Chromium.
	@$(BIN)/python -m benchmarks.clients.page $(ARGS)

screenshots: $(STAMP) $(NODE_TOOLS) ## Retake the README's screenshots of the example page (best with the font Inter).
	SCREENSHOTS=docs/screenshots $(BIN)/python -m pytest --quiet tests/e2e/test_screenshots.py

moving-picture: $(STAMP) $(NODE_TOOLS) ## Record the README's moving picture from a real upload. Needs Chromium and ffmpeg.
	@command -v ffmpeg >/dev/null || { echo "ffmpeg is missing. Install it, for instance with apt-get install ffmpeg." >&2; exit 2; }
	$(BIN)/python -m tests.e2e.moving_picture

EARLIER := artefacts/2634acc

compatibility: $(STAMP) ## Hold functions and clients against those of commit 2634acc, in both directions (ARGS=--write).
	rm -rf $(EARLIER)
	mkdir -p $(EARLIER)
	git archive 2634acc | tar -x -C $(EARLIER)
	$(BIN)/python -m testing.compatibility $(CURDIR)/$(EARLIER) $(ARGS)

conformance: $(STAMP) ## Run the conformance suite on an emulator, or on AWS with TARGET=wss://... ENDPOINT=https://...
	CONFORMANCE_TARGET="$(TARGET)" CONFORMANCE_ENDPOINT="$(ENDPOINT)" CONFORMANCE_BARE="$(BARE)" \
	CONFORMANCE_GUARDED="$(GUARDED)" CONFORMANCE_SIGNED="$(SIGNED)" CONFORMANCE_API_KEY="$(API_KEY)" \
	CONFORMANCE_PATIENCE="$(PATIENCE)" CONFORMANCE_LONG="$(LONG)" \
	$(BIN)/python -m pytest tests/conformance $(PYTEST_ARGS)

CONFORMANCE_AWS = $(BIN)/python -m testing.conformance_aws

conformance-aws: $(STAMP) ## Deploy, run and remove the conformance suite on AWS: PROFILE=name ARGS=--dry-run
	@$(CONFORMANCE_AWS) run --profile "$(PROFILE)" $(ARGS)

conformance-aws-remove: $(STAMP) ## Remove what a killed run of conformance-aws left in the account: PROFILE=name
	@$(CONFORMANCE_AWS) remove --profile "$(PROFILE)" $(ARGS)

conformance-aws-page: $(STAMP) ## Write the measured rows of the last conformance-aws into docs/emulator.md.
	@$(CONFORMANCE_AWS) update-page $(ARGS)

lint: $(STAMP) $(NODE_TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy handlers application domain infra local_emulator bundle clients examples testing benchmarks
	$(BIN)/lint-imports --no-cache
	$(if $(NODE_TOOLS),npm --prefix clients/browser run --silent lint)

format: $(STAMP) $(NODE_TOOLS) ## Sort imports and format the code.
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .
	$(if $(NODE_TOOLS),npm --prefix clients/browser run --silent format)

EMPTY    := artefacts/empty
NEW_VENV := $(UV) venv --quiet --clear --python $(PYTHON)
INSTALL  := $(UV) pip install --quiet --python

check-package: $(LOCK_VENV)/installed $(NODE_TOOLS) ## Install emulator, reporters and browser package in empty environments and use them.
	rm -rf $(EMPTY)
	$(PYTHON) -m venv $(EMPTY)/reporter
	$(EMPTY)/reporter/bin/python -m pip install --quiet --disable-pip-version-check ./clients/python
	$(EMPTY)/reporter/bin/python -I clients/python/tests/first_use.py
	$(PYTHON) -m venv $(EMPTY)/emulator
	$(EMPTY)/emulator/bin/python -m pip install --quiet --disable-pip-version-check .
	$(EMPTY)/emulator/bin/python -I testing/emulator_first_use.py
	@echo "Install beside aioboto3, which needs an older botocore, and from the source distribution:"
	$(UV) build --quiet --sdist --out-dir $(EMPTY)/dist .
	$(NEW_VENV) $(EMPTY)/beside
	$(INSTALL) $(EMPTY)/beside/bin/python $(EMPTY)/dist/*.tar.gz aioboto3
	$(UV) pip check --quiet --python $(EMPTY)/beside/bin/python
	$(EMPTY)/beside/bin/python -I testing/emulator_first_use.py
	cd clients/browser && npm pack --silent --pack-destination ../../$(EMPTY)
	cd clients/node && npm pack --silent --pack-destination ../../$(EMPTY)
	cd $(EMPTY) && npm install --silent --no-audit --no-fund --prefix page ./upload-progress-*.tgz
	cd $(EMPTY)/page && node --eval 'console.log("upload-progress-reporter exports", ...Object.keys(require("upload-progress-reporter")))'
	cd $(EMPTY)/page && node --eval 'import("upload-progress").then((it) => console.log("upload-progress exports", ...Object.keys(it)))'

GENERATED  := artefacts/generated
GENERATORS := json-schema-to-typescript@15 @asyncapi/modelina@5 typescript@5

check-schemas: $(LOCK_VENV)/installed $(NODE_TOOLS) ## Generate types from the JSON Schemas with json2ts, Modelina and datamodel-codegen, and compile them.
	rm -rf $(GENERATED)
	mkdir -p $(GENERATED)/types
	cp docs/schemas/*.json testing/generators/modelina.mjs $(GENERATED)/
	npm install --silent --no-audit --no-fund --prefix $(GENERATED) $(GENERATORS)
	cd $(GENERATED) && for file in client-message server-message push-event push-answer update; do \
	    node_modules/.bin/json2ts $$file.json types/$$file.ts || exit 1; done
	cd $(GENERATED) && node_modules/.bin/tsc --noEmit --strict --skipLibCheck types/*.ts
	cd $(GENERATED) && node modelina.mjs client-message.json server-message.json
	$(NEW_VENV) $(GENERATED)/venv
	$(INSTALL) $(GENERATED)/venv/bin/python datamodel-code-generator
	cd $(GENERATED) && for file in client-message server-message update; do \
	    venv/bin/datamodel-codegen --input $$file.json --input-file-type jsonschema --output $$(echo $$file | tr - _).py \
	        --output-model-type pydantic_v2.BaseModel --formatters builtin || exit 1; done
	cd $(GENERATED) && venv/bin/python -c 'import client_message, server_message, update'

check-lowest: $(LOCK_VENV)/installed ## Install the emulator with the lowest allowed versions and use it.
	$(NEW_VENV) $(EMPTY)/lowest
	$(INSTALL) $(EMPTY)/lowest/bin/python --resolution lowest-direct .
	$(EMPTY)/lowest/bin/python -I testing/emulator_first_use.py

EMULATOR_TESTS ?= tests/unit/local_emulator tests/integration/local_emulator

# The tests run in a copy of the working tree: a function uses the environment `.venv` beside its template.
RESOLVED = artefacts/$(RESOLUTION)

test-lowest: RESOLUTION := lowest-direct
test-newest: RESOLUTION := highest
test-lowest: ## Run the emulator's tests with the lowest allowed versions.
test-newest: ## Run the emulator's tests with the newest versions.
test-lowest test-newest: $(LOCK_VENV)/installed $(NODES)/installed
	rm -rf $(RESOLVED)
	mkdir -p $(RESOLVED)
	git ls-files --cached --others --exclude-standard -z | tar --create --null --files-from - | tar --extract --directory $(RESOLVED)
	ln -s $(CURDIR)/$(NODES) $(RESOLVED)/
	$(NEW_VENV) $(RESOLVED)/.venv
	$(INSTALL) $(RESOLVED)/.venv/bin/python --resolution $(RESOLUTION) .
	$(UV) pip freeze --quiet --python $(RESOLVED)/.venv/bin/python | sed '/^apigw-emulator/d' > $(RESOLVED)/.venv/versions.txt
	$(INSTALL) $(RESOLVED)/.venv/bin/python --overrides $(RESOLVED)/.venv/versions.txt --requirement tests/requirements.txt
	cd $(RESOLVED) && .venv/bin/python -m pytest --numprocesses=auto --dist=loadfile $(EMULATOR_TESTS) $(PYTEST_ARGS)

# A separate environment: aiobotocore needs an older botocore than constraints.txt, and awscrt changes how botocore signs.
UPLOADERS_VENV := .venv-uploaders

$(UPLOADERS_VENV)/installed: .ci/uploaders-requirements.txt $(LOCK_VENV)/installed
	$(NEW_VENV) $(UPLOADERS_VENV)
	$(INSTALL) $(UPLOADERS_VENV)/bin/python --requirement .ci/uploaders-requirements.txt
	@touch $@

test-uploaders: $(UPLOADERS_VENV)/installed ## Test the reporter with aioboto3, s3fs and CRT, in a separate environment.
	$(UPLOADERS_VENV)/bin/python -m pytest clients/python/tests/test_uploaders.py $(PYTEST_ARGS)

# Debian: apt-get install ffmpeg handbrake-cli libvips-tools 7zip zstd qpdf ocrmypdf redis-server curl rsync rclone
# openssh-client
INTEGRATIONS_VENV := .venv-integrations

$(INTEGRATIONS_VENV)/installed: .ci/integrations-requirements.txt $(LOCK_VENV)/installed
	$(NEW_VENV) $(INTEGRATIONS_VENV)
	$(INSTALL) $(INTEGRATIONS_VENV)/bin/python --requirement $<
	@touch $@

integrations: $(INTEGRATIONS_VENV)/installed ## Run recipes of the Python reporter with the real tools and servers of Debian.
	$(INTEGRATIONS_VENV)/bin/python -m pytest --quiet clients/python/tests/integrations/*.py $(PYTEST_ARGS)

$(NODES)/uploaders: .ci/node-uploaders.txt
	@npm install --silent --no-audit --no-fund --prefix $@ $$(sed '/^#/d' $<)
	@touch $@

test-node-uploaders: $(STAMP) $(NODES)/installed $(NODES)/uploaders $(NODE_TOOLS) ## Test the recipes for upload clients of Node.js, and for @tus/server, with the real packages.
	node --test --test-timeout=120000 clients/node/tests/uploaders/*.test.js
	$(BIN)/python -m pytest --quiet -n0 tests/e2e/tus_uploads.py tests/e2e/page_uploads.py $(PYTEST_ARGS)

check-node-package: $(NODE_TOOLS) ## Check the package of the reporter for Node.js with publint and attw.
	cd clients/node && npm exec --yes publint@0.3 -- --strict && npm exec --yes @arethetypeswrong/cli@0.18 -- --pack .

DYNAMODB_TESTS ?= tests/integration/infra/dynamodb tests/integration/handlers tests/properties/life \
    tests/properties/delivery tests/integration/local_emulator/dynamodb_local.py

dynamodb-local: $(STAMP) ## Run the tests of tables on AWS's DynamoDB Local (DYNAMODB_TESTS=folder). Needs Java 17 and npm.
	@if command -v java >/dev/null; then \
	    DYNAMODB_ENGINE=local $(BIN)/python -m pytest --quiet --numprocesses=auto --dist=loadfile $(DYNAMODB_TESTS) $(PYTEST_ARGS); \
	else \
	    echo "Java is not installed, so the tests on DynamoDB Local are skipped."; [ -z "$$FAIL_ON_SKIP" ]; \
	fi

ISSUERS := artefacts/issuers

$(ISSUERS)/installed: .ci/issuers-node.txt .ci/issuers-requirements.txt $(LOCK_VENV)/installed
	@mkdir -p $(ISSUERS)
	@npm install --silent --no-audit --no-fund --prefix $(ISSUERS) $$(sed '/^#/d' $<)
	$(NEW_VENV) $(ISSUERS)/venv
	$(INSTALL) $(ISSUERS)/venv/bin/python --requirement .ci/issuers-requirements.txt
	@touch $@

issuers: $(STAMP) $(ISSUERS)/installed ## Hold the authorizer against tokens of six real issuers on loopback. Needs npm.
	@cp tests/integration/handlers/issuers/*.mjs $(ISSUERS)/
	@$(BIN)/python -m pytest --quiet -rP -n0 tests/integration/handlers/token_issuers.py $(PYTEST_ARGS)

test-go: $(STAMP) ## Compile a Go program and let it post to the address in its event. Needs Go.
	$(BIN)/python -m pytest tests/integration/local_emulator/runtimes/go_posts.py $(PYTEST_ARGS)

fuzz: $(STAMP) ## Fuzz the emulator's wire protocol: make fuzz FUZZ_EXAMPLES=100000
	FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/python -m pytest --hypothesis-profile=thorough tests/properties/test_wire_fuzz.py

histories: $(STAMP) ## Test random connection histories: make histories HISTORIES=5000
	HISTORIES=$(HISTORIES) $(BIN)/python -m pytest --hypothesis-profile=thorough tests/properties/life/test_any_history.py

deliveries: $(STAMP) ## Test random orders of delivery from pipeline to screen: make deliveries DELIVERIES=1000
	DELIVERIES=$(DELIVERIES) $(BIN)/python -m pytest --hypothesis-profile=thorough --timeout 0 tests/properties/delivery

benchmark-emulator: $(STAMP) ## Measure the emulator against a bare aiohttp server (ARGS=--quick for a first look).
	$(BIN)/python -m benchmarks.emulator $(ARGS)

benchmark-against: $(STAMP) ## Measure the emulator beside that of another checkout, with 50 connections: CHECKOUT=folder
	$(BIN)/python -m benchmarks.emulator.against $(CHECKOUT) $(ARGS)

benchmark-aws: $(STAMP) ## Measure a call of DynamoDB on the AWS port against moto's own server.
	$(BIN)/python -m benchmarks.aws $(ARGS)

benchmark-matching: $(STAMP) ## Measure the CPU of matching events against rules, beside moto's matcher.
	$(BIN)/python -m benchmarks.aws.matching $(ARGS)

benchmark-prediction: $(STAMP) ## Compare messages and bars of predicted progress with commit 2634acc.
	$(BIN)/python -m benchmarks.prediction $(ARGS)

benchmark-reporter: $(STAMP) ## Measure the time that reporting adds to an upload of 128 MB and to small files.
	$(BIN)/python -m benchmarks.clients.reporter $(ARGS)

benchmark-reporter-node: $(NODES)/installed ## Measure the throughput of uploads with the reporter for Node.js, beside the same without it.
	node --no-warnings benchmarks/clients/reporter_node.mjs $(ARGS)

load-held: $(STAMP) ## Hold 5,000 connections under load for ten minutes (ARGS: --seconds, --rate, --url).
	$(BIN)/python -m benchmarks.crowd $(ARGS)

drills: $(STAMP) ## Run failure drills for ten minutes (ARGS: --seconds 5, --only dynamodb, --write).
	@$(BIN)/python -m benchmarks.drills $(ARGS)

load-and-faults: $(STAMP) ## Try extreme loads and faults here and in another checkout: CHECKOUT=folder (ARGS: --only disk).
	$(BIN)/python -m benchmarks.crowd.extremes $(CHECKOUT) $(ARGS)

soak-connections: $(STAMP) ## Open and close 100,000 connections; fail if memory grows.
	$(BIN)/python -m benchmarks.emulator.soak

token: $(RUNS) ## Print a token from the running local identity provider: make -s token USER=alice
	@$(BIN)/python -m local_emulator.cli.token --port $(PORT) --user "$(or $(USER),$(NAME_A_USER))"

SAM_VENV := .venv-sam

$(SAM_VENV)/installed: .ci/sam-requirements.txt
	$(PYTHON) -m venv $(SAM_VENV)
	$(SAM_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement .ci/sam-requirements.txt
	@touch $@

validate: $(SAM_VENV)/installed ## Check template.yaml with AWS SAM CLI, in a separate environment.
	@export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1; \
	$(SAM_VENV)/bin/sam validate --config-env plain && $(SAM_VENV)/bin/sam validate --lint && \
	$(SAM_VENV)/bin/python -m testing.translator > $(SAM_VENV)/translated.json && \
	$(SAM_VENV)/bin/cfn-lint $(SAM_VENV)/translated.json && echo "The template that SAM generates passes cfn-lint."

build: $(SAM_VENV)/installed ## Build the functions for the runtime and architecture in template.yaml.
	@SAM_CLI_TELEMETRY=0 $(SAM_VENV)/bin/sam build

STACK ?= upload-progress

deploy: build ## Build, show the changes and deploy: make deploy STACK=name PARAMETERS="Name=value ..."
	@SAM_CLI_TELEMETRY=0 $(SAM_VENV)/bin/sam deploy --stack-name "$(STACK)" \
	    $(if $(PARAMETERS),--parameter-overrides $(PARAMETERS))

AUDIT_VENV := .venv-audit

$(AUDIT_VENV)/installed: .ci/audit-requirements.txt
	$(PYTHON) -m venv $(AUDIT_VENV)
	$(AUDIT_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement .ci/audit-requirements.txt
	@touch $@

audit: $(AUDIT_VENV)/installed $(RUNS) ## Look for known vulnerabilities in the deployed packages and list their licences.
	$(AUDIT_VENV)/bin/pip-licenses --python $(BIN)/python --packages $$(sed -nE "s/^([A-Za-z0-9_-]+)==.*/\1/p" handlers/requirements.lock)
	$(AUDIT_VENV)/bin/pip-audit --strict --disable-pip --require-hashes --requirement handlers/requirements.lock

RELEASE_VENV := .venv-release
DIST         := artefacts/dist

$(RELEASE_VENV)/installed: .ci/release-requirements.txt $(LOCK_VENV)/installed
	$(NEW_VENV) $(RELEASE_VENV)
	$(INSTALL) $(RELEASE_VENV)/bin/python --requirement $<
	@touch $@

version: $(RUNS) ## Copy the emulator's version into the other packages: make version VERSION=0.2.0
	@$(BIN)/python -m testing.release.versions $(VERSION)

PUBLINT := npm exec --yes publint@0.3 -- --strict
ATTW    := npm exec --yes @arethetypeswrong/cli@0.18 --

NPM_SBOM := npm sbom --sbom-format cyclonedx --omit dev --omit optional --omit peer
BILL     := $(BIN)/python -m testing.release.bill

release: $(RELEASE_VENV)/installed $(AUDIT_VENV)/installed $(RUNS) $(NODE_TOOLS) ## Build and check all packages, with bills of materials and licences; upload nothing.
	rm -rf $(DIST)
	mkdir -p $(DIST)/sbom
	$(UV) build --quiet --out-dir $(DIST)/python .
	$(UV) build --quiet --out-dir $(DIST)/python clients/python
	$(RELEASE_VENV)/bin/twine check --strict $(DIST)/python/*.whl $(DIST)/python/*.tar.gz
	mkdir -p $(DIST)/npm
	cd clients/browser && npm pack --silent --pack-destination ../../$(DIST)/npm
	cd clients/node && npm pack --silent --pack-destination ../../$(DIST)/npm
	cd $(DIST)/npm && for package in *.tgz; do $(PUBLINT) $$package || exit 1; done
	cd $(DIST)/npm && $(ATTW) --profile esm-only upload-progress-[0-9]*.tgz
	cd $(DIST)/npm && $(ATTW) upload-progress-reporter-*.tgz
	for package in upload-progress-reporter=clients/python apigw-emulator=.; do \
	    name=$${package%=*}; \
	    $(NEW_VENV) $(DIST)/installed && \
	    $(INSTALL) $(DIST)/installed/bin/python $(DIST)/python/$$(echo $$name | tr - _)-*.whl && \
	    $(RELEASE_VENV)/bin/cyclonedx-py environment --output-reproducible --mc-type library \
	        --pyproject $${package#*=}/pyproject.toml $(DIST)/installed/bin/python | \
	        $(BILL) pkg:pypi/$$name > $(DIST)/sbom/$$name.pypi.cdx.json || exit 1; \
	done
	$(AUDIT_VENV)/bin/pip-licenses --python $(DIST)/installed/bin/python --format markdown > $(DIST)/sbom/licences.md
	rm -rf $(DIST)/installed
	$(RELEASE_VENV)/bin/cyclonedx-py requirements --output-reproducible handlers/requirements.lock | \
	    $(BILL) pkg:generic/upload-progress-functions > $(DIST)/sbom/functions.cdx.json
	cd clients/browser && $(NPM_SBOM) --package-lock-only | (cd ../.. && $(BILL) pkg:npm/upload-progress) \
	    > ../../$(DIST)/sbom/upload-progress.npm.cdx.json
	cd clients/node && $(NPM_SBOM) | (cd ../.. && $(BILL) pkg:npm/upload-progress-reporter) \
	    > ../../$(DIST)/sbom/upload-progress-reporter.npm.cdx.json
	cd $(DIST) && sha256sum python/*.whl python/*.tar.gz npm/*.tgz sbom/* > SHA256SUMS && cat SHA256SUMS

pentest: $(STAMP) ## Run the security tests on an emulator, or on your stage: TARGET= ENDPOINT= ORIGIN= TOKEN_COMMAND=
	PENTEST_TARGET="$(TARGET)" PENTEST_ENDPOINT="$(ENDPOINT)" PENTEST_ORIGIN="$(ORIGIN)" \
	PENTEST_TOKEN_COMMAND="$(TOKEN_COMMAND)" $(BIN)/python -m pytest tests/e2e/pentest $(PYTEST_ARGS)


# `sam build` calls this target for each function, with ARTIFACTS_DIR set.
build-%:
	@python3 -m bundle $* "$(ARTIFACTS_DIR)"

lock: $(LOCK_VENV)/installed ## Pin the deployed and the local packages (ARGS=--upgrade for the newest versions).
	$(LOCK_VENV)/bin/uv pip compile handlers/requirements.txt --output-file handlers/requirements.lock --quiet \
	    --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock"
	sed '/^-c/d' requirements.txt | $(UV) pip compile - --output-file constraints.txt --quiet --universal \
	    --python-version 3.11 --no-annotate --no-emit-package apigw-emulator \
	    --no-emit-package upload-progress-reporter --custom-compile-command "make lock" $(ARGS)

simulate-reconnect: $(STAMP) ## Simulate the reconnection of 10,000 clients; writes docs/plots/. Needs Node.js.
	@$(BIN)/python -m benchmarks.clients.reconnect

mapping-vectors: $(STAMP) ## Compare the vectors of mapping templates with Velocity 1.7. Needs Java and Velocity.
	@$(BIN)/python -m testing.mapping_oracle

timelines: $(STAMP) ## Regenerate the timelines of docs/lifecycle.md from the functions.
	@$(BIN)/python -m benchmarks.simulation.timelines

benchmark-cold-start: $(STAMP) ## Measure the cold start of each bundled function (ARGS=--quick for a first look).
	@$(BIN)/python -m benchmarks.functions.cold_start $(ARGS)

benchmark-cold-start-lambda: $(LAMBDA_VENV)/installed ## Measure the same on Lambda's Python, from .venv-lambda.
	@PATH="$(CURDIR)/$(LAMBDA_VENV)/bin:$$PATH" $(LAMBDA_VENV)/bin/python -m benchmarks.functions.cold_start $(ARGS)

# The suite needs Python 2.7, and virtualenv 20.21 is the last that makes its environments.
AUTOBAHN_VENV := .venv-autobahn

$(AUTOBAHN_VENV)/installed: .ci/autobahn-requirements.txt $(LOCK_VENV)/installed
	@for python in $(PYTHON2) python2.7 $$HOME/.pyenv/versions/2.7.*/bin/python ""; do \
	    $$python -c "import sys; sys.exit(sys.version_info[:2] != (2, 7))" 2>/dev/null && break; \
	done; \
	[ -n "$$python" ] || { echo "Python 2.7 is missing. Try: pyenv install 2.7.18, or make autobahn PYTHON2=path" >&2; exit 2; }; \
	$(UV) tool run --quiet --from virtualenv==20.21.1 virtualenv --quiet --python "$$(command -v $$python)" $(AUTOBAHN_VENV)
	@$(AUTOBAHN_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-python-version-warning --requirement $< \
	    || { echo "pip install failed. It needs network access and a C compiler." >&2; exit 2; }
	@touch $@

autobahn: $(STAMP) $(AUTOBAHN_VENV)/installed ## Run the Autobahn test suite on the gateway: CASES="7.* 10.*". Needs Python 2.7.
	@$(BIN)/python -m testing.autobahn $(AUTOBAHN_VENV)/bin/wstest artefacts/autobahn $(foreach case,$(CASES),'$(case)')

cron-oracle: $(STAMP) ## Compare cron expressions with Quartz. Needs a JDK 17 and Debian's libquartz-java and libslf4j-java.
	@$(BIN)/python -m pytest --quiet -n0 tests/unit/local_emulator/scheduler/quartz.py $(PYTEST_ARGS)

# A separate environment: ministack pins its botocore.
MINISTACK_VENV := .venv-ministack

$(MINISTACK_VENV)/installed: .ci/ministack-requirements.txt $(LOCK_VENV)/installed
	$(NEW_VENV) $(MINISTACK_VENV)
	$(INSTALL) $(MINISTACK_VENV)/bin/python --requirement $<
	@touch $@

pattern-oracle: $(STAMP) $(MINISTACK_VENV)/installed ## Compare the decisions of event patterns with ministack.
	@MINISTACK=$(MINISTACK_VENV)/bin/ministack $(BIN)/python -m pytest --quiet -rP -n0 \
	    tests/integration/local_emulator/event_patterns/ministack_engine.py $(PYTEST_ARGS)

RIC       := $(NODES)/aws-lambda-ric
RIC_TOOLS := c++ make cmake autoconf automake libtoolize xz

$(RIC)/installed: .ci/aws-lambda-ric.txt $(NODES)/installed
	@echo "Compiling aws-lambda-ric. This happens once and takes some minutes." >&2
	@sed '/^#/d' $< | while read -r node package; do \
	    PATH="$(CURDIR)/$(NODES)/$$node/node_modules/.bin:$$PATH" \
	        npm install --silent --no-audit --no-fund --prefix $(RIC)/$$node $$package || exit 1; \
	done
	@touch $@

node-oracle: $(STAMP) ## Compare the bootstrap of Node functions with AWS's own clients. Needs npm and a C++ compiler.
	@for tool in $(RIC_TOOLS); do \
	    command -v $$tool >/dev/null && continue; \
	    echo "$$tool is not installed, so the comparison with aws-lambda-ric is skipped."; [ -z "$$FAIL_ON_SKIP" ]; exit; \
	done; \
	$(MAKE) --no-print-directory $(RIC)/installed && \
	AWS_LAMBDA_RIC=$(CURDIR)/$(RIC) $(BIN)/python -m pytest --quiet --numprocesses=auto \
	    tests/integration/local_emulator/runtimes/bootstrap/node/aws_clients.py $(PYTEST_ARGS)

benchmark-push: $(STAMP) ## Measure a broadcast against boto3 with 32 threads (ARGS=--quick for a first look).
	@$(BIN)/python -m benchmarks.push $(ARGS)

benchmark-mixed-push: $(STAMP) ## Measure the CPU time of push for mixed events of AWS, beside plain updates.
	@$(BIN)/python -m benchmarks.functions.mixed_push $(ARGS)

benchmark-sweep: $(STAMP) ## Measure the CPU time of the sweep per due connection.
	@$(BIN)/python -m benchmarks.functions.sweep

benchmark-cost: $(STAMP) ## Compute the cost of a connection-hour for docs/scale-and-cost.md.
	@$(BIN)/python -m benchmarks.cost.cost --write

benchmark-uploaders: $(STAMP) ## Compute the monthly cost of 1,000 to 100,000 daily uploaders for docs/scale-and-cost.md.
	@$(BIN)/python -m benchmarks.cost.uploaders --write

benchmark-fan-in: $(STAMP) ## Simulate up to a million uploads for docs/scale-and-cost.md.
	@$(BIN)/python -m benchmarks.cost.fan_in --write

benchmark-scale: $(STAMP) ## Simulate a million connections for docs/scale-and-cost.md.
	@$(BIN)/python -m benchmarks.cost.scale --write

clean: ## Remove the files that the other targets made.
	rm -rf $(VENV) $(LAMBDA_VENV) $(SAM_VENV) $(LOCK_VENV) $(AUDIT_VENV) $(UPLOADERS_VENV) $(INTEGRATIONS_VENV) $(ENGINES_VENV) $(AUTOBAHN_VENV) $(MINISTACK_VENV) .bundle .aws-sam artefacts
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis
