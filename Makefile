.PHONY: dev test slow bench lint types docs ci
dev:    ; pip install -e ".[dev]"
test:   ; pytest
slow:   ; pytest -m slow
bench:  ; pytest -m bench
lint:   ; ruff check . && ruff format --check . && cython-lint cext && lint-imports
types:  ; mypy && python -m mypy.stubtest tidegate_core tidegate_crowd --mypy-config-file pyproject.toml
docs:   ; python docs/odd_tables.py > docs/odd_tables.md && python docs/sources.py > docs/sources.md && python docs/api.py build/api
ci:     ; bash .ci/run
