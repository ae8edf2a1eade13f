# Posthouse. `make demo` to see it work, `make test` to check it; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3.11
BIN := .venv/bin
ARGS ?=
ONLY ?=
WORKERS ?= 4
OURS := contracts chassis services/cases services/routing services/insights services/tracking-gateway \
	services/channels/voice services/channels/sms services/channels/email services/channels/chat posthouse
CODE := contracts/contracts chassis/chassis services/cases/cases services/routing/routing services/insights/insights \
	services/tracking-gateway/tracking_gateway services/channels/voice/channel_voice services/channels/sms/channel_sms \
	services/channels/email/channel_email services/channels/chat/channel_chat posthouse/posthouse

say = @printf '\033[1m→ %s\033[0m\n' $(1)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# --- setting up -----------------------------------------------------------------------------------------------------

.venv/.packages: requirements-dev.lock
	$(call say,'Python packages (a minute the first time)')
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.venv/.ours: .venv/.packages $(addsuffix /pyproject.toml,$(OURS))
	$(call say,'The house itself')
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(addprefix -e ./,$(OURS))
	@touch $@

.PHONY: setup
setup: .venv/.ours ## Python environment with everything in it

.PHONY: web
web: web/dist/index.html ## build the desk, the widget and the simulator pages

WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
web/node_modules/.installed: web/package-lock.json .venv/.packages
	$(call say,'Packages of the web pages')
	@tools/node.sh npm ci --prefix web --no-fund --no-audit --loglevel=error
	@touch $@

web/dist/index.html: web/node_modules/.installed $(WEB_SOURCES)
	$(call say,'Building the web pages')
	@tools/node.sh npm run --silent build --prefix web
	@touch $@

.PHONY: test-tools
test-tools: ## programs that tests need beside Python: Chromium, Java, Maven, Dovecot
	@tools/test-tools.sh

.PHONY: lock
lock: .venv/.packages ## resolve the Python packages anew and write the locks
	@for part in requirements requirements-dev requirements-node; do \
		$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes \
			--no-header --no-annotate -o $$part.lock $$part.in; done

# --- using ----------------------------------------------------------------------------------------------------------

.PHONY: demo
demo: setup web ## the whole house with simulated customers; ARGS="--once --json" checks itself and stops
	@$(BIN)/posthouse demo $(ARGS)

.PHONY: kafka
kafka: setup ## a local Apache Kafka (KRaft)
	@$(BIN)/python -m chassis.kafka_server $(ARGS)

# --- checking -------------------------------------------------------------------------------------------------------

.PHONY: test
test: setup web test-tools ## every test
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(ARGS) tests

.PHONY: lint
lint: setup ## format, style, types, walls, contracts
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy $(CODE) && $(BIN)/lint-imports && \
		$(BIN)/posthouse contracts check && $(BIN)/posthouse procedures check

.PHONY: bench
bench: setup ## benchmarks, each beside its bare baseline; ONLY=name picks one
	@$(BIN)/python -m tests.bench $(if $(ONLY),--only $(ONLY)) $(ARGS)

.PHONY: chaos
chaos: setup ## the kill -9 proof at full size
	@POSTHOUSE_CHAOS=large $(BIN)/python -m pytest -q -s --timeout 1800 tests/chaos $(ARGS)

.PHONY: fuzz
fuzz: setup ## property and protocol tests, and routing against theory, at full size
	@POSTHOUSE_FUZZ=large $(BIN)/python -m pytest -q --timeout 3600 tests/fuzz tests/unit/routing/theory $(ARGS)

.PHONY: k8s-check
k8s-check: setup ## render and validate what goes to Kubernetes
	@$(BIN)/python -m posthouse.k8s.validate

.PHONY: clean
clean: ## remove everything that was built
	@rm -rf .venv build web/dist web/node_modules .posthouse
