//! Settings from a file, environment variables and flags, each value knowing where it came from.
