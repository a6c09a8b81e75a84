# Each target does all that it needs, from a bare machine on. The work is done by tools/setup.sh, CMakePresets.json and ctest.

JOBS ?= $(shell nproc)
LEPTON_CUDA ?= AUTO
LEPTON_WERROR ?= OFF
PIPELINE ?= configs/demo.yaml
# Arguments for ctest, e.g. make test CTEST_ARGS="-L core"
CTEST_ARGS ?=

CMAKE := .deps/venv/bin/cmake
CTEST := .deps/venv/bin/ctest
PYTHON := .deps/venv/bin/python
CLANG_FORMAT := .deps/venv/bin/clang-format
LEPTON := build/release/bin/lepton
configure = $(CMAKE) --preset $(1) -DLEPTON_WERROR=$(LEPTON_WERROR) $(2)
# Sources that are ours, committed or not.
cxx_files = git ls-files --cached --others --exclude-standard -- '*.hpp' '*.cpp' '*.cu' '*.cuh' ':!:tests/golden'
existing = while read -r f; do [ -f "$$f" ] && echo "$$f"; done

export LEPTON_CUDA
export LEPTON_JOBS = $(JOBS)

.DEFAULT_GOAL := help
.PHONY: help setup build run test bench lint format asan tsan clean

help: ## Show this text
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile
	@echo
	@echo "  JOBS=$(JOBS)  LEPTON_CUDA=$(LEPTON_CUDA) (AUTO, ON, OFF)  LEPTON_WERROR=$(LEPTON_WERROR)  PIPELINE=$(PIPELINE)"

setup: ## Install and build what Lepton needs (packages, .deps/); quick when it is there
	@tools/setup.sh

build: setup ## Build the release binary, build/release/bin/lepton, and the tests
	@$(call configure,release,-DLEPTON_CUDA=$(LEPTON_CUDA))
	@$(CMAKE) --build --preset release -j $(JOBS)

run: build ## Build and run a pipeline (PIPELINE=configs/demo.yaml)
	$(LEPTON) run $(PIPELINE)

test: build ## Build and run all tests (CTEST_ARGS="-L core" for some)
	@$(CTEST) --preset release -j $(JOBS) $(CTEST_ARGS)

bench: build ## Build and run the benchmarks; JSON goes to build/bench/ (bench/README.md)
	@mkdir -p build/bench
	@set -e; for bench in build/release/bin/bench_*; do \
	  if [ -x "$$bench" ]; then echo "== $$bench"; \
	    "$$bench" --benchmark_out="build/bench/$$(basename "$$bench").json" --benchmark_out_format=json; fi; done

lint: setup ## Check layers, headers, format, and the syntax of scripts
	@$(PYTHON) .ci/check_layers.py
	@$(cxx_files) | $(existing) | xargs -r -n 16 -P $(JOBS) $(CLANG_FORMAT) --dry-run --Werror || \
	  { echo "format: run 'make format'"; exit 1; }
	@git ls-files --cached --others --exclude-standard -- '*.sh' .ci/run | $(existing) | xargs -r -n 1 bash -n
	@git ls-files --cached --others --exclude-standard -- '*.py' | $(existing) | \
	  xargs -r $(PYTHON) -c 'import ast, sys; [ast.parse(open(f).read(), f) for f in sys.argv[1:]]'
	@$(PYTHON) .ci/check_headers.py

format: setup ## Format the C++ sources
	@$(cxx_files) | $(existing) | xargs -r $(CLANG_FORMAT) -i

asan: setup ## Build with Address- and UndefinedBehaviorSanitizer and run the tests
	@$(call configure,asan)
	@$(CMAKE) --build --preset asan -j $(JOBS)
	@$(CTEST) --preset asan -j $(JOBS) $(CTEST_ARGS)

tsan: setup ## Build with ThreadSanitizer and run the tests
	@$(call configure,tsan)
	@$(CMAKE) --build --preset tsan -j $(JOBS)
	@$(CTEST) --preset tsan -j $(JOBS) $(CTEST_ARGS)

clean: ## Remove build/ (rm -rf .deps removes what setup made)
	rm -rf build
