# How do I ...? `just --list`

# look at the demo
demo:
    cargo run --release -- --demo

# compile the core quickly, without the SDK
check:
    cargo check --no-default-features --features tui --all-targets

# run every test
test:
    cargo test --release

# run the tests of the core quickly, without the SDK
test-core:
    cargo test --no-default-features --features tui

# format everything, the modules that macros declare included
fmt:
    git ls-files '*.rs' | xargs rustfmt --edition 2024

# lint and document with warnings denied, on the build that is there
lint:
    CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}" RUSTC_WORKSPACE_WRAPPER="$PWD/.ci/lint" cargo build --release --all-targets

# accept the snapshots that the tests just wrote
accept:
    INSTA_UPDATE=always cargo test --release

# a million packets over a thousand random worlds: the reachability engine against the packet simulator
soak:
    cargo test --release --test it soak -- --ignored

# how long reachability takes, by size
bench *sizes:
    cargo bench --no-default-features --bench reach -- {{sizes}}

# how long each format of a report takes, how large it is and what memory it needs, by findings
bench-exports *findings:
    cargo bench --no-default-features --features parquet --bench exports -- {{findings}}

# whether reachability takes more instructions than it did; needs valgrind
instructions *flags:
    python3 tests/bench/instructions.py {{flags}}

# draw the pictures in screenshots/ anew
screenshots:
    UPDATE_SCREENSHOTS=1 cargo test --release --test it screenshots

# everything that must hold before a change lands
ci:
    .ci/run
