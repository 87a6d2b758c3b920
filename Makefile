# Two commands: `make run` and `make test`. Each installs what it misses, and says so.
.PHONY: run test bench fmt update help

help:
	@echo 'make run      build everything and serve the example flows'
	@echo 'make test     every check there is; STEPS="rust talks" runs only some (scripts/test lists them)'
	@echo 'make bench    measure: benches/'
	@echo 'make fmt      format the Rust sources'
	@echo 'make update   write generated files again: flow.schema.json, reference pages, expected outputs'

run:
	@scripts/run

test:
	@scripts/test $(STEPS)

bench:
	@scripts/bench

fmt:
	cargo fmt --all

update:
	UPDATE=1 cargo test -q -p offhook-builtins --test pages
	UPDATE=1 cargo test -q -p offhook-tests --test generated
	UPDATE=1 cargo test -q -p offhook-flow-schemas
